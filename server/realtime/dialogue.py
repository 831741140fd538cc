"""One client's conversation: what it asks for is done to a session, and what happens there is told."""

from __future__ import annotations

import asyncio
import secrets
from types import TracebackType
from typing import Any

from assistant.engines import Engines
from assistant.foreign import shown
from assistant.governor import Governor
from assistant.latency import Latency
from assistant.manners import Manners
from assistant.respond import SYSTEM
from assistant.routed import Router
from assistant.session import Observer, Session
from assistant.tools import Toolbox
from server.realtime import incoming
from server.realtime.answer import ItemResponder
from server.realtime.asked import asked
from server.realtime.begun import Begun
from server.realtime.behaviour import language, manners_of
from server.realtime.beside import Beside
from server.realtime.buffer import InputBuffer
from server.realtime.checking import checked
from server.realtime.config import Extensions
from server.realtime.enclosed import Enclosed
from server.realtime.incoming import Incoming
from server.realtime.items import Conversation
from server.realtime.outbox import Outbox
from server.realtime.playout import Playout
from server.realtime.reading import enclosed, read_item
from server.realtime.refusals import Refused
from server.realtime.talk import SESSION_S, Resumes
from server.realtime.teller import Teller
from server.realtime.wave import milliseconds


class Dialogue:
    """Runs inside `async with`. `push` takes the client's events in order; what it is told goes into the outbox."""

    def __init__(
        self,
        engines: Engines,
        toolbox: Toolbox,
        manners: Manners,
        outbox: Outbox,
        *,
        model: str,
        now_s: float,
        begun: Begun,
        router: Router | None = None,
        governor: Governor | None = None,
        observers: tuple[Observer, ...] = (),
    ) -> None:
        """Begin a conversation.

        Args:
            engines: all of them may be used.
            toolbox: our own tools, with a notebook of this conversation.
            manners: what the settings say; the client's `session.update` changes them.
            outbox: takes what the client is told.
            model: what the client calls the model; said back to it.
            now_s: seconds since 1970.
            begun: what is there already, and who keeps it.
            router: the way to a large model.
            governor: keeps the latency budget.
            observers: take the facts of the session, too.
        """
        self.id, self._model, self._expires_at = begun.id, model, int(now_s) + SESSION_S
        self._engines, self._toolbox, self._given, self._outbox = engines, toolbox, manners, outbox
        self.config, self._journal, self.token = begun.config, begun.journal, begun.token
        self.conversation = Conversation(begun.journal, begun.items)
        outbox.remembers = self.token is not None
        self._responder = ItemResponder(engines.language_model, toolbox, self.conversation, lambda: self.config, router)
        latency = Latency(keep=2)
        self._teller = Teller(
            outbox, self.conversation, self._responder, lambda: self.config, lambda: self._session.mode, lambda: self._session.turn,
            Playout(lambda: self._session.playback_done()), latency, begun.journal.turn if begun.journal else lambda _: None,
        )  # fmt: skip
        self._buffer = InputBuffer(
            self.config.audio.input.format.type, lambda samples: self._session.hear(samples), lambda: self.config.turns is not None
        )
        self._session = Session(
            engines,
            self._responder,
            [latency, self._teller, self._buffer, *observers],
            manners_of(self.config, self._given, self._engines.voices),
            governor,
        )
        self._enclosed = Enclosed(engines, self._teller.utterances)
        self._beside = Beside(engines, toolbox, self.conversation, lambda: self.config, outbox, manners.reply_s)

    async def __aenter__(self) -> Dialogue:
        await self._session.__aenter__()
        self._keep()
        self._outbox.put({"type": "session.created", "session": self._wire()})
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._beside.close()
        await self._enclosed.close()
        self._teller.playout.stop()
        await self._session.__aexit__(kind, error, trace)

    def audio_s(self, event: Incoming) -> float:
        """Return how much audio an event brings, in seconds."""
        return milliseconds(event.audio_bytes, self._buffer.form) / 1000

    async def push(self, event: Incoming) -> None:
        """Do what the client asks for.

        Raises:
            Refused: it cannot be done; the session goes on.
        """
        match event:
            case incoming.SessionUpdate():
                self._update(event.session)
            case incoming.Append():
                await self._buffer.append(event.data())
            case incoming.Commit():
                self._buffer.commit()
                self._session.commit()
            case incoming.Clear():
                self._buffer.clear()
                self._session.discard()
                self._teller.utterances.drop()
                self._outbox.put({"type": "input_audio_buffer.cleared"})
            case incoming.ClearOutput():
                pass  # what was sent cannot be taken back here
            case incoming.ItemCreate():
                self._create(event)
            case incoming.ItemRetrieve():
                item = self.conversation.get(event.item_id, "item_retrieve_invalid_item_id")
                self._outbox.put({"type": "conversation.item.retrieved", "item": item.as_wire()})
            case incoming.ItemDelete():
                self.conversation.delete(event.item_id)
                self._outbox.put({"type": "conversation.item.deleted", "item_id": event.item_id})
            case incoming.ItemTruncate():
                self._truncate(event)
            case incoming.ResponseCreate():
                self._respond(event)
            case incoming.ResponseCancel():
                self._cancel(event)

    async def replied(self) -> None:
        """Return when no reply is being given."""
        while self._teller.active:
            self._teller.rested.clear()
            await self._teller.rested.wait()

    async def ended(self) -> None:
        """Wait for ever: only a closed connection ends a conversation."""
        await asyncio.Event().wait()

    # --- what the client asks for --------------------------------------------------------------------------------------

    def resumed(self) -> None:
        """Tell the client that has come back what the session is set to, and which items there are."""
        wire = self._wire()
        wire["x"] = wire.get("x", {}) | {"items": [item.id for item in self.conversation]}
        self._outbox.put({"type": "session.updated", "session": wire})

    def _keep(self) -> None:
        if self._journal is not None:
            self._journal.set(self.config, self.token)

    def _update(self, update: dict[str, Any]) -> None:
        before = self.config
        given = checked(Extensions, update.get("x") or {}, "session.x")
        if isinstance(given.resume, str):
            raise Resumes(given.resume, given.after)
        if self.conversation and update.get("type", before.type) != before.type:
            raise Refused(
                f"This is a {before.type} session; open another connection for the other kind.", "invalid_parameter", "session.type"
            )
        self.config = before.merged(update)
        heard = language(self.config, self._given)
        if heard not in self._engines.recognizers:
            self.config = before
            known = ", ".join(sorted(self._engines.recognizers))
            raise Refused(
                f"No recognizer for {shown(heard)} is loaded here; choose from {known}.", param="session.audio.input.transcription.language"
            )
        self._buffer.take(self.config.audio.input.format.type)
        if self.config.x.resume and self.token is None:
            self.token, self._outbox.remembers = secrets.token_urlsafe(24), True
        self._keep()
        self._session.behave(manners_of(self.config, self._given, self._engines.voices))
        self._outbox.put({"type": "session.updated", "session": self._wire()})
        if "x.degraded" not in before.x.events:
            self._teller.tell_missing()

    def _create(self, event: incoming.ItemCreate) -> None:
        item, sound = read_item(event.item), enclosed(event.item)
        self.conversation.add(item, event.previous_item_id)
        before = self.conversation.before(item)
        for kind in ("added", "done"):
            self._outbox.put({"type": f"conversation.item.{kind}", "previous_item_id": before, "item": item.as_wire()})
        if sound:
            self._enclosed.write(item, sound, self._buffer.form, language(self.config, self._given))

    def _truncate(self, event: incoming.ItemTruncate) -> None:
        item = self.conversation.get(event.item_id, "item_truncate_invalid_item_id")
        end_ms = item.truncate(event.audio_end_ms)
        self.conversation.changed(item)
        self._outbox.put(
            {"type": "conversation.item.truncated", "item_id": item.id, "content_index": event.content_index, "audio_end_ms": end_ms}
        )

    def _respond(self, event: incoming.ResponseCreate) -> None:
        if self.config.type == "transcription":
            raise Refused("A transcription session gives no responses; open a realtime session.", "invalid_parameter")
        wanted = asked(self.config, event.response, self.conversation)
        if wanted.response.conversation == "none":
            self._beside.answer(wanted, language(self.config, self._given))
            return
        if self._teller.active and not self._teller.called:
            raise Refused(
                "Conversation already has an active response in progress: wait for response.done, or cancel it.",
                "conversation_already_has_active_response",
            )
        self._teller.requests.append(wanted)
        self._session.request(spoken=wanted.spoken)

    def _cancel(self, event: incoming.ResponseCancel) -> None:
        if event.response_id is not None and self._beside.cancel(event.response_id):
            return
        active = self._teller.response
        if active is None or event.response_id not in (None, active.id):
            raise Refused("Cancellation failed: no active response found", "response_cancel_not_active")
        self._session.interrupt()

    # --- what it is set to -------------------------------------------------------------------------------------------------

    def _wire(self) -> dict[str, Any]:
        granted: dict[str, Any] = {"events": list(self.config.x.events)} if self.config.x.events else {}
        if self.config.x.hears_itself:
            granted["hears_itself"] = True
        if self.token is not None:
            granted["resume"] = self.token
        return self.config.as_wire(self.id, self._model, SYSTEM, self._expires_at, granted)
