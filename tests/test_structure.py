"""The rules of the house, held with `ast`: which way dependencies point, where threads may be, how long a file may get."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("assistant", "models", "server", "clients")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

MAY_IMPORT = {
    "assistant": {"assistant"},
    "models": {"assistant", "models"},
    "server": {"assistant", "models", "server"},
    "clients/cli": {"assistant", "models", "server", "clients"},
    "clients/bench": {"assistant", "models", "server", "clients"},
    "clients/doctor": {"assistant", "models", "server", "clients"},
    "clients/desktop": {"assistant", "clients.desktop"},
    "clients/terminal": {"assistant", "clients.terminal"},
}
"""`clients/desktop` and `clients/terminal` use the contracts of `assistant/` (samples, facts, errors), no engine and no server."""

PURE = {"numpy", "pydantic", "pydantic_core", "pydantic_settings"}
"""What `assistant/` may use beside the standard library; the pydantic ones only in settings.py."""

IMPURE = {"threading", "multiprocessing", "concurrent", "socket", "subprocess", "time", "sqlite3", "selectors", "signal"}
PARALLEL = {"threading", "multiprocessing", "concurrent"}
MAY_BE_PARALLEL = {"models/worker.py", "models/child.py", "models/starter/recipe/making.py"}
POSIX_ONLY = {"fcntl", "termios", "tty", "pty", "resource", "pwd", "grp", "syslog", "readline", "curses", "posix"}
SOFT, HARD = 250, 400
LONGER_THAN_SOFT = {
    "assistant/engines.py": "what the conversation asks of every engine, on one page",
    "assistant/session.py": "one conversation: what comes in, facts, commands and tasks share one state",
    "assistant/events.py": "every fact of a session on one page",
    "assistant/turns.py": "the whole policy on one page: state, commands, conditions and the table",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}: relative import"
            yield node.module or ""


def house(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[:2]) if parts[0] == "clients" and len(parts) > 2 else parts[0]


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_dependencies_point_one_way(path: Path) -> None:
    allowed = MAY_IMPORT.get(house(path), set())
    for module in imports(path):
        if module.split(".")[0] in PACKAGES:
            assert any(module == a or module.startswith(f"{a}.") for a in allowed), f"{name(path)} imports {module}"


@pytest.mark.parametrize("path", [p for p in SOURCES if house(p) == "assistant"], ids=name)
def test_the_conversation_is_pure(path: Path) -> None:
    for module in imports(path):
        top = module.split(".")[0]
        assert top not in IMPURE, f"{name(path)} imports {module}"
        assert top in sys.stdlib_module_names | PURE | {"assistant"}, f"{name(path)} imports {module}"
        assert not top.startswith("pydantic") or path.name in ("settings.py", "sections.py"), f"{name(path)} imports {module}"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_threads_and_processes_live_in_one_place(path: Path) -> None:
    if name(path) not in MAY_BE_PARALLEL:
        assert PARALLEL.isdisjoint(module.split(".")[0] for module in imports(path))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_windows_can_import_it(path: Path) -> None:
    """What only POSIX systems have is imported in a function that they alone call, or behind a look at the platform."""
    for node in ast.parse(path.read_text()).body:
        found = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
        found |= {node.module or ""} if isinstance(node, ast.ImportFrom) else set()
        assert POSIX_ONLY.isdisjoint(found), f"{name(path)} imports {found & POSIX_ONLY}"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_file_stays_short(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= HARD, f"{name(path)} has {lines} lines"
    assert lines <= SOFT or name(path) in LONGER_THAN_SOFT, f"{name(path)} has {lines} lines; split it or say why not"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_only_adapters_catch_everything(path: Path) -> None:
    """`except Exception` stands only where a library's errors are translated, never bare, and cancellation is never caught."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            assert "everything" not in caught, f"{name(path)}: bare except"
            assert "CancelledError" not in caught, f"{name(path)} catches CancelledError"
            assert caught != "Exception" or house(path) == "models", f"{name(path)} catches Exception"


def test_every_package_has_its_marks() -> None:
    for package in PACKAGES:
        assert (ROOT / package / "__init__.py").exists()
        assert (ROOT / package / "py.typed").exists()


def test_the_top_level_is_what_it_should_be() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    top = {file.split("/")[0] for file in listed}
    allowed = {*PACKAGES, "tests", "pyproject.toml", "README.md", "LICENSE", "Makefile", "constraints.txt"}
    assert {entry for entry in top if not entry.startswith(".")} <= allowed


def test_telemetry_is_off_before_onnxruntime_is_imported() -> None:
    """A fresh interpreter imports what imports onnxruntime; its environment then says that nothing is sent."""
    code = """
import sys, os
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "onnxruntime":
            print("set" if os.environ.get("ORT_DISABLE_TELEMETRY") == "1" else "not set")
        return None
sys.meta_path.insert(0, Watch())
import models.{module}
"""
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    for module in ("silero", "whisper", "load"):
        ran = subprocess.run(
            [sys.executable, "-c", code.replace("{module}", module)], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        assert "not set" not in ran.stdout, module


def test_matrix_products_start_no_threads() -> None:
    """A fresh interpreter computes one that OpenBLAS would share among all cores; only Linux tells how many threads that took."""
    code = """
import os, assistant.audio, numpy as np
np.ones((500, 500), np.float32) @ np.ones((500, 500), np.float32)
print(os.environ["OPENBLAS_NUM_THREADS"], len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1)
"""
    environment = {key: value for key, value in os.environ.items() if key != "OPENBLAS_NUM_THREADS"}
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["1", "1"]


def test_help_needs_no_engine() -> None:
    """What a person waits for at every mistake: the command line alone imports no model runtime."""
    code = "import clients.cli.app, sys; print([m for m in ('numpy', 'onnxruntime', 'ctranslate2', 'llama_cpp', 'av') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
