"""What is read out of a document, and what is written back."""

from __future__ import annotations

import pytest

from tests.docs.blocks import Command, File, NoteMisplaced, NotRun, overlooked, setting, steps
from tests.docs.transcripts import Exchange, rewritten

GUIDE = """# A guide

<!-- setting: shops -->
<!-- run:
sqlite3 shops.db "DELETE FROM shops"
kubectl wait --for=delete \\
  tenant/acme
-->

1. Write it:

    ```yaml title="a.yaml"
    kind: A
    ```

2. Try it:

    ```console
    $ tenantry validate a.yaml
    no problems
    $ tenantry render \\
        -t a.yaml
    ```

<!-- not run: needs a node -->
```sh
kubectl logs web
kubectl top pods
```

```sh
kubectl get pods
```
"""


def test_a_document_is_read_in_its_order() -> None:
    assert list(steps(GUIDE)) == [
        Command('sqlite3 shops.db "DELETE FROM shops"'),
        Command("kubectl wait --for=delete \\\n  tenant/acme"),
        File("a.yaml", "kind: A\n"),
        Command("tenantry validate a.yaml", "no problems\n"),
        Command("tenantry render \\\n    -t a.yaml", ""),
        NotRun("needs a node", "kubectl logs web"),
        Command("kubectl get pods"),
    ]


def test_a_document_says_where_its_commands_find_themselves() -> None:
    assert (setting(GUIDE), setting("# Nothing")) == ("shops", "")


def test_a_reason_without_commands_is_a_mistake() -> None:
    with pytest.raises(NoteMisplaced, match="needs a node"):
        list(steps("<!-- not run: needs a node -->\n\n```yaml\na: 1\n```\n"))


def test_commands_in_other_blocks_are_found() -> None:
    assert overlooked("```\nkubectl get pods\n```\n\n```text\na\n$ b\n```\n\n```sh\nhelm list\n```\n") == [
        "kubectl get pods",
        "$ b",
    ]


def test_what_is_printed_now_is_written_where_it_stood() -> None:
    done = [
        Exchange("tenantry validate a.yaml", "no problems\n", "1 problem\n\n2 warnings\n", 1),
        Exchange("tenantry render \\\n    -t a.yaml", "", "", 0),
        Exchange("kubectl get pods", None, "a\n", 0),
    ]
    expected = GUIDE.replace("    no problems\n", "    1 problem\n\n    2 warnings\n")
    assert rewritten(GUIDE, done) == expected


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("web 5s\n", "web 2m3s\n"),
        ("at 2026-01-01T00:00:00Z\n", "at 2026-02-03T04:05:06Z\n"),
        ("a  b\n", "a     b\n"),
        ("Digest 0123456789.\n", "Digest abcdef0123.\n"),
    ],
    ids=["ages", "times", "columns", "digests"],
)
def test_what_differs_each_time_is_no_news(shown: str, printed: str) -> None:
    assert Exchange("command", shown, printed, 0).current


def test_a_command_whose_output_is_not_shown_must_succeed() -> None:
    assert [Exchange("tenantry doctor", None, "", code).current for code in (0, 1)] == [True, False]


@pytest.mark.parametrize(
    ("command", "current"), [("tenantry validate a.yaml", True), ("kubectl wait tenant/acme", False)]
)
def test_a_document_shows_failures_of_our_own_command_alone(command: str, current: bool) -> None:
    assert Exchange(command, "failed\n", "failed\n", 1).current is current


def test_what_a_failed_command_prints_is_not_written() -> None:
    text = "```console\n$ kubectl wait tenant/acme\nmet\n```\n"
    assert rewritten(text, [Exchange("kubectl wait tenant/acme", "met\n", "timed out\n", 1)]) == text
