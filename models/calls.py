"""A model's answer taken apart: words, tool calls, and the sign that a larger model should answer."""

from __future__ import annotations

import json
from typing import Any

from assistant.engines import Defer, Piece, ToolCall
from assistant.errors import CallTooLong, EngineError

STARTER_CALL, STARTER_DEFER = "<|call|>", "<|defer|>"
"""Tokens of the starter model: `<|call|>name {arguments}` up to the end of the answer."""

OPEN, CLOSE = "<tool_call>", "</tool_call>"
"""What Qwen and others write around `{"name": ..., "arguments": {...}}`."""


class CallParser:
    """Takes the answer token by token; words pass at once, a call when it is complete."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = ""  # the mark that opened the call being read

    def push(self, token: str) -> list[Piece]:
        """Take the next token's text and return what is complete."""
        if token == STARTER_DEFER:
            return [*self._words(self._take()), Defer()]
        if token in (STARTER_CALL, OPEN) and not self._inside:
            words = self._words(self._take())
            self._inside = token
            return words
        self._held += token
        if self._inside == OPEN and CLOSE in self._held:
            body, self._held = self._held.split(CLOSE, 1)
            self._inside = ""
            return [_call(body)]
        if self._inside:
            return []
        if OPEN in self._held:
            before, self._held = self._held.split(OPEN, 1)
            self._inside = OPEN
            return self._words(before)
        if any(self._held.endswith(OPEN[:n]) for n in range(1, len(OPEN))):
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
        return [_call(held)]

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


def _call(body: str) -> ToolCall:
    found = _arguments(body)
    name, arguments = found.get("name"), found.get("arguments", {})
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise EngineError("The model asked for a tool without a name; ask again in other words.")
    return ToolCall(name, arguments)


def _arguments(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise EngineError("The model asked for a tool in a way that cannot be read; ask again in other words.") from error
    if not isinstance(found, dict):
        raise EngineError("The model asked for a tool with arguments that have no names; ask again in other words.")
    return found
