"""One entry of a template with the values of one tenant: its object, or the sentence that says why there is none."""

from __future__ import annotations

import difflib
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from jinja2 import UndefinedError
from jinja2.runtime import Context, new_context

from tenantry import names
from tenantry.engine.compile import cost_of
from tenantry.engine.compiled import CompiledEntry
from tenantry.engine.copied_labels import copied_label_problems
from tenantry.engine.environment import ENVIRONMENT, SELF, STEPS
from tenantry.engine.expressions import Leaf, Option, Unit, compile_leaf
from tenantry.engine.limits import RENDER_BUDGET_MS, LimitExceeded, Steps
from tenantry.engine.positions import spell
from tenantry.engine.values import kind_of
from tenantry.protocol import JSONObject
from tenantry.scopes import group_of

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_PATH_SEGMENT = re.compile(r"(?!\.{1,2}$)[^/%]{1,253}")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
COLUMNS: Final = " columns"
"""Where a context has the columns of its variables: no expression can spell this name."""
_RBAC: Final = "rbac.authorization.k8s.io"
_IDENTITY_COST: Final = 1
"""Steps of making a name and a namespace, beyond what their expressions take."""
_COMPILE_COST: Final = 100
"""Steps of compiling one expression to learn whether it is the one that fails."""
_MOST_NAMES: Final = 100
"""Variables among which a similar name is looked for."""


class RenderError(Exception):
    """An entry that cannot be rendered: ``path`` in its object, and ``message`` with the expression and the cause."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


def template_context(
    *,
    uid: str,
    name: str,
    values: Mapping[str, Any],
    nulls: Iterable[str] = (),
    active: bool = True,
    labels: Mapping[str, str] | None = None,
    secrets: Mapping[str, Any] | None = None,
    columns: Mapping[str, str] | None = None,
    budget_ms: int = RENDER_BUDGET_MS,
) -> Context:
    """What the expressions of one tenant see: the mapped columns by their names, and what is said of every tenant.

    ``nulls`` names the columns that the row has without a value: they are defined, and none. ``secrets`` are its secret
    columns. ``columns`` are those that are not called like their variable, and are for messages alone; none if the
    values are of no row. ``budget_ms`` is how long all expressions of the tenant may take together, as counted in
    steps.
    """
    variables: dict[str, Any] = {
        **ENVIRONMENT.globals,
        **dict.fromkeys(nulls),
        **values,
        "uid": uid,
        "slug": names.slug(uid),
        "active": active,
        "tenant": {"name": name, "labels": dict(labels or {})},
        **({"secrets": dict(secrets)} if secrets else {}),
        STEPS: Steps(budget_ms),
        COLUMNS: columns,
    }
    return new_context(ENVIRONMENT, None, {}, vars=variables, shared=True)


def with_variables(context: Context, variables: Mapping[str, Any]) -> Context:
    """What expressions see who see these variables too. Steps are counted together."""
    return new_context(ENVIRONMENT, None, {}, vars={**context.parent, **variables}, shared=True)


def render_entry(entry: CompiledEntry, context: Context) -> JSONObject:
    """The object of an entry. Raises ``RenderError``."""
    rendered: JSONObject = _evaluate(entry.unit, entry.leaves, context, entry.cost)
    _check_identity(entry, rendered)
    if entry.makes_blueprints and (problems := copied_label_problems(rendered)):
        raise RenderError(*problems[0])
    return _without_string_data(rendered) if entry.type_key == "Secret.v1" else rendered


def render_identity(entry: CompiledEntry, context: Context) -> JSONObject:
    """An object with nothing but the entry's name and namespace in its metadata. Raises ``RenderError``."""
    rendered: JSONObject = _evaluate(entry.identity, entry.leaves, context, _IDENTITY_COST)
    _check_identity(entry, rendered)
    return rendered


def evaluate(option: Option, context: Context) -> Any:
    """The value of an option that is an expression. Raises ``RenderError``."""
    try:
        return _evaluate(option.unit, (option.leaf,), context, cost_of([option.leaf.source]))
    except RenderError as error:
        raise RenderError(option.name, error.message) from error


def _evaluate(unit: Unit, leaves: Sequence[Leaf], context: Context, cost: int) -> Any:
    steps: Steps = context.parent[STEPS]
    steps.begin()
    try:
        steps.take(cost)
        return unit(context)
    except Exception as error:  # Whatever a template's author wrote may raise whatever Python can raise.
        raise _explained(error, leaves, context) from error


def _explained(error: Exception, leaves: Sequence[Leaf], context: Context) -> RenderError:
    """The error with the expression that caused it, if there are steps left to look for that."""
    if len(leaves) == 1:
        return _blamed(leaves[0], error, context)
    steps: Steps = context.parent[STEPS]
    steps.begin()
    for leaf in leaves:
        if steps.are_used_up():
            break
        try:
            steps.take(_COMPILE_COST + cost_of([leaf.source]))
            _compiled_leaf(leaf)(context)
        except Exception as found:
            if isinstance(found, LimitExceeded) and (steps.are_used_up() or not isinstance(error, LimitExceeded)):
                break
            return _blamed(leaf, found, context)
    return RenderError("", _cause(error, context))


def _blamed(leaf: Leaf, error: Exception, context: Context) -> RenderError:
    return RenderError(spell(leaf.path), f"{_short(leaf.source)}: {_cause(error, context)}")


@lru_cache(maxsize=1024)
def _compiled_leaf(leaf: Leaf) -> Unit:
    return compile_leaf(leaf)


def _cause(error: Exception, context: Context) -> str:
    if isinstance(error, RecursionError):
        return "the expression is nested too deeply"
    message = " ".join(str(error).split()).replace(f"'{SELF}'", "'self'") or type(error).__name__
    if not isinstance(error, UndefinedError):
        return message
    unknown = re.match(r"'(\w+)' is undefined", message)
    variables = ("self" if name == SELF else name for name in context.parent)
    known = sorted(name for name in variables if name.isidentifier() and name not in ENVIRONMENT.globals)
    if unknown is None:
        return message
    return f"{message}: {_suggestion(unknown[1], tuple(known[:_MOST_NAMES]))}"


@lru_cache(maxsize=1024)
def _suggestion(name: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"do you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"


def _short(source: str) -> str:
    line = " ".join(source.split())
    return line if len(line) <= 80 else line[:79] + "…"


def _check_identity(entry: CompiledEntry, rendered: JSONObject) -> None:
    metadata = rendered["metadata"]
    name = metadata.get("name")
    if not _is_name(name, entry.type_key):
        raise RenderError(
            ".metadata.name",
            f"{_shown(name)} is not a name for a {entry.kind}: lower-case letters, digits, '-' and '.', first and last "
            "a letter or digit; use slug",
        )
    namespace = metadata.get("namespace")
    if entry.namespaced and not _is_namespace(namespace):
        raise RenderError(
            ".metadata.namespace",
            f"{_shown(namespace)} is not the name of a namespace: at most 63 lower-case letters, digits and '-'; "
            "use slug",
        )


def _shown(name: Any) -> str:
    return "null" if name is None else repr(name)


def _without_string_data(secret: JSONObject) -> JSONObject:
    """A Secret as the API server stores it, which is without ``stringData``: only so can it be compared."""
    if "stringData" not in secret:
        return secret
    texts = secret["stringData"]
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise RenderError(".stringData", "must be a mapping whose values are texts")
    data = secret.get("data") or {}
    if not isinstance(data, dict):
        raise RenderError(".data", f"is {kind_of(data)}: a mapping is wanted, whose values are texts in base64")
    encoded = {key: b64encode(text.encode()).decode() for key, text in texts.items()}
    stored = {key: value for key, value in secret.items() if key != "stringData"}
    return {**stored, "data": {**data, **encoded}}


@lru_cache(maxsize=16384)
def _is_name(name: Any, type_key: str) -> bool:
    pattern = _PATH_SEGMENT if group_of(type_key.partition(".")[2]) == _RBAC else _NAME
    return isinstance(name, str) and pattern.fullmatch(name) is not None


@lru_cache(maxsize=16384)
def _is_namespace(name: Any) -> bool:
    return isinstance(name, str) and _NAMESPACE.fullmatch(name) is not None
