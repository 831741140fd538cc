"""JSON and TOML of others: a value, or the one error."""

from __future__ import annotations

import tomllib

import pytest

from assistant.foreign import parsed_json, parsed_toml, shown

DEEP = 100_000


@pytest.mark.parametrize(
    "text",
    ["[" * DEEP, '{"a":' * DEEP, "NaN", "-Infinity", "1e999", "9" * 5000, '"\\ud800"', '"\ud800"', '{"\\udfff": 1}', "", "{", b"\xff"],
)
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parsed_json(text)


def test_json_is_read() -> None:
    assert parsed_json('{"a": [1, -2.5, null, "\\ud83d\\ude00 \\u00e9"]}') == {"a": [1, -2.5, None, "😀 é"]}
    assert parsed_json(b"[true]") == [True]


@pytest.mark.parametrize(
    "text", ["a = " + "[" * DEEP, "a = " + "9" * 5000, "a = 0x" + "f" * 5000, f"a = [{{b = {2**63}}}]", "a = ", "[" * DEEP]
)
def test_what_is_no_toml_is_its_error(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError, match=r"\w"):
        parsed_toml(text)


def test_toml_is_read() -> None:
    assert parsed_toml(f"a = {2**63 - 1}\n[[b]]\nc = 1.5") == {"a": 2**63 - 1, "b": [{"c": 1.5}]}


def test_a_long_value_is_shown_by_its_beginning() -> None:
    assert shown("é") == "'é'"
    assert shown([0] * 1000) == f"{'[' + '0, ' * 66 + '0'}…"
