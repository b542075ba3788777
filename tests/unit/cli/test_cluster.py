"""Access to a cluster: what is asked, and errors as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from tenantry.cli import main
from tenantry.cli.cluster import TEMPLATES, TENANTS, Cluster, ClusterError
from tenantry.cli.connecting import connect
from tenantry.protocol import JSONObject
from tests.support.fake_api import Answer, FakeApi, fake_api, kubeconfig


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with fake_api() as fake:
        yield fake


@pytest.fixture
def cluster(api: FakeApi, tmp_path: Path) -> Cluster:
    return connect(kubeconfig(tmp_path, api.url))


def tenantry(folder: Path, url: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--kubeconfig", str(kubeconfig(folder, url))], catch_exceptions=False)


def template(version: str = "1") -> JSONObject:
    return {"metadata": {"name": "web", "resourceVersion": version}, "spec": {}}


def status(code: int, message: str) -> Answer:
    return code, {"kind": "Status", "message": message}


def test_a_cluster_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    result = tenantry(tmp_path, "http://127.0.0.1:1", "status")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "The API server http://127.0.0.1:1 cannot be reached: " in result.stderr
    assert "--kubeconfig" in result.stderr


def test_a_context_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = tenantry(tmp_path, "http://127.0.0.1:1", "status", "--context", "nowhere")
    assert (result.exit_code, "nowhere" in result.stderr) == (2, True)


def test_missing_definitions_are_told(api: FakeApi, tmp_path: Path) -> None:
    result = tenantry(tmp_path, api.url, "status")
    assert "The cluster has no tenantregistries: install Tenantry's definitions" in result.stderr


@pytest.mark.parametrize("items", [[], None], ids=["empty", "null"])
def test_a_missing_object_is_told_from_a_missing_kind(api: FakeApi, cluster: Cluster, items: object) -> None:
    api.answer = lambda method, path: (
        status(404, "tenants acme not found") if path.endswith("/acme") else (200, {"metadata": {}, "items": items})
    )
    assert cluster.get(TENANTS, "acme") is None
    api.answer = lambda method, path: (404, "404 page not found")
    with pytest.raises(ClusterError, match="The cluster has no tenants"):
        cluster.get(TENANTS, "acme")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (401, "The API server does not know you"),
        (403, "You may not do this: no. Ask for permission"),
        (500, "The API server refuses GET /apis/tenantry.io/v1/tenants: 500 no"),
    ],
)
def test_refusals_are_sentences(api: FakeApi, cluster: Cluster, code: int, told: str) -> None:
    api.answer = lambda method, path: status(code, "no")
    with pytest.raises(ClusterError) as refusal:
        list(cluster.items(TENANTS))
    assert refusal.value.message.startswith(told)


def test_a_list_is_read_page_by_page(api: FakeApi, cluster: Cluster) -> None:
    def page(method: str, path: str) -> Answer:
        if "continue=next" in path:
            return 200, {"metadata": {}, "items": [template("2")]}
        return 200, {"metadata": {"continue": "next"}, "items": [template("1")]}

    api.answer = page
    assert [obj["metadata"]["resourceVersion"] for obj in cluster.items(TEMPLATES)] == ["1", "2"]


def test_a_change_holds_for_the_state_it_was_made_from(api: FakeApi, cluster: Cluster) -> None:
    answers = [status(409, "conflict"), (200, template("2")), (200, template("3"))]
    api.answer = lambda method, path: answers.pop(0)
    changed = cluster.change(TEMPLATES, template("1"), lambda found: {"spec": {"rollout": {"paused": True}}})
    assert changed == template("3")
    patches = [body["metadata"]["resourceVersion"] for method, _, body in api.asked if method == "PATCH"]
    assert patches == ["1", "2"]


def test_a_change_of_what_is_gone_is_none(api: FakeApi, cluster: Cluster) -> None:
    api.answer = lambda method, path: status(404, "gone") if "/web" in path else (200, {"metadata": {}, "items": []})
    assert cluster.change(TEMPLATES, template(), lambda found: {"spec": {}}) is None


def test_what_is_gone_already_may_be_deleted(api: FakeApi, cluster: Cluster) -> None:
    api.answer = lambda method, path: status(404, "gone")
    cluster.delete(TEMPLATES, "web", uid="1")
    (asked,) = api.asked
    assert asked[2] == {"propagationPolicy": "Background", "preconditions": {"uid": "1"}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "cannot be used: while parsing"),
        ("- a", "cannot be used: "),
        ("", "is empty"),
        ("\xff", "cannot be used: "),
    ],
    ids=["no YAML", "list", "empty", "no kubeconfig"],
)
def test_a_file_that_is_no_kubeconfig_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "config").write_text(text, encoding="latin-1")
    result = CliRunner().invoke(main, ["status", "--kubeconfig", str(tmp_path / "config")])
    assert (result.exit_code, told in result.stderr) == (2, True)
    assert "Name a kubeconfig with --kubeconfig or KUBECONFIG." in result.stderr


def with_user(folder: Path, url: str, user: JSONObject) -> Path:
    """A kubeconfig with this user."""
    file = kubeconfig(folder, url)
    found = yaml.safe_load(file.read_text())
    found["users"] = [{"name": "x", "user": user}]
    file.write_text(yaml.safe_dump(found))
    return file


def test_a_credential_plugin_that_is_not_there_is_told_and_nobody_is_asked_as_anonymous(
    api: FakeApi, tmp_path: Path
) -> None:
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin", "interactiveMode": "Never"}
    config = with_user(tmp_path, api.url, {"exec": plugin})
    result = CliRunner().invoke(main, ["status", "--kubeconfig", str(config)])
    assert (result.exit_code, "gives no credentials: " in result.stderr, api.asked) == (2, True, [])
    assert "no-such-plugin" in result.stderr


@pytest.mark.parametrize("answer", ["<html>hello</html>", "[]", "", '"a"'])
def test_what_is_no_api_server_is_told(api: FakeApi, tmp_path: Path, answer: str) -> None:
    api.answer = lambda method, path: (200, answer)
    result = tenantry(tmp_path, api.url, "status")
    assert (result.exit_code, f"{api.url} does not answer as an API server does" in result.stderr) == (2, True)


def test_what_an_api_server_says_steers_no_terminal(api: FakeApi, cluster: Cluster) -> None:
    api.answer = lambda method, path: status(500, "a\x1b[2Jb")
    with pytest.raises(ClusterError) as refusal:
        list(cluster.items(TENANTS))
    assert "a\\x1b[2Jb" in refusal.value.message


def completed(config: Path, *words: str) -> list[str]:
    """What a shell offers for the last of these words."""
    line = ["tenantry", *words[:-1], "--kubeconfig", str(config), words[-1]]
    if words[-2].startswith("--"):
        line = ["tenantry", *words[:-2], "--kubeconfig", str(config), *words[-2:]]
    environment = {
        "_TENANTRY_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(line),
        "COMP_CWORD": str(len(line) - 1),
    }
    told = CliRunner().invoke(main, [], env=environment, prog_name="tenantry").stdout
    return [offer.partition(",")[2] for offer in told.splitlines() if offer]


def test_names_of_the_cluster_are_completed(api: FakeApi, tmp_path: Path) -> None:
    kubeconfig(tmp_path, api.url)
    api.answer = lambda method, path: (200, {"metadata": {}, "items": [template()]})
    assert completed(tmp_path / "config", "rollout", "status", "we") == ["web"]
    assert completed(tmp_path / "config", "rollout", "status", "x") == []


def test_revisions_of_a_template_are_completed(api: FakeApi, tmp_path: Path) -> None:
    kubeconfig(tmp_path, api.url)
    api.answer = lambda method, path: (200, template() | {"status": {"revisions": ["web-2", "web-1"]}})
    assert completed(tmp_path / "config", "rollout", "undo", "web", "--to-revision", "") == ["web-2", "web-1"]


def test_contexts_are_completed(tmp_path: Path) -> None:
    kubeconfig(tmp_path, "http://127.0.0.1:1")
    assert completed(tmp_path / "config", "status", "--context", "") == ["x"]


@pytest.mark.parametrize("words", [("status", "--context", ""), ("trace", "")], ids=" ".join)
def test_nothing_is_completed_and_nothing_told_where_the_kubeconfig_is_none(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "config").write_text("a: [")
    assert completed(tmp_path / "config", *words) == []
