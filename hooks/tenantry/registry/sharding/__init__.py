"""Shards: which Tenant controller serves which tenant, and how tenants move between them; and the tags of tenants."""

from tenantry.registry.sharding.assign import assigned, heading
from tenantry.registry.sharding.report import shards_status, unserved_problem
from tenantry.registry.sharding.row_labels import NO_LABELS, RowLabels, label_columns, label_problems, row_labels

__all__ = [
    "NO_LABELS",
    "RowLabels",
    "assigned",
    "heading",
    "label_columns",
    "label_problems",
    "row_labels",
    "shards_status",
    "unserved_problem",
]
