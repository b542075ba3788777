"""Which fields of an object hold labels."""

from __future__ import annotations

import pytest

from tenantry.engine.positions import is_label


@pytest.mark.parametrize(
    ("path", "label"),
    [
        (("metadata", "labels", "app"), True),
        (("spec", "template", "metadata", "labels", "app"), True),
        (("spec", "selector", "matchLabels", "app"), True),
        (("matchLabels", "selector", "app"), False),
        (("spec", "labels", "app"), False),
        (("labels", "app"), False),
        (("metadata", "annotations", "app"), False),
        (("metadata", "labels"), False),
    ],
)
def test_labels_stand_in_metadata_and_in_selectors_alone(path: tuple[str, ...], label: bool) -> None:
    assert is_label(path) is label
