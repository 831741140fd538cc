"""What was said is printed as it was said: no console makes pictures of words between colons."""

import ast
from pathlib import Path

import clients


def test_no_console_knows_emoji() -> None:
    for path in Path(clients.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Console":
                assert any(keyword.arg == "emoji" for keyword in node.keywords), path
