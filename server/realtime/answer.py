"""What answers in a realtime session: the language model on the conversation's items, with the client's tools and our own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from assistant.engines import LanguageModel, Message, Piece, ToolCall, ToolSpec
from assistant.errors import PromptTooLong
from assistant.respond import SYSTEM, Answer, Used
from assistant.tools import NOTHING_SAID, Toolbox
from server.realtime.config import AS_THE_SESSION, ResponseConfig, SessionConfig, Tool
from server.realtime.items import Conversation, Item
from server.realtime.prompt import messages
from server.realtime.reading import read_item

MOST_TOKENS = 400
"""Of a reply, where the client sets no bound: a spoken one of three minutes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reply is made of: the session's settings with what one `response.create` changes."""

    session: SessionConfig
    response: ResponseConfig = AS_THE_SESSION

    @property
    def system(self) -> str:
        """The instructions."""
        for given in (self.response.instructions, self.session.instructions):
            if given is not None:
                return given
        return SYSTEM

    @property
    def tools(self) -> Sequence[Tool]:
        """The client's tools that may be called."""
        choice = self.session.tool_choice if self.response.tool_choice is None else self.response.tool_choice
        if choice == "none":
            return ()
        return self.session.tools if self.response.tools is None else self.response.tools

    @property
    def spoken(self) -> bool:
        """Whether the reply is audio."""
        return (self.response.output_modalities or self.session.output_modalities) == ("audio",)

    @property
    def most_tokens(self) -> int:
        """The longest reply."""
        most = self.session.max_output_tokens if self.response.max_output_tokens is None else self.response.max_output_tokens
        return MOST_TOKENS if most == "inf" else most


class ItemResponder:
    """The responder of a session whose history are the items of a conversation."""

    def __init__(self, model: LanguageModel, toolbox: Toolbox, conversation: Conversation, config: Callable[[], SessionConfig]) -> None:
        """Answer from `conversation`; `config` gives what the session is set to at the moment."""
        self._model, self._toolbox, self._items, self._config = model, toolbox, conversation, config
        self._shown: int | None = None
        self.asked: Asked | None = None
        """What the next reply is made of, if a client asked for it."""
        self.unwritten = 0
        """Utterances whose transcript is still to come."""
        self.written = asyncio.Event()
        """Set when one has come."""

    async def respond(self, text: str | None, released: Callable[[], Awaitable[None]]) -> AsyncGenerator[Answer, None]:
        """Yield the model's words; a tool of ours is used, and a client's asked for."""
        asked, self.asked = self.asked or Asked(self._config()), None
        while text is None and self.unwritten:
            self.written.clear()
            await self.written.wait()
        items = list(self._items) if asked.response.input is None else self._given(asked.response.input)
        if text is None and (told := _given_back(items)) and not self._model.takes_tools:
            yield told
            return
        if text is None and asked.response.instructions and (not items or items[-1].role == "assistant"):
            # Nobody has said anything since, so this is what is asked, and no model answers a conversation that ends with its own words.
            text, asked = asked.response.instructions, replace(asked, response=asked.response.model_copy(update={"instructions": None}))
        theirs = {tool.name for tool in asked.tools}
        async with aclosing(self._fitting(asked, items, text)) as pieces:
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

    async def _fitting(self, asked: Asked, items: list[Item], text: str | None) -> AsyncGenerator[Piece, None]:
        """Yield the model's pieces; while the conversation is too long for it, leave out the older half of its turns."""
        most_turns = self._most_turns
        while True:
            shown = self._messages(asked, items, text, most_turns)
            try:
                async with aclosing(self._model.generate(shown, tools=_specs(asked.tools), most_tokens=asked.most_tokens)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except PromptTooLong:
                if not most_turns:
                    raise
                most_turns = min(most_turns, len(shown) // 2) // 2

    @property
    def _most_turns(self) -> int:
        return self._model.memory_turns if self._shown is None else min(self._shown, self._model.memory_turns)

    def _messages(self, asked: Asked, items: list[Item], text: str | None, most_turns: int) -> list[Message]:
        return messages(items, asked.system, text, most_turns, tools=self._model.takes_tools)

    def _given(self, given: Sequence[dict[str, object]]) -> list[Item]:
        return [self._items.get(str(each.get("id"))) if each.get("type") == "item_reference" else read_item(each) for each in given]

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
    """Return what the client's tool gave, if that is what is to be answered."""
    if not items or items[-1].type != "function_call_output":
        return None
    output = items[-1].output
    try:
        told = json.loads(output)
    except ValueError:
        return output
    return told if isinstance(told, str) else output


def _said_last(items: Sequence[Item]) -> str:
    """Return all of what the assistant said last, whoever brought it into the conversation; who did not hear it out is told the whole of it."""
    for item in reversed(items):
        if item.role == "assistant" and (said := max(item.text or "", item.playback.heard(item.playback.seconds), key=len)):
            return said
    return NOTHING_SAID


def _specs(tools: Sequence[Tool]) -> list[ToolSpec]:
    return [ToolSpec(tool.name, tool.description, tool.parameters) for tool in tools]
