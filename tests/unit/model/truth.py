"""What must hold whatever happens: looked at after each write, on the objects as they really are."""

from __future__ import annotations

from tenantry.conditions import parse_timestamp
from tenantry.protocol import JSONObject
from tenantry.registry.moments import exactly
from tests.unit.model.cluster import MAX_DELETIONS, TEMPLATE, WINDOW, Cluster, is_paused, rows_of


class Broken(AssertionError):
    """Something happened that never may."""


class Truth:
    """Remembers what was asked for and what was true, and compares."""

    def __init__(self, cluster: Cluster, *, max_skew: int) -> None:
        self.cluster = cluster
        self.max_skew = max_skew
        self.asked: list[str] = []
        """Revisions in the order in which somebody, or a rollback, asked for them."""
        self.given_up: set[str] = set()
        """Revisions that were rolled back, and that nobody asked for since by name."""
        self.excused: set[str] = set()
        """uids that need not count: they were paused, deleted, or in trouble before they were moved."""
        self.passed: set[str] = set()
        """uids that the guard let pass."""
        self.leaving: set[str] = set()
        """uids that are on their way out now: removed, or deactivated."""
        self.decisions: list[str] = []
        """When the guard let each of them go, without those whom it let go again by the same word."""
        self.decided: set[tuple[str, str]] = set()
        self.slices: set[str] = set()
        self.booked: dict[str, str] = {}
        """uid → when the guard let it go last, whether that came into its ledger or not."""
        self.pins: dict[str, str] = {}
        """uid of a Tenant object → its revision."""
        self.alive: dict[str, str] = {}
        """uid of a Tenant object → that of its row."""
        self.people: set[str] = set()
        """uids of Tenant objects that somebody deleted by hand."""
        self.waves: dict[str, str] = {}
        """When a wave was decided → where it goes."""
        self.under_way = 0
        self.ask(revision=cluster.state.template["status"]["latestRevision"])

    def ask(self, revision: str) -> None:
        """Somebody wants this revision from now on."""
        if not self.asked or self.asked[-1] != revision:
            self.asked.append(revision)

    def check(self) -> None:
        """Raises ``Broken``."""
        self._learn()
        self._check_removals()
        self._check_budget()
        self._check_waves()
        self._check_pins()
        self._check_skew()

    def _learn(self) -> None:
        for found in self.cluster.state.slices.values():
            self.passed |= {removal["uid"] for removal in found["spec"]["removals"]}
            for record in found["spec"].get("rollouts") or ():
                if record["stage"] == "RollingBack":
                    self.ask(record["target"])
                    self.given_up |= set(record["failed"])
        owners = {found["metadata"]["uid"] for found in self.cluster.state.slices.values()}
        for tenant in self.cluster.state.tenants.values():
            if tenant["owner"] not in owners:
                self.excused.add(tenant["spec"]["uid"])
            if is_paused(tenant) or "deletionTimestamp" in tenant["metadata"] or _in_trouble_at_rest(tenant):
                self.excused.add(tenant["spec"]["uid"])

    def _check_removals(self) -> None:
        alive = {tenant["metadata"]["uid"]: tenant["spec"]["uid"] for tenant in self.cluster.state.tenants.values()}
        deleted = {t["metadata"]["uid"] for t in self.cluster.state.tenants.values() if _is_deleted(t)}
        for object_uid in (self.alive.keys() - alive.keys()) | deleted:
            uid = self.alive.get(object_uid) or alive[object_uid]
            if object_uid not in self.people and uid not in self.passed:
                raise Broken(f"{uid} was removed and never passed the guard")
        if not self.passed <= self.cluster.missed:
            raise Broken(f"{sorted(self.passed - self.cluster.missed)} passed the guard and no poll missed them")
        self.alive = alive

    def _check_budget(self) -> None:
        """Within no window do more tenants go than may, by the times at which that was decided.

        What a slice knew of that is lost with it, or when others take its place.
        """
        if not self.slices <= self.cluster.state.slices.keys():
            self.decisions.clear()
        self.slices = set(self.cluster.state.slices)
        leaving = set()
        for found in self.cluster.state.slices.values():
            leaving |= {removal["uid"] for removal in found["spec"]["removals"]}
            for entry in found["spec"].get("missing") or ():
                if entry.get("booked"):
                    self.booked[entry["uid"]] = entry["booked"]
                elif not entry.get("blocked"):
                    leaving.add(entry["uid"])
        for uid in sorted(leaving - self.leaving):
            at = self.booked.get(uid) or exactly(self.cluster.now)
            if (uid, at) not in self.decided:
                self.decided.add((uid, at))
                self.decisions.append(at)
        self.leaving = leaving
        times = sorted(map(parse_timestamp, self.decisions))
        for earlier, later in zip(times, times[MAX_DELETIONS:], strict=False):
            if (later - earlier).total_seconds() < WINDOW:
                raise Broken(f"more than {MAX_DELETIONS} may go within {WINDOW} s: {self.decisions}")

    def _check_waves(self) -> None:
        """A wave is decided once, and goes where somebody wants to go, as far as the registry can know."""
        for found in self.cluster.state.slices.values():
            for record in found["spec"].get("rollouts") or ():
                wave = record.get("wave")
                if not wave or wave["time"] in self.waves or not wave["revision"]:
                    continue
                new = self.waves[wave["time"]] = wave["revision"]
                wanted = {wanted_revision(state.template) for state in self.cluster.past}
                if new not in wanted | {self.asked[-1]}:
                    raise Broken(f"{wave['uids']} are to go to {new}; asked for were {self.asked}")
                if new in self.given_up and new != self.asked[-1]:
                    raise Broken(f"{wave['uids']} are to go to {new}, which was given up")

    def _check_pins(self) -> None:
        """A Tenant gets another revision by a wave alone."""
        pins = {}
        for tenant in self.cluster.state.tenants.values():
            object_uid, uid, new = tenant["metadata"]["uid"], tenant["spec"]["uid"], pin_of(tenant)
            old = self.pins.get(object_uid, new)
            if new != old and old and self.waves.get(since_of(tenant)) != new:
                raise Broken(f"{uid} went from {old} to {new}, and no wave took it there")
            pins[object_uid] = new
        self.pins = pins

    def _check_skew(self) -> None:
        rows = {row["uid"]: row for _, row in rows_of(self.cluster.state)}
        under_way = []
        for tenant in self.cluster.state.tenants.values():
            uid = tenant["spec"]["uid"]
            ready = ready_revision(tenant)
            wanted = {pin_of(tenant), _coming(rows.get(uid, {}), tenant)}
            if ready and wanted != {ready} and uid not in self.excused:
                under_way.append(uid)
        if len(under_way) > max(self.max_skew, self.under_way):
            raise Broken(f"{sorted(under_way)} are under way, and maxSkew is {self.max_skew}")
        self.under_way = min(len(under_way), self.max_skew)


def wanted_revision(template: JSONObject) -> str:
    """What a template asks for."""
    return str(template["spec"]["rollout"].get("revision") or template["status"]["latestRevision"])


def pin_of(tenant: JSONObject) -> str:
    """The revision that a Tenant is pinned to."""
    return next((str(pin["revision"]) for pin in tenant["spec"]["templates"] if pin["name"] == TEMPLATE), "")


def since_of(tenant: JSONObject) -> str:
    """When a Tenant was moved last; empty if it never was."""
    return next((str(pin.get("since") or "") for pin in tenant["spec"]["templates"] if pin["name"] == TEMPLATE), "")


def ready_revision(tenant: JSONObject) -> str:
    """The revision with which a Tenant was Ready last; empty if it never was."""
    told = (tenant.get("status") or {}).get("templates") or ()
    return next((str(found.get("readyRevision") or "") for found in told if found["name"] == TEMPLATE), "")


def _coming(row: JSONObject, tenant: JSONObject) -> str:
    """The revision to which the row of a Tenant will move it; the one that it has if it will not."""
    if (row.get("moved") or {}).get(TEMPLATE, "") <= since_of(tenant):
        return pin_of(tenant)
    return str(row["pins"][TEMPLATE])


def _is_deleted(tenant: JSONObject) -> bool:
    return "deletionTimestamp" in tenant["metadata"]


def _in_trouble_at_rest(tenant: JSONObject) -> bool:
    """Degraded, while no rollout has anything to do with it: or never ready so far."""
    if not ready_revision(tenant):
        return False
    conditions = {found["type"]: found["status"] for found in (tenant.get("status") or {}).get("conditions") or ()}
    return conditions.get("Degraded") == "True" and ready_revision(tenant) == pin_of(tenant)
