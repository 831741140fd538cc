from __future__ import annotations

import subprocess
import sys

from tests.clients.desktop.virtual_sound import ROOT

AROUND = """
import os, sys
from rich.console import Console
from clients.desktop.hush import hushed
errors = Console(stderr=True)
try:
    with hushed():
        os.write(2, b"library\\n")
        print("python", file=sys.stderr)
        errors.print("rich")
        {inside}
except ValueError:
    pass
print("after", file=sys.stderr)
os.write(2, b"library again\\n")
"""


def ran(inside: str = "") -> str:
    code = AROUND.format(inside=inside)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stderr


def test_libraries_are_not_heard_and_python_is() -> None:
    assert ran() == "python\nrich\nafter\nlibrary again\n"


def test_ends_with_an_error_as_without() -> None:
    assert ran("raise ValueError") == "python\nrich\nafter\nlibrary again\n"


def test_a_closed_standard_error_is_no_error() -> None:
    code = "import os; os.close(2)\nfrom clients.desktop.hush import hushed\nwith hushed(): print('inside')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "inside\n"
