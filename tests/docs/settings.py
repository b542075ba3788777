"""Where the commands of a document find themselves: what ``<!-- setting: … -->`` names."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

from tests.docs.cluster import GuideCluster
from tests.docs.databases import serve_mariadb, serve_postgresql
from tests.docs.sessions import Session

SHOPS: Final = Path(__file__).parent / "shops"
"""A table, a template and a registry: four tenants that are ready."""


LYNQ: Final = Path(__file__).parent / "lynq"
"""Lynq's kinds, what its users write, and what it makes of it."""


class Setting(StrEnum):
    """In the order in which documents take the least of installing and removing."""

    NOTHING = ""
    """A folder, and programs that need no cluster."""
    BARE = "bare cluster"
    """Metacontroller runs, and nothing of Tenantry is there but perhaps its definitions."""
    CLUSTER = "cluster"
    """Tenantry is installed by its chart."""
    DATABASE = "database"
    """The same, and a PostgreSQL server runs. Files of shops lie in the folder."""
    LYNQ = "lynq"
    """Tenantry is installed. Files of what Lynq leaves in a cluster lie in the folder, and a MariaDB server runs."""
    LOOKING = "shops to look at"
    """The tenants of a registry are ready. Its files lie in the folder. The document changes nothing that counts."""
    SHOPS = "shops"
    """The same, and the document may do with them as it likes."""


def prepare(setting: Setting, session: Session, cluster: GuideCluster) -> None:
    """Bring cluster and session there, whatever was before."""
    if cluster.setting is Setting.BARE:
        cluster.uninstall()  # Whatever the document installed, and however.
    if not setting is cluster.setting is Setting.LOOKING:
        cluster.setting = None
        cluster.clear()
    if setting is Setting.BARE:
        cluster.uninstall()
    session.use(cluster)
    if setting is Setting.DATABASE:
        serve_postgresql(session)
        _give(session, SHOPS)
    if setting is Setting.LYNQ:
        serve_mariadb(session)
        _give(session, LYNQ)
    if setting in (Setting.LOOKING, Setting.SHOPS):
        _open_shops(session)
    cluster.setting = setting


def _open_shops(session: Session) -> None:
    _give(session, SHOPS)
    session.must("sqlite3 shops.db < shops.sql")
    session.must("kubectl apply -f template.yaml -f registry.yaml")
    session.must("kubectl wait tenantregistry/shops --for=condition=Ready --timeout=120s")


def _give(session: Session, folder: Path) -> None:
    for file in folder.iterdir():
        session.write(file.name, file.read_text(encoding="utf-8"))
