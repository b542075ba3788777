"""Rows move: to the revision of a wave, or, when they are new, to the one that new tenants get."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from tenantry.protocol import JSONObject
from tenantry.registry.layout import Layout
from tenantry.registry.rollout.fleet import last_wave_of, mark_of, pin_of
from tenantry.registry.rollout.memory import Wave
from tenantry.registry.slices import Content, Pins, is_same

Contents = Mapping[str, Content]
"""Name of a slice → what goes into it."""


def with_new_tenants(contents: Contents, pins: Pins) -> dict[str, Content]:
    """Rows that have no pin at all get these: nobody waits for what does not exist yet."""
    if not pins:
        return dict(contents)
    return {
        name: _with_rows(content, [row if row.get("pins") else {**row, "pins": dict(pins)} for row in content.rows])
        for name, content in contents.items()
    }


def with_found_pins(layout: Layout, contents: Contents) -> dict[str, Content]:
    """Rows that do not know which pins their Tenants have get those: nobody is moved by that."""
    result = dict(contents)
    for name, found in layout.observed.items():
        ahead = found.status.get("ahead")
        if not ahead or not found.up_to_date:
            continue
        pins: dict[str, list[JSONObject]] = {}
        for pin in ahead:
            pins.setdefault(pin["uid"], []).append(pin)
        rows = [_following(row, pins.get(row["uid"], ())) for row in contents[name].rows]
        result[name] = _with_rows(contents[name], rows)
    return result


def _following(row: JSONObject, pins: Iterable[JSONObject]) -> JSONObject:
    for pin in pins:
        template, since = pin["name"], pin.get("since") or ""
        if pin_of(row, template) == pin["revision"] or mark_of(row, template) > since:
            continue
        row = {**row, "pins": {**(row.get("pins") or {}), template: pin["revision"]}}
        if since:
            row["moved"] = {**(row.get("moved") or {}), template: since}
    return row


def with_wave(contents: Contents, template: str, wave: Wave) -> dict[str, Content]:
    """Rows of a wave, moved and marked. One that carries its mark already was moved before."""
    uids = frozenset(wave.uids)
    return _changed(contents, lambda row: _moved(row, template, wave) if row["uid"] in uids else row)


def _moved(row: JSONObject, template: str, wave: Wave) -> JSONObject:
    if last_wave_of(row, template) >= wave.time:
        return row
    if not wave.revision:
        # Not as moved: its slice would take a Tenant that it could not see so far to the pin of the row.
        return {**row, "spared": {**(row.get("spared") or {}), template: wave.time}}
    moved = {**row, "moved": {**(row.get("moved") or {}), template: wave.time}}
    moved["pins"] = {**(row.get("pins") or {}), template: wave.revision}
    excused = {*(row.get("excused") or ())} - {template} | ({template} if wave.excused else set())
    moved.pop("excused", None)
    return {**moved, "excused": sorted(excused)} if excused else moved


def _changed(contents: Contents, change: Callable[[JSONObject], JSONObject]) -> dict[str, Content]:
    """Contents with every row changed; lists of which no row changed are the very same."""
    return {name: _with_rows(content, [change(row) for row in content.rows]) for name, content in contents.items()}


def _with_rows(content: Content, rows: list[JSONObject]) -> Content:
    return content if is_same(rows, content.rows) else replace(content, rows=rows)
