"""kube-state-metrics as far as our configuration uses it: what it shows of objects of ours.

It follows the documentation of CustomResourceStateMetrics. Where ``KUBE_STATE_METRICS_BIN`` names the real program, a
test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import yaml

from tenantry.conditions import parse_timestamp
from tenantry.protocol import JSONObject
from tests.controlplane.product import REPOSITORY

FILE: Final = REPOSITORY / "charts" / "tenantry" / "files" / "kube-state-metrics.yaml"
_TEXTS: Final = {"True": 1.0, "False": 0.0, "Unknown": 0.0}


class Sample(NamedTuple):
    """One series with its value."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float

    def __str__(self) -> str:
        labels = ",".join(f'{label}="{value}"' for label, value in self.labels)
        return f"{self.name}{{{labels}}} {self.value}"


class Family(NamedTuple):
    """One metric of the configuration, and the kind that it is about."""

    resource: JSONObject
    metric: JSONObject

    @property
    def name(self) -> str:
        """As Prometheus shows it."""
        return f"{self.resource['metricNamePrefix']}_{self.metric['name']}"

    @property
    def help(self) -> str:
        """What it says."""
        return str(self.metric["help"])

    @property
    def option(self) -> JSONObject:
        """How it comes out of an object."""
        each: JSONObject = self.metric["each"]
        option: JSONObject = each["gauge"] if each["type"] == "Gauge" else each["stateSet"]
        return option

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of its labels, those aside that kube-state-metrics adds by itself."""
        own = [self.option[key] for key in ("labelFromKey", "labelName") if key in self.option]
        return (*self.resource["labelsFromPath"], *self.option.get("labelsFromPath", ()), *own)


def families() -> list[Family]:
    """All metrics of the configuration in the chart."""
    resources = yaml.safe_load(FILE.read_text())["spec"]["resources"]
    return [Family(resource, metric) for resource in resources for metric in resource["metrics"]]


def samples(objects: Iterable[JSONObject]) -> list[Sample]:
    """What is shown of these objects."""
    given = list(objects)
    return sorted(sample for family in families() for obj in given for sample in _samples(family, obj))


def _samples(family: Family, obj: JSONObject) -> Iterator[Sample]:
    kind = family.resource["groupVersionKind"]
    if (obj["apiVersion"], obj["kind"]) != (f"{kind['group']}/{kind['version']}", kind["kind"]):
        return
    common = {f"customresource_{key}": value for key, value in kind.items()}
    common |= _labels(obj, family.resource["labelsFromPath"])
    option = family.option
    for key, element in _elements(_get(obj, option["path"]), option):
        labels = common | _labels(element, option.get("labelsFromPath", {}))
        if "labelFromKey" in option:
            labels[option["labelFromKey"]] = key
        found = _get(element, option.get("valueFrom", ()))
        if "list" in option:
            for entry in option["list"]:
                yield _sample(family.name, labels | {option["labelName"]: entry}, float(found == entry))
        elif found is not None:
            yield _sample(family.name, labels, _number(found))


def _elements(found: Any, option: Mapping[str, Any]) -> list[tuple[str, Any]]:
    if found is None:
        return []
    if isinstance(found, list):
        return [("", element) for element in found]
    return list(found.items()) if "labelFromKey" in option else [("", found)]


def _get(obj: Any, path: Iterable[str]) -> Any:
    for step in path:
        if obj is None:
            return None
        if step.startswith("["):
            key, _, value = step[1:-1].partition("=")
            obj = next((element for element in obj if element.get(key) == value), None)
        else:
            obj = obj.get(step)
    return obj


def _labels(obj: Any, paths: Mapping[str, list[str]]) -> dict[str, str]:
    return {label: str(found) for label, path in paths.items() if (found := _get(obj, path)) is not None}


def _number(found: Any) -> float:
    if not isinstance(found, str):
        return float(found)
    return _TEXTS[found] if found in _TEXTS else parse_timestamp(found).timestamp()


def _sample(name: str, labels: Mapping[str, str], value: float) -> Sample:
    return Sample(name, tuple(sorted(labels.items())), value)
