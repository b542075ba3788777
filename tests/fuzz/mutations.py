"""Ways to spoil a request: values of another kind, fields that are missing, things in the wrong place."""

from __future__ import annotations

import copy
from typing import Any, Final

import orjson
from hypothesis import strategies as st

from tests.support.strategies import HOSTILE_TEXTS, json_values

ODD: Final[tuple[Any, ...]] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        2**63,
        -(2**63),
        1e300,
        "",
        "x",
        "{{ 1 }}",
        "{{ [] * 999999999 }}",
        "-",
        "/",
        "\x00",
    ),
    *([], {}, [[]], [None], [{}], {"": None}, {"a": {"a": {}}}, [1, "2", {}], "0001-01-01T00:00:00Z", "9" * 400),
)
RAW: Final = (
    *(b"", b"null", b"[]", b"{}", b"0", b'"', b"{", b"\xff\xfe", b'{"parent":', b"NaN", b"\xef\xbb\xbf{}"),
    *(b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b'{"parent":{},"parent":{}}', b'{"a":"\\ud800"}'),
)
DEEPEST: Final = 60


def odd_values() -> st.SearchStrategy[Any]:
    """Values that hardly fit anywhere."""
    return st.one_of(st.sampled_from(ODD), st.sampled_from(HOSTILE_TEXTS), json_values()).map(copy.deepcopy)


@st.composite
def spoiled(draw: st.DrawFn, body: Any) -> bytes:
    """A body with one to four things wrong, as bytes; now and then no JSON at all."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.one_of(st.sampled_from(RAW), st.binary(max_size=200)))
    value = copy.deepcopy(body)
    for _ in range(draw(st.integers(1, 4))):
        value = _spoil(draw, value)
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS)


def _spoil(draw: st.DrawFn, root: Any) -> Any:
    """Walk down to some place, and change what is there."""
    holder: Any = None
    place: Any = None
    value = root
    for _ in range(draw(st.integers(1, DEEPEST))):
        if isinstance(value, dict) and value:
            step: Any = draw(st.sampled_from(sorted(value)))
        elif isinstance(value, list) and value:
            step = draw(st.integers(0, len(value) - 1))
        else:
            break
        holder, place, value = value, step, value[step]
        if draw(st.integers(0, 5)) == 0:
            break
    if holder is None:
        return draw(odd_values())
    match draw(st.integers(0, 5)):
        case 0:
            del holder[place]
        case 1:
            holder[place] = [value]
        case 2:
            holder[place] = {"x": value}
        case 3 if isinstance(holder, dict):
            holder[draw(st.text(max_size=20))] = copy.deepcopy(value)
        case _:
            holder[place] = draw(odd_values())
    return root
