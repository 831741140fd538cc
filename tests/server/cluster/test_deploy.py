"""The files of `server/deploy` say what there is: commands and options of ours and of Ray's, ports and folders that fit together."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ray.scripts.scripts as ray_commands
import typer
import yaml

from assistant.settings import Settings
from clients.cli.app import app
from server.cluster.place import ENGINE_END_S, FRONT_END_S, NOTICE_S
from server.store.places import conversations

FOLDER = Path(__file__).parents[3] / "server" / "deploy"
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
KUBERNETES = list(yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text()))
PORT = Settings().server.port


def of(kind: str, name: str) -> dict[str, Any]:
    (found,) = [each for each in KUBERNETES if each["kind"] == kind and each["metadata"]["name"] == name]
    return dict(found)


def pod(name: str) -> dict[str, Any]:
    return dict(of("StatefulSet" if name == "head" else "Deployment", name)["spec"]["template"]["spec"])


def commands() -> Iterator[list[str]]:
    """Yield each command that the files run, as words."""
    yield re.findall(r'"([^"]+)"', next(line for line in DOCKERFILE.splitlines() if line.startswith("CMD ")))
    written = [service["command"] for service in COMPOSE["services"].values()]
    written += [container["command"] + container.get("args", []) for name in ("head", "node") for container in pod(name)["containers"]]
    for words in written:
        if words[:2] == ["sh", "-c"]:
            yield from (shlex.split(part.strip().removeprefix("exec ")) for part in words[2].split("&&"))
        else:
            yield words


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_a_command_is_one_that_there_is(words: list[str]) -> None:
    program, name, *options = words
    known: Any = {"parley": typer.main.get_command(app), "ray": ray_commands.cli}[program]
    command = known.commands[name]
    command.make_context(name, list(options), resilient_parsing=False)  # fails at an option that there is not


def test_clients_reach_the_port_that_the_fronts_listen_at() -> None:
    assert f"EXPOSE {PORT}\n" in DOCKERFILE
    assert COMPOSE["services"]["head"]["ports"] == [f"{PORT}:{PORT}"]
    service = of("Service", "parley")["spec"]["ports"][0]
    assert service["port"] == PORT
    for name in ("head", "node"):
        ports = {port["name"]: port["containerPort"] for port in pod(name)["containers"][0]["ports"]}
        assert ports[service["targetPort"]] == PORT
    assert of("NetworkPolicy", "private")["spec"]["ingress"][1]["ports"] == [{"port": PORT}]
    assert pod("node")["containers"][0]["readinessProbe"]["httpGet"]["port"] == PORT
    assert not any("--port" in words for words in commands() if words[0] == "parley"), "they listen at the port of the settings"


def test_nodes_find_the_head() -> None:
    heads = [word for words in commands() if "--head" in words for word in words if word.startswith("--port=")]
    nodes = [word for words in commands() if words[0] == "ray" for word in words if word.startswith("--address=")]
    assert {word.partition("=")[2] for word in heads} == {"6379"}
    assert nodes == ["--address=head:6379", "--address=head.parley.svc:6379"]
    assert "head" in COMPOSE["services"]
    assert of("Service", "head")["spec"]["ports"][0]["port"] == 6379


def test_the_head_and_the_node_reach_each_other_at_the_address_that_ray_finds() -> None:
    assert "networks" not in COMPOSE  # one for all: of two, Ray takes the one that leads out, and the node may not be on it
    assert not any("networks" in service for service in COMPOSE["services"].values())
    assert "ports" not in COMPOSE["services"]["node"]


def test_a_new_node_waits_for_no_front_that_an_old_one_has() -> None:
    assert of("Deployment", "node")["spec"]["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
    }


def test_it_is_given_the_time_that_it_takes_to_end() -> None:
    takes_s = FRONT_END_S + ENGINE_END_S + 2 * NOTICE_S
    assert takes_s < int(COMPOSE["services"]["head"]["stop_grace_period"].removesuffix("s"))
    assert all(takes_s < pod(name)["terminationGracePeriodSeconds"] for name in ("head", "node"))


def test_conversations_are_kept_on_the_head_s_volume(monkeypatch: pytest.MonkeyPatch) -> None:
    (state,) = re.findall(r"XDG_STATE_HOME=(\S+)", DOCKERFILE)
    monkeypatch.setenv("XDG_STATE_HOME", state)
    assert conversations().is_relative_to(state)
    assert f"state:{state}" in COMPOSE["services"]["head"]["volumes"]
    assert {"name": "state", "mountPath": state} in pod("head")["containers"][0]["volumeMounts"]
    assert of("StatefulSet", "head")["spec"]["replicas"] == 1


def test_every_label_selects_something_and_nobody_is_told_of_us() -> None:
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in KUBERNETES if each["kind"] in ("StatefulSet", "Deployment")]
    for service in (each for each in KUBERNETES if each["kind"] == "Service"):
        assert any(service["spec"]["selector"].items() <= label.items() for label in labels)
    assert "RAY_USAGE_STATS_ENABLED=0" in DOCKERFILE
    starts = [words for words in commands() if words[0] == "ray"]
    assert starts
    assert all("--disable-usage-stats" in words for words in starts)


def test_ray_lets_in_nobody_without_the_token() -> None:
    for service in COMPOSE["services"].values():
        assert service["environment"]["RAY_AUTH_MODE"] == "token"
        assert service["environment"]["RAY_AUTH_TOKEN"].startswith("${RAY_AUTH_TOKEN:?")
    for name in ("head", "node"):
        given = {each["name"]: each for each in pod(name)["containers"][0]["env"]}
        assert given["RAY_AUTH_MODE"]["value"] == "token"
        assert given["RAY_AUTH_TOKEN"]["valueFrom"] == {"secretKeyRef": {"name": "ray", "key": "token"}}
    assert "create secret generic ray --from-literal=token=" in (FOLDER / "kubernetes.yaml").read_text()


def test_the_image_holds_all_that_is_needed() -> None:
    copied = {word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()}
    assert {"assistant", "models", "server", "clients", "pyproject.toml", "constraints.txt", "README.md", "LICENSE"} == copied
    assert ".[cluster]" in DOCKERFILE
