"""Written conversations, each with a memory of its own."""

from __future__ import annotations

from collections import OrderedDict

from assistant.engines import Engines
from assistant.errors import EngineError
from assistant.events import Event, Failed, ReplyDone
from assistant.reply import Gate, reply
from assistant.respond import Chat
from assistant.tools import Toolbox

MOST = 32
"""Conversations that are remembered; the one that was silent longest is forgotten first."""


class Conversations:
    """By the client's name for each."""

    def __init__(self, engines: Engines, language: str, reply_s: float) -> None:
        """Answer in `language`, each part of an answer within `reply_s` seconds."""
        self._engines, self._language, self._reply_s = engines, language, reply_s
        self._chats: OrderedDict[str, Chat] = OrderedDict()

    async def answer(self, name: str | None, text: str) -> str:
        """Return the answer; without a name it is a conversation of one turn.

        Raises:
            EngineError: there is none.
        """
        chat = self._chat(name)
        told: list[Event] = []

        async def transcript() -> str:
            return text

        await reply(
            turn=1,
            transcript=transcript,
            language=self._language,
            responder=chat,
            voice=None,
            gate=Gate(told.append),
            deadline_s=self._reply_s,
        )
        for event in told:
            match event:
                case Failed(message=message):
                    raise EngineError(message)
                case ReplyDone(text=answer):
                    chat.said(text)
                    chat.answered(answer)
                    return answer
        return ""

    def _chat(self, name: str | None) -> Chat:
        chat = self._chats.get(name or "")
        if chat is None or not name:
            chat = Chat(self._engines.language_model, Toolbox())
        if name:
            self._chats[name] = chat
            self._chats.move_to_end(name)
            if len(self._chats) > MOST:
                self._chats.popitem(last=False)
        return chat
