"""Which types a store serves at the moment: the built-in ones, and those of its CustomResourceDefinitions."""

from __future__ import annotations

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import NotFound, ResourceType
from tenantry.sandbox.store.custom import custom_resources
from tenantry.sandbox.store.resources import Resource, built_in_resources


class Catalog:
    """Finds resources by type, by kind and by plural. Replaced as a whole on change, so reading needs no lock."""

    def __init__(self) -> None:
        self._custom: dict[str, tuple[Resource, ...]] = {}
        self._rebuild()

    def _rebuild(self) -> None:
        resources = [*built_in_resources(), *(item for items in self._custom.values() for item in items)]
        self._by_kind = {(item.type.api_version, item.type.kind): item for item in resources}
        self._by_plural = {(item.type.api_version, item.type.plural): item for item in resources}
        self._by_type = {item.type: item for item in resources}

    def define(self, definition: JSONObject) -> None:
        """Serve the types of a CustomResourceDefinition, as it is now."""
        self._custom[definition["metadata"]["name"]] = tuple(custom_resources(definition))
        self._rebuild()

    def undefine(self, name: str) -> None:
        """Serve the types of a CustomResourceDefinition no more."""
        self._custom.pop(name, None)
        self._rebuild()

    def resource(self, kind: ResourceType) -> Resource:
        """The resource of a type. Raises ``NotFound``."""
        found = self._by_type.get(kind)
        if found is None:
            raise NotFound("the server could not find the requested resource")
        return found

    def find(self, api_version: str, kind: str, plural: str) -> Resource:
        """The resource of a version and kind or plural. Raises ``NotFound``."""
        found = self._by_kind.get((api_version, kind)) if kind else self._by_plural.get((api_version, plural))
        if found is None:
            raise NotFound(f"the server could not find the requested resource: {kind or plural} in {api_version}")
        return found

    def types(self) -> list[ResourceType]:
        """Every served type."""
        return list(self._by_type)
