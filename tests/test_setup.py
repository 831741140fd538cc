"""What `make` does before anything of ours runs: system packages, the virtual environment, pinned versions."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent


@pytest.fixture
def system() -> ModuleType:
    """`.ci/system.py`, which no package holds."""
    spec = importlib.util.spec_from_file_location("system", ROOT / ".ci" / "system.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[str]]]:
    """Give a Linux with these programs and this user; what is run there is in the list."""

    def make(*programs: str, user: int = 1000, apt_works: bool = True) -> list[list[str]]:
        ran: list[list[str]] = []

        def run(command: list[str], **_: Any) -> SimpleNamespace:
            ran.append(command)
            return SimpleNamespace(returncode=0 if apt_works else 100)

        monkeypatch.setattr("sys.platform", "linux")
        monkeypatch.setattr("os.geteuid", lambda: user)
        monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}" if name in programs else None)
        monkeypatch.setattr("subprocess.run", run)
        return ran

    return make


def test_nothing_is_missing(system: ModuleType, machine: Callable[..., list[list[str]]], capsys: pytest.CaptureFixture[str]) -> None:
    assert machine("c++") == []
    assert system.main("build") == 0
    assert capsys.readouterr() == ("", "")


def test_root_on_debian_installs_it(system: ModuleType, machine: Callable[..., list[list[str]]]) -> None:
    ran = machine("apt-get", user=0)
    assert system.main("build") == 0
    assert ran[-1][:3] == ["apt-get", "install", "-y"]
    assert ran[-1][-1] == "g++"


@pytest.mark.parametrize(
    "world",
    [{"programs": ["apt-get"]}, {"programs": [], "user": 0}, {"programs": ["apt-get"], "user": 0, "apt_works": False}],
    ids=["not root", "no Debian", "no network"],
)
def test_else_one_sentence_says_what_to_install(
    system: ModuleType, machine: Callable[..., list[list[str]]], capsys: pytest.CaptureFixture[str], world: dict[str, Any]
) -> None:
    machine(*world.pop("programs"), **world)
    assert system.main("build") == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("parley: g++ must be there first; run 'apt-get install g++' as root")
    assert line.endswith(".")


def test_a_python_that_makes_no_pip(
    system: ModuleType, machine: Callable[..., list[list[str]]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine()
    assert system.main("venv") == 0
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert system.main("venv") == 2
    assert re.search(r"parley: python3\.\d+-venv must be there first", capsys.readouterr().err)


def test_a_virtual_environment_without_pip_is_made_again(tmp_path: Path) -> None:
    """What Debian leaves behind without python3-venv: `bin/python`, and no pip. `python` and `pip` here only note their arguments."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    program, log = tmp_path / "python", tmp_path / "log"
    program.write_text(f"""#!/bin/sh
echo "$(basename "$0") $*" >> {log}
case "$*" in "-m venv .venv") cp "$0" .venv/bin/pip;; esac
""")
    program.chmod(0o755)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(program, tmp_path / ".venv" / "bin" / "python")
    for _ in range(2):
        subprocess.run(["make", "-s", ".venv/.ready", f"PYTHON={program}"], cwd=tmp_path, check=True, capture_output=True)
        (tmp_path / ".venv" / ".ready").unlink()
    first = ["python .ci/system.py build", "python .ci/system.py venv", "python -m venv .venv", "pip install -q -e ."]
    assert log.read_text().splitlines() == [*first, "python .ci/system.py build", "pip install -q -e ."]


def test_every_version_is_pinned() -> None:
    """All that our requirements bring with them, as it is installed here, has its line."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines)
    assert list(pins) == sorted(pins, key=str.lower)
    needed = closure("parley", {"dev", "score", "recipe", "cluster"}) - {"parley", "pip"}
    assert needed - {canonical(name) for name in pins} == set()


def closure(name: str, extras: set[str]) -> set[str]:
    """Return the distributions that one needs, with these extras; what is not installed here is not needed here."""
    found: set[str] = set()
    waiting = [(canonical(name), frozenset(extras))]
    seen = set()
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        try:
            requirements = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        if name != "torch":  # it pins its own, which differ from machine to machine
            needed = [r for r in map(Requirement, requirements) if applies(r, wanted)]
            waiting += [(canonical(r.name), frozenset(r.extras)) for r in needed]
    return found


def applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    return requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in (*extras, ""))


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
