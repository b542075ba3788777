"""How the demo looks: on a terminal in colour and with moving bars, elsewhere as plain lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from tenantry.cli.demo.snapshot import Difference, ObjectName
from tenantry.conditions import ConditionType, find_condition
from tenantry.names import DEPENDS_ON_ANNOTATION, RESOURCE_ID_ANNOTATION
from tenantry.protocol import JSONObject

PLAIN_WIDTH: Final = 110
STYLES: Final = {"Ready": "green", "True": "green", "Failed": "red", "Degraded": "red", "Blocked": "red"}
SHOWN_OBJECTS: Final = 10
"""Objects that a change lists by name; of more, only their kinds and numbers are told."""


class Screen:
    """Everything that the demo prints."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or _console()

    def introduction(self, text: str) -> None:
        """What this is about."""
        self._console.print(Panel(text, title="Tenantry", border_style="cyan", padding=(1, 2)))

    def heading(self, number: int, title: str) -> None:
        """The beginning of a step."""
        self._console.print()
        self._console.rule(f"[bold]{number}  {escape(title)}", align="left", style="cyan")

    def typed(self, *commands: str) -> None:
        """What a person would type to make the same happen."""
        for command in commands:
            self._console.print(Text.assemble(("  $ ", "dim"), (command, "bold")), soft_wrap=True)

    def note(self, text: str) -> None:
        """A remark."""
        self._console.print(Padding(Text(text), (0, 2), expand=False))

    @contextmanager
    def convergence(self, *, tenants: int, objects: int) -> Iterator[ConvergenceBars]:
        """Bars that move while tenants become ready."""
        columns = (TextColumn("  {task.description:<15}"), BarColumn(40), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as progress:
            yield ConvergenceBars(progress, tenants=tenants, objects=objects)

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """Something that takes a moment."""
        with self._console.status(text):
            yield

    def registry(self, registry: JSONObject) -> None:
        """A registry's status, as ``kubectl get`` and ``kubectl describe`` would show it."""
        status = registry["status"]
        counts = Table(box=None, padding=(0, 3, 0, 0), header_style="bold")
        row = {
            "tenantregistry": registry["metadata"]["name"],
            "rows": status["source"].get("rows", 0),
            "active": status["source"].get("active", 0),
            "invalid": status["source"].get("invalid", 0),
            "tenants": status["tenants"].get("total", 0),
            "ready": status["tenants"].get("ready", 0),
            "degraded": status["tenants"].get("degraded", 0),
        }
        for name in row:
            counts.add_column(name.upper())
        counts.add_row(*(str(value) for value in row.values()))
        self._console.print(Padding(counts, (1, 2, 0, 2), expand=False))
        conditions = Table(box=None, padding=(0, 3, 0, 0), header_style="bold")
        for name in ("CONDITION", "STATUS", "REASON", "MESSAGE"):
            conditions.add_column(name)
        for found in status["conditions"]:
            conditions.add_row(found["type"], found["status"], found["reason"], escape(found.get("message", "")))
        self._console.print(Padding(conditions, (1, 2, 0, 2), expand=False))

    def tenant(self, tenant: JSONObject, objects: Iterable[JSONObject]) -> None:
        """A tenant as a tree: its Namespace, what lives in it, and what waits for what."""
        waits = {_id(obj): _dependencies(obj) for obj in objects}
        ready = find_condition(tenant["status"], ConditionType.READY) or {}
        word = ("Ready", "green") if ready.get("status") == "True" else ("not Ready", "red")
        tree = Tree(Text.assemble(("Tenant ", "dim"), (tenant["metadata"]["name"], "bold"), "  ", word))
        branches: dict[str, Tree] = {}
        for found in sorted(tenant["status"]["resources"], key=lambda found: (_depth(found["id"], waits), found["id"])):
            node = branches.get(found.get("namespace", ""), tree).add(_entry(found, waits.get(found["id"], ())))
            if found["kind"] == "Namespace":
                branches[found["name"]] = node
        self._console.print(Padding(tree, (1, 2, 0, 2), expand=False))

    def difference(self, difference: Difference, *, untouched: int, seconds: float) -> None:
        """What a change did: by name when it is little, by kind when it is much."""
        table = Table(box=None, padding=(0, 3, 0, 0), show_header=False)
        for word, sign, style in (("created", "+", "green"), ("changed", "~", "yellow"), ("deleted", "-", "red")):
            names: frozenset[ObjectName] = getattr(difference, word)
            for number, line in enumerate(_lines(names, difference.details)):
                table.add_row(Text(f"{sign} {word}" if number == 0 else "", style=style), line)
        self._console.print(Padding(table, (1, 2, 1, 2), expand=False))
        self.note(f"Settled after {seconds:.1f} s. Tenants that were not written to at all: {untouched}.")

    def failed(self, sentence: str) -> None:
        """The demo is over because something is wrong."""
        self._console.print()
        self._console.print(Text.assemble(("Not as expected: ", "bold red"), sentence))

    def finished(self, *, seconds: float) -> None:
        """The demo is over and all was well."""
        self._console.print()
        self._console.print(f"[bold green]All as expected[/], in {seconds:.0f} s. Next: README.md, and examples/shops.")


class ConvergenceBars:
    """The two bars of the beginning."""

    def __init__(self, progress: Progress, *, tenants: int, objects: int) -> None:
        self._progress = progress
        self._tenants = progress.add_task("Tenants ready", total=tenants)
        self._objects = progress.add_task("Objects ready", total=objects)

    def show(self, *, tenants: int, objects: int) -> None:
        """Move the bars."""
        self._progress.update(self._tenants, completed=tenants)
        self._progress.update(self._objects, completed=objects)


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PLAIN_WIDTH)


def _entry(found: JSONObject, waits: Iterable[str]) -> Text:
    style = STYLES.get(found["phase"], "yellow")
    text = Text.assemble((f"{found['kind']} ", "dim"), found["name"], "  ", (found["phase"], style))
    # What lives in a Namespace stands below it: that it waits for it needs no words.
    if after := [each.rpartition("/")[2] for each in waits if not each.endswith("/namespace")]:
        text.append(f"  after {', '.join(after)}", "dim")
    return text


def _id(obj: JSONObject) -> str:
    return str((obj["metadata"].get("annotations") or {}).get(RESOURCE_ID_ANNOTATION, ""))


def _dependencies(obj: JSONObject) -> list[str]:
    text = (obj["metadata"].get("annotations") or {}).get(DEPENDS_ON_ANNOTATION, "")
    return [each for each in text.split(",") if each]


def _depth(id_: str, waits: Mapping[str, list[str]]) -> int:
    return 1 + max((_depth(each, waits) for each in waits.get(id_, ())), default=0)


def _lines(names: frozenset[ObjectName], details: Mapping[ObjectName, tuple[str, ...]]) -> Iterator[Text]:
    """Each object and its changed fields; of many objects, each kind and what all of them have in common."""
    if len(names) <= SHOWN_OBJECTS:
        for name in sorted(names, key=lambda name: (name.namespace, name.kind != "Tenant", name)):
            yield from _object_lines(str(name), details.get(name, ()))
        return
    for kind in sorted({name.kind for name in names}):
        alike = [name for name in names if name.kind == kind]
        changes = {details.get(name, ()) for name in alike}
        yield from _object_lines(f"{len(alike)} × {kind}", changes.pop() if len(changes) == 1 else ())


def _object_lines(title: str, fields: Iterable[str]) -> Iterator[Text]:
    yield Text(title)
    for field in fields:
        yield Text(f"  {field}", style="dim")
