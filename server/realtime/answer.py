"""What answers in a realtime session: the language model on the conversation's items, with the client's tools and our own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import takewhile

from assistant.engines import LanguageModel, Message, Piece, ToolCall, ToolSpec
from assistant.errors import CallTooLong, PromptTooLong
from assistant.foreign import parsed_json
from assistant.respond import Answer, Used
from assistant.routed import Answered, Chosen, Router
from assistant.tools import NOTHING_SAID, Toolbox
from server.realtime.asked import Asked
from server.realtime.config import SessionConfig, Tool
from server.realtime.items import Conversation, Item
from server.realtime.prompt import join, messages


@dataclass(frozen=True, slots=True)
class Spent:
    """What a reply took, in the model's tokens; all 0 until it is complete."""

    read: int = 0
    written: int = 0
    cut: bool = False
    """The model had more to say than it was allowed to."""


class ItemResponder:
    """The responder of a session whose history are the items of a conversation."""

    def __init__(
        self,
        model: LanguageModel,
        toolbox: Toolbox,
        conversation: Conversation,
        config: Callable[[], SessionConfig],
        router: Router | None = None,
    ) -> None:
        """Answer from `conversation`; `config` gives what the session is set to at the moment; with a `router`, whom it chooses answers."""
        self._router = router
        self._model, self._toolbox, self._items, self._config = model, toolbox, conversation, config
        self._shown: int | None = None
        self.asked: Asked | None = None
        """What the next reply is made of, if a client asked for it."""
        self.unwritten = 0
        """Utterances whose transcript is still to come."""
        self.written = asyncio.Event()
        """Set when one has come."""
        self.spent = Spent()
        """Of the newest reply."""

    async def respond(self, text: str | None, released: Callable[[], Awaitable[None]]) -> AsyncGenerator[Answer, None]:
        """Yield the model's words; a tool of ours is used, and a client's asked for."""
        asked, self.asked, self.spent = self.asked or Asked(self._config()), None, Spent()
        while text is None and self.unwritten:
            self.written.clear()
            await self.written.wait()
        items = list(self._items if asked.items is None else asked.items)
        if text is None and (told := _given_back(items)) and not self._model.takes_tools:
            yield told
            return
        if text is None and asked.response.instructions and (not items or items[-1].role == "assistant"):
            # Nobody has said anything since, so this is what is asked, and no model answers a conversation that ends with its own words.
            text, asked = asked.response.instructions, replace(asked, response=asked.response.model_copy(update={"instructions": None}))
        theirs = {tool.name for tool in asked.tools}
        async with aclosing(self._fitting(asked, items, text, released)) as pieces:
            async for piece in pieces:
                if not isinstance(piece, ToolCall) or piece.name in theirs:
                    yield piece
                    continue
                if self._toolbox.has_effects(piece.name):
                    await released()
                self._toolbox.spoke(_said_last(items))
                yield Used(piece.name, piece.arguments, self._toolbox.call(piece.name, piece.arguments).text)

    async def anticipate(self, text: str) -> float:
        """Let the model compute the prompt as far as it is known."""
        asked = Asked(self._config())
        return await self._model.anticipate(self._messages(asked, list(self._items), text, self._most_turns), tools=_specs(asked.tools))

    async def _fitting(
        self, asked: Asked, items: list[Item], text: str | None, released: Callable[[], Awaitable[None]]
    ) -> AsyncGenerator[Answered, None]:
        """Yield the model's pieces; while the conversation is too long for it, leave out the older half of its turns."""
        most_turns, tools, written = self._most_turns, _specs(asked.tools), list[Piece]()
        while True:
            shown = self._messages(asked, items, text, most_turns)
            try:
                async with aclosing(self._answer(shown, tools, asked.most_tokens, released)) as pieces:
                    async for piece in pieces:
                        if not isinstance(piece, Chosen):
                            written.append(piece)
                        yield piece
                self.spent = await self._count(shown, tools, written, asked.most_tokens)
                return
            except CallTooLong:
                self.spent = replace(await self._count(shown, tools, written, asked.most_tokens), cut=True)
                return
            except PromptTooLong:
                if not most_turns:
                    raise
                most_turns = min(most_turns, len(shown) // 2) // 2

    def _answer(
        self, shown: list[Message], tools: list[ToolSpec], most_tokens: int, released: Callable[[], Awaitable[None]]
    ) -> AsyncGenerator[Answered, None]:
        if self._router is None:
            return self._model.generate(shown, tools=tools, most_tokens=most_tokens)
        return self._router.answer(self._model, shown, tools, released, most_tokens)

    async def _count(self, shown: list[Message], tools: list[ToolSpec], written: list[Piece], most_tokens: int) -> Spent:
        """Return what an answer took. No piece is less than a token, and some, such as a call, are more."""
        answer = "".join(_written(piece) for piece in written)
        whole = list(shown)
        if answer:
            join(whole, Message("assistant", answer))
        read = await self._model.count(shown, tools=tools)
        tokens = max(len(written), await self._model.count(whole, tools=tools) - read)
        return Spent(read, tokens, cut=tokens >= most_tokens)

    @property
    def _most_turns(self) -> int:
        return self._model.memory_turns if self._shown is None else min(self._shown, self._model.memory_turns)

    def _messages(self, asked: Asked, items: list[Item], text: str | None, most_turns: int) -> list[Message]:
        return messages(items, asked.system, text, most_turns, tools=self._model.takes_tools)

    def remember(self, turns: int | None) -> None:
        """Show the model at most so many earlier turns."""
        self._shown = turns

    def said(self, text: str) -> None:
        """Keep nothing: the items do."""

    def answered(self, text: str) -> None:
        """Keep nothing: the items do."""

    def heard(self, text: str) -> None:
        """Keep nothing: the items do."""

    def due(self) -> Sequence[str]:
        """Return what is to be said unasked, such as that a timer is up."""
        return self._toolbox.due()


def _given_back(items: Sequence[Item]) -> str | None:
    """Return what the client's tools gave, if that is what is to be answered."""
    given = list(takewhile(lambda item: item.type == "function_call_output", reversed(items)))
    return " ".join(_told(item.output) for item in reversed(given)) or None


def _told(output: str) -> str:
    """Return what a tool gave in words: some clients send JSON, whatever it is."""
    try:
        told = parsed_json(output)
    except ValueError:
        return output
    return told if isinstance(told, str) else output


def _written(piece: Piece) -> str:
    """Return about what the model wrote."""
    match piece:
        case ToolCall(name, arguments):
            return f"{name} {json.dumps(arguments, ensure_ascii=False)}"
        case str():
            return piece
        case _:
            return ""


def _said_last(items: Sequence[Item]) -> str:
    """Return all of what the assistant said last, whoever brought it into the conversation; who did not hear it out is told the whole of it."""
    for item in reversed(items):
        if item.role == "assistant" and (said := max(item.text or "", item.playback.heard(item.playback.seconds), key=len)):
            return said
    return NOTHING_SAID


def _specs(tools: Sequence[Tool]) -> list[ToolSpec]:
    return [ToolSpec(tool.name, tool.description, tool.parameters) for tool in tools]
