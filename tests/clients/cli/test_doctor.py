"""`parley doctor` as a person starts it: the whole page, its JSON, its status."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.clients.desktop.virtual_sound import COMMAND, PATIENCE_S, ROOT, VirtualSound


def doctor(environment: dict[str, str], *words: str, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *before, "doctor", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=6 * PATIENCE_S,
    )


def doctor_json(environment: dict[str, str], *words: str) -> list[dict[str, Any]]:
    return list(map(json.loads, doctor(environment, *words, "--json").stdout.splitlines()))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PARLEY_", "XDG_", "COLUMNS"))}
    return kept | {"HOME": str(tmp_path)}


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_the_whole_page(tmp_path: Path, port: int) -> None:
    with VirtualSound(tmp_path) as sound, sound.echo():
        ran = doctor(sound.environment, before=["--set", f"server.port={port}"])
    assert ran.stderr == ""
    assert "\x1b" not in ran.stdout
    assert all(len(line) <= 80 or len(line.split()) == 1 for line in ran.stdout.splitlines()), ran.stdout
    titles = [line for line in ran.stdout.splitlines() if line and not line.startswith(" ")]
    assert titles[:-1] == [
        "Machine", "Python and packages", "Settings", "Models", "Disk", "Ports", "Conversations", "Clock", "Build",
        "Detection", "Recognition", "Answers", "Voices", "Sound devices", "Microphone", "Loopback",
    ]  # fmt: skip
    said = " ".join(ran.stdout.split())
    for part in ("cores usable", "every byte as shipped", "loaded in", "takes 16, 22.05, 44.1, 48 kHz", "server.port ="):
        assert part in said
    assert ("problem" in ran.stdout) == (ran.returncode == 1), ran.stdout


def test_quick_json(environment: dict[str, str], port: int) -> None:
    ran = doctor(environment, "--quick", "--json", before=["--set", f"server.port={port}"])
    found = list(map(json.loads, ran.stdout.splitlines()))
    assert {each["probe"] for each in found} >= {"Machine", "Settings", "Models", "Ports", "Sound devices"}
    assert {"Answers", "Loopback"}.isdisjoint(each["probe"] for each in found)
    for each in found:
        assert each.keys() == {"probe", "verdict", "about", "sentence", "remedy", "values"}
        assert bool(each["remedy"]) == (each["verdict"] != "ok")
    assert ran.returncode == int(any(each["verdict"] == "problem" for each in found))


def test_problems_have_status_1(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[finish]\n")
    ran = doctor(environment, "--quick", before=["--settings", str(file)])
    assert ran.returncode == 1
    said = " ".join(ran.stdout.split())
    assert "there is no key 'finish'" in said
    assert "problem" in said.rpartition("Clock")[2]
    ran = doctor(environment, "--quick", "--json", before=["--set", "nothing"])
    assert ran.returncode == 1
    assert "'nothing' sets nothing." in ran.stdout


def test_it_works_in_any_folder(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    ran = subprocess.run(
        [COMMAND[0], "-P", *COMMAND[1:], "doctor", "--quick", "--json"], cwd=tmp_path, env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False, timeout=6 * PATIENCE_S,
    )  # fmt: skip
    assert "the wrong one" not in ran.stdout + ran.stderr
    assert all(json.loads(line)["sentence"] for line in ran.stdout.splitlines())


def test_a_narrow_page(environment: dict[str, str]) -> None:
    ran = doctor(environment | {"COLUMNS": "40"}, "--quick")
    too_long = [line for line in ran.stdout.splitlines()[:-1] if len(line) > 40 and len(line.split()) > 1]
    assert all(len(max(line.split(), key=len)) > 20 for line in too_long), too_long


def test_broken_packages_are_findings(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise ImportError('this numpy is broken')")
    found = doctor_json(environment | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])})
    broken = {each["probe"] for each in found if "this numpy is broken" in each["sentence"]}
    assert {"Recognition", "Answers", "Voices"} <= broken
    whole = {each["probe"] for each in found if each["verdict"] != "problem"}
    assert {"Machine", "Settings", "Models", "Disk", "Conversations", "Clock"} <= whole
