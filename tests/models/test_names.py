"""Names of files and folders."""

from __future__ import annotations

import pytest

from models.names import is_name, no_device


@pytest.mark.parametrize("name", ["a", "voice-en", "parley_2.0+x", "console", "nullable.gguf", "ñ"])
def test_names(name: str) -> None:
    assert is_name(name)
    assert no_device(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../a", "a\\b", "C:a", ".hidden", "-x", "a\n", "x" * 121, "nul", "CON.txt", "com1", "lpt9.a.b"]
)
def test_what_leads_elsewhere_is_none(name: str) -> None:
    assert not is_name(name)
