"""What one reply is made of: the session's settings, and what a `response.create` changes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.respond import SYSTEM
from server.realtime.config import AS_THE_SESSION, ResponseConfig, SessionConfig, Tool, response_config
from server.realtime.items import Conversation, Item
from server.realtime.reading import enclosed, read_item
from server.realtime.refusals import Refused
from server.realtime.wave import Format

MOST_TOKENS = 400
"""Of a reply, where the client sets no bound: a spoken one of three minutes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The settings of one reply, and what it answers."""

    session: SessionConfig
    response: ResponseConfig = AS_THE_SESSION
    items: Sequence[Item] | None = None
    """What is answered; None for the conversation."""

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
        tools = self.session.tools if self.response.tools is None else self.response.tools
        return tools if isinstance(choice, str) else [tool for tool in tools if tool.name == choice["name"]]

    @property
    def spoken(self) -> bool:
        """Whether the reply is audio."""
        return (self.response.output_modalities or self.session.output_modalities) == ("audio",)

    @property
    def voice(self) -> str:
        """What the client calls the voice."""
        return self.response.audio.output.voice or self.session.audio.output.voice

    @property
    def form(self) -> Format:
        """The format of the audio."""
        return (self.response.audio.output.format or self.session.audio.output.format).type

    @property
    def bound(self) -> int | str:
        """The longest reply in tokens, or "inf", as the client has set it."""
        return self.session.max_output_tokens if self.response.max_output_tokens is None else self.response.max_output_tokens

    @property
    def most_tokens(self) -> int:
        """The longest reply."""
        return self.bound if isinstance(self.bound, int) else MOST_TOKENS


def asked(session: SessionConfig, given: dict[str, Any] | None, conversation: Conversation) -> Asked:
    """Return what a `response.create` asks for.

    Args:
        session: what the session is set to.
        given: the `response` of the event.
        conversation: has the items that `given` may refer to.

    Raises:
        Refused: a value that is not allowed, or an item that is not there.
    """
    response = response_config(given)
    if response.input is None:
        return Asked(session, response)
    return Asked(session, response, [_item(each, f"response.input.{i}", conversation) for i, each in enumerate(response.input)])


def _item(given: dict[str, Any], where: str, conversation: Conversation) -> Item:
    if given.get("type") == "item_reference":
        return conversation.get(str(given.get("id")), param=f"{where}.id")
    item = read_item(given, where)
    if enclosed(given, where):
        raise Refused(f"'{where}' holds speech; create an item of it in the conversation, and refer to that.", param=where)
    return item
