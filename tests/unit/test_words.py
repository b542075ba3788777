"""Numbers in sentences for people."""

from __future__ import annotations

import pytest

from tenantry.words import counted


@pytest.mark.parametrize(("number", "told"), [(0, "0 rows"), (1, "1 row"), (1234, "1,234 rows")])
def test_numbers_are_told_in_words_that_fit(number: int, told: str) -> None:
    assert counted(number, "row") == told


@pytest.mark.parametrize(("number", "told"), [(0, "0 rows are"), (1, "1 row is"), (2, "2 rows are")])
def test_a_plural_may_change_more_than_one_word(number: int, told: str) -> None:
    assert counted(number, "row is", "rows are") == told
