"""The sandbox's controller loop without threads: one sync of the Tenant, exactly when it is wanted.

Claims, applies, deletions and status writes are the loop's own code. Hooks are asked through ``server.call``, with all
the checks of the server.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

from tenantry.names import REAPPLY_ANNOTATION
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ResourceType
from tenantry.sandbox.loop.children import ChildManager, SkipCache
from tenantry.sandbox.loop.errors import HookBusy, HookFailed
from tenantry.sandbox.loop.hooks import HookClient, decode_customize
from tenantry.sandbox.loop.informers import Informer, controller_of, key_of
from tenantry.sandbox.loop.related import RelatedRules
from tenantry.sandbox.loop.relations import Relations
from tenantry.sandbox.loop.selectors import LabelSelector, labels_of
from tenantry.sandbox.loop.spec import ControllerSpec, Hook
from tenantry.sandbox.loop.statistics import Observer, Statistics
from tenantry.sandbox.loop.sync import ParentSync
from tenantry.sandbox.loop.writer import Writer
from tenantry.server.call import call
from tenantry.server.controllers import controllers
from tenantry.settings import Settings
from tests.explorer.cluster import SnapshotCluster

TENANTS: Final = next(
    one for one in controllers(Settings(render_budget_ms=10_000, tenant_rate=0)) if one.name == "tenants"
)
"""It has all the time that it needs, so that a busy machine changes nothing."""
CONTROLLER_FILES: Final = Path(__file__).parents[2] / "compositecontrollers"
SORTED: Final = orjson.OPT_SORT_KEYS


class _Informer(Informer):
    """What is stored, without delay."""

    def __init__(self, cluster: SnapshotCluster, kind: ResourceType) -> None:
        self.kind = kind
        self._store = cluster

    def all(self) -> list[JSONObject]:
        return [stored.to_json() for stored in self._store.all_of(self.kind)]

    def get(self, key: str) -> JSONObject | None:
        return next((obj for obj in self.all() if key_of(obj) == key), None)

    def owned_by(self, uid: str, *, namespace: str = "") -> list[JSONObject]:
        return [obj for obj in self.all() if (controller_of(obj) or {}).get("uid") == uid]

    def orphans(self, selector: LabelSelector, *, namespace: str = "") -> list[JSONObject]:
        return [obj for obj in self.select(selector) if controller_of(obj) is None]

    def select(self, selector: LabelSelector, *, namespace: str = "") -> list[JSONObject]:
        return [obj for obj in self.all() if selector.matches(labels_of(obj))]


class _Hooks(HookClient):
    """Hook calls within the process."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.answer = b""
        """The last one."""

    def _call(self, hook: Hook, request: JSONObject, name: str) -> bytes:
        asked: Any = name
        answer = call(TENANTS, asked, orjson.dumps(request), now=self._clock())
        if answer.status == 429:
            raise HookBusy(1)
        if answer.status != 200:
            raise HookFailed(answer.body.decode())
        self.answer = answer.body
        return answer.body


class _Relations(Relations):
    """What the customize hook asks for: asked once for each spec, since generations go back with their states."""

    def __init__(self, cluster: SnapshotCluster, ask: Callable[[JSONObject], RelatedRules]) -> None:
        self._cluster = cluster
        self._ask = ask
        self._answers: dict[bytes, RelatedRules] = {}

    def objects(self, parent: JSONObject) -> dict[str, dict[str, JSONObject]]:
        found: dict[str, dict[str, JSONObject]] = {}
        spec = orjson.dumps(parent["spec"])
        if spec not in self._answers:
            self._answers[spec] = self._ask(parent)
        for rule in self._answers[spec].rules:
            api_version, plural = rule.type_name
            informer = _Informer(self._cluster, self._cluster.resource_type(api_version, plural=plural))
            entries = found.setdefault(str(informer.kind), {})
            entries |= {key_of(obj): obj for obj in rule.select(informer, None)}
        return found


class SavedSkipCache(SkipCache):
    """What was applied last, as a part of a state."""

    def __init__(self) -> None:
        super().__init__()
        self.contents: dict[int, bytes] = {}
        """Content of an apply → what it was, without what differs between states that are the same."""
        self._next = b""

    def expect(self, desired: JSONObject) -> None:
        """What is going to be applied."""
        metadata = desired["metadata"]
        marks = {
            name: name != REAPPLY_ANNOTATION and text for name, text in (metadata.get("annotations") or {}).items()
        }
        self._next = orjson.dumps({**desired, "metadata": {**metadata, "annotations": marks}}, option=SORTED)

    def remember(self, kind: ResourceType, obj: JSONObject, content: int) -> None:
        self.contents[content] = self._next
        super().remember(kind, obj, content)

    def save(self) -> dict[tuple[str, str, str], Any]:
        """What is remembered now."""
        return copy(self._entries)

    def restore(self, entries: dict[tuple[str, str, str], Any]) -> None:
        """Remember what was remembered then."""
        self._entries = copy(entries)


class _Writer(Writer):
    """Tells the skip cache what is applied."""

    def __init__(
        self, cluster: SnapshotCluster, statistics: Statistics, observe: Observer, skip: SavedSkipCache
    ) -> None:
        super().__init__(cluster, statistics, [observe], field_manager="metacontroller")
        self._skip = skip

    def apply(self, kind: ResourceType, desired: JSONObject, *, before: JSONObject | None) -> JSONObject:
        self._skip.expect(desired)
        return super().apply(kind, desired, before=before)


class Loop:
    """The Tenants' controller over a cluster. ``observe`` is told of each write.

    ``resources`` are the kinds that tenants consist of, as apiVersion and plural; without them, those of the shipped
    controller.
    """

    def __init__(self, cluster: SnapshotCluster, observe: Observer, resources: Sequence[tuple[str, str]] = ()) -> None:
        source = yaml.safe_load((CONTROLLER_FILES / "tenant.yaml").read_text())
        if resources:
            source["spec"]["childResources"] = [
                {"apiVersion": version, "resource": plural, "updateStrategy": {"method": "InPlace"}}
                for version, plural in resources
            ]
        self._cluster = cluster
        self.skip = SavedSkipCache()
        spec = ControllerSpec.parse(source)
        statistics = Statistics()
        writer = _Writer(cluster, statistics, observe, self.skip)
        self.kinds = [cluster.resource_type(rule.api_version, plural=rule.resource) for rule in spec.children]
        methods = {(kind.group, kind.kind): rule.method for kind, rule in zip(self.kinds, spec.children, strict=True)}
        self.hooks = hooks = _Hooks(lambda: cluster.now)
        tenants = cluster.resource_type(spec.parent_api_version, plural=spec.parent_resource)

        def ask(parent: JSONObject) -> RelatedRules:
            request = {"controller": spec.source, "parent": parent}
            return decode_customize(hooks._call(spec.sync, request, "customize"))

        self._parents = _Informer(cluster, tenants)
        self._sync = ParentSync(
            spec,
            parents=self._parents,
            children=[_Informer(cluster, kind) for kind in self.kinds],
            relations=_Relations(cluster, ask),
            writer=writer,
            hooks=hooks,
            manager=ChildManager(writer, self.skip, statistics, methods),
        )

    def sync(self) -> float:
        """Sync the Tenant, if there is one, and then let the controller-manager work.

        The answer is after how many seconds the hook wants to be asked again; 0 if it does not. Raises ``SyncFailed``
        as the loop does, when everything that could be done is done.
        """
        again: list[float] = []
        try:
            for parent in self._parents.all():
                self._sync.sync(parent, again.append)
        finally:
            self._cluster.collect()
        return min(again, default=0.0)
