"""Responses beside the conversation: they read its items, and leave none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from assistant.engines import Engines
from assistant.events import Event, Failed, ReplyDone
from assistant.reply import Gate, answer
from assistant.tools import Toolbox
from server.realtime.answer import ItemResponder
from server.realtime.asked import Asked
from server.realtime.config import SessionConfig
from server.realtime.items import Conversation
from server.realtime.outbox import Outbox
from server.realtime.response import Response


class Beside:
    """Those that are being made; any number at once."""

    def __init__(
        self,
        engines: Engines,
        toolbox: Toolbox,
        conversation: Conversation,
        config: Callable[[], SessionConfig],
        outbox: Outbox,
        reply_s: float,
    ) -> None:
        """Tell `outbox`; the next part of a response may take `reply_s` seconds."""
        self._engines, self._toolbox, self._conversation = engines, toolbox, conversation
        self._config, self._outbox, self._reply_s = config, outbox, reply_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._unfinished: dict[str, tuple[Response, Gate, asyncio.Task[None]]] = {}

    def answer(self, asked: Asked, language: str) -> None:
        """Begin one, to be spoken in `language` if it is to be spoken."""
        responder = ItemResponder(self._engines.language_model, self._toolbox, self._conversation, self._config)
        responder.asked = asked
        told = Response(asked, self._outbox, None, lambda: responder.spent)
        told.created()
        voice = self._engines.voices.get(language) if asked.spoken else None

        def tell(event: Event) -> None:
            told.follow(event)
            if isinstance(event, ReplyDone | Failed):
                del self._unfinished[told.id]

        gate = Gate(tell)
        work = answer(turn=0, responder=responder, voice=voice, gate=gate, deadline_s=self._reply_s)
        task = asyncio.get_running_loop().create_task(work, name="response beside")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._unfinished[told.id] = told, gate, task

    def cancel(self, name: str) -> bool:
        """Cancel the response of this name, and say so; return whether it was being made."""
        if name not in self._unfinished:
            return False
        told, gate, task = self._unfinished.pop(name)
        gate.shut()
        task.cancel()
        told.done("cancelled", "client_cancelled")
        return True

    async def close(self) -> None:
        """End those that are not done."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
