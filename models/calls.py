"""A model's answer taken apart: words, tool calls, and the sign that a larger model should answer."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from assistant.engines import Defer, Piece, ToolCall
from assistant.errors import CallTooLong, EngineError
from assistant.foreign import parsed_json

STARTER_CALL, STARTER_DEFER = "<|call|>", "<|defer|>"
"""Tokens of the starter model: `<|call|>name {arguments}` up to the end of the answer."""

OPEN, CLOSE = "<tool_call>", "</tool_call>"
"""What Qwen and others write around `{"name": ..., "arguments": {...}}`, or since Qwen3.5 around `<function=name>` with parameters."""

LFM_OPEN, LFM_CLOSE = "<|tool_call_start|>", "<|tool_call_end|>"
"""What LFM2 writes around `[name(key="value")]`."""

MOST = 1e308
"""Of a number; what is beyond is infinite."""

_AROUND: Mapping[str, str] = {OPEN: CLOSE, LFM_OPEN: LFM_CLOSE}

_FUNCTION = re.compile(r"\s*<function=([^>\s]+)>(.*?)(?:</function>\s*)?", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([^>\s]+)>\n?((?:(?!<parameter=).)*?)\n?</parameter>", re.DOTALL)


class CallParser:
    """Takes the answer token by token; words pass at once, a call when it is complete."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = ""  # the mark that opened the call being read

    def push(self, token: str) -> list[Piece]:
        """Take the next token's text and return what is complete."""
        if token == STARTER_DEFER:
            return [*self._words(self._take()), Defer()]
        if token in (STARTER_CALL, *_AROUND) and not self._inside:
            words = self._words(self._take())
            self._inside = token
            return words
        self._held += token
        close = _AROUND.get(self._inside)
        if close is not None and close in self._held:
            body, self._held = self._held.split(close, 1)
            opened, self._inside = self._inside, ""
            return _calls(opened, body)
        if self._inside:
            return []
        for mark in _AROUND:
            if mark in self._held:
                before, self._held = self._held.split(mark, 1)
                self._inside = mark
                return self._words(before)
        if any(self._held.endswith(mark[:n]) for mark in _AROUND for n in range(1, len(mark))):
            return []  # may be the beginning of a call
        return self._words(self._take())

    def flush(self) -> list[Piece]:
        """Return what is left at the end of the answer.

        Raises:
            EngineError: a call that is not complete.
        """
        held, inside = self._take(), self._inside
        self._inside = ""
        if not inside:
            return self._words(held)
        if inside == STARTER_CALL:
            name, _, arguments = held.strip().partition(" ")
            return [ToolCall(name, _arguments(arguments or "{}"))]
        return _calls(inside, held)

    def cut(self) -> list[Piece]:
        """Return what is left where the answer had to end.

        Raises:
            CallTooLong: it ends inside a call.
        """
        if self._inside:
            raise CallTooLong("The model's call of a tool is longer than its answer may be; allow more tokens.")
        return self._words(self._take())

    def _take(self) -> str:
        held, self._held = self._held, ""
        return held

    @staticmethod
    def _words(text: str) -> list[Piece]:
        return [text] if text else []


def _calls(opened: str, body: str) -> list[Piece]:
    if opened == LFM_OPEN:
        return _python(body)
    if function := _FUNCTION.fullmatch(body):
        return [ToolCall(function[1], {name: _value(text) for name, text in _PARAMETER.findall(function[2])})]
    return [_json(body)]


def _python(body: str) -> list[Piece]:
    """Return calls that are written as a list in Python; they are read, never run."""
    try:
        listed = ast.parse(body.strip(), mode="eval").body
        calls = listed.elts if isinstance(listed, ast.List) else [listed]
        if any(not isinstance(call, ast.Call) or call.args or any(given.arg is None for given in call.keywords) for call in calls):
            raise ValueError(body)
        return [ToolCall(call.func.id, {str(given.arg): _literal(given.value) for given in call.keywords}) for call in calls]  # type: ignore[attr-defined]
    except (SyntaxError, ValueError, AttributeError, RecursionError, MemoryError) as error:
        raise EngineError("The model asked for a tool in a way that cannot be read; ask again in other words.") from error


def _literal(node: ast.expr) -> Any:
    """Return the value of a literal, of the kinds that JSON knows.

    Raises:
        ValueError: it is none.
    """
    match node:
        case ast.Constant(value=None | bool() as value):
            return value
        case ast.Constant(value=str() as value):
            value.encode()  # half of a character is none
            return value
        case ast.Constant(value=int() | float() as value) if -MOST < value < MOST:
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if (
            not isinstance(value, bool) and value < MOST
        ):
            return -value
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [_literal(each) for each in elements]
        case ast.Dict(keys=keys, values=values):
            return {_key(key): _literal(each) for key, each in zip(keys, values, strict=True)}
        case _:
            raise ValueError("no literal")


def _key(node: ast.expr | None) -> str:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        raise ValueError("no key")
    return str(_literal(node))


def _value(text: str) -> Any:
    """Return what a parameter in XML means: a number or the like where it reads as one, else the text."""
    try:
        return parsed_json(text)
    except ValueError:
        return text


def _json(body: str) -> ToolCall:
    found = _arguments(body)
    name, arguments = found.get("name"), found.get("arguments", {})
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise EngineError("The model asked for a tool without a name; ask again in other words.")
    return ToolCall(name, arguments)


def _arguments(text: str) -> dict[str, Any]:
    try:
        found = parsed_json(text)
    except ValueError as error:
        raise EngineError("The model asked for a tool in a way that cannot be read; ask again in other words.") from error
    if not isinstance(found, dict):
        raise EngineError("The model asked for a tool with arguments that have no names; ask again in other words.")
    return found
