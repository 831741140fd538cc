"""One client's conversation: what it asks for is done to a session, and what happens there is told."""

from __future__ import annotations

import asyncio
import secrets
from types import TracebackType
from typing import Any

from assistant.engines import Engines
from assistant.governor import Governor
from assistant.latency import Latency
from assistant.manners import Manners
from assistant.respond import SYSTEM
from assistant.session import Observer, Session
from assistant.tools import Toolbox
from server.realtime import incoming
from server.realtime.answer import Asked, ItemResponder
from server.realtime.begun import Begun
from server.realtime.behaviour import language, manners_of
from server.realtime.beside import Beside
from server.realtime.config import Extensions, checked, response_config
from server.realtime.incoming import Incoming
from server.realtime.items import Conversation
from server.realtime.outbox import Outbox
from server.realtime.playout import Playout
from server.realtime.reading import read_item
from server.realtime.refusals import Refused
from server.realtime.talk import Resumes
from server.realtime.teller import Teller
from server.realtime.wave import Decoder, milliseconds

SESSION_S = 3600
"""After so long `expires_at` says that the session is over."""

LEAST_COMMIT_MS = 100


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
            governor: keeps the latency budget.
            observers: take the facts of the session, too.
        """
        self.id, self._model, self._expires_at = begun.id, model, int(now_s) + SESSION_S
        self._engines, self._toolbox, self._given, self._outbox = engines, toolbox, manners, outbox
        self.config, self._journal, self.token = begun.config, begun.journal, begun.token
        self.conversation = Conversation(begun.journal, begun.items)
        outbox.remembers = self.token is not None
        self._responder = ItemResponder(engines.language_model, toolbox, self.conversation, lambda: self.config)
        latency = Latency(keep=2)
        self._teller = Teller(
            outbox, self.conversation, self._responder, lambda: self.config, lambda: self._session.mode,
            Playout(lambda: self._session.playback_done()), latency, begun.journal.turn if begun.journal else lambda _: None,
        )  # fmt: skip
        self._session = Session(
            engines,
            self._responder,
            [latency, self._teller, *observers],
            manners_of(self.config, self._given, self._engines.voices),
            governor,
        )
        self._decoder = Decoder(self.config.audio.input.format.type)
        self._appended_ms = 0.0
        self._beside = Beside(engines, toolbox, self.conversation, lambda: self.config, outbox, manners.reply_s)

    async def __aenter__(self) -> Dialogue:
        await self._session.__aenter__()
        self._keep()
        self._outbox.put({"type": "session.created", "session": self._wire()})
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._beside.close()
        self._teller.playout.stop()
        await self._session.__aexit__(kind, error, trace)

    async def push(self, event: Incoming) -> None:
        """Do what the client asks for.

        Raises:
            Refused: it cannot be done; the session goes on.
        """
        match event:
            case incoming.SessionUpdate():
                self._update(event.session)
            case incoming.Append():
                await self._append(event.data())
            case incoming.Commit():
                self._commit()
            case incoming.Clear():
                self._appended_ms = 0.0
                self._session.discard()
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
                f"No recognizer for {heard!r} is loaded here; choose from {known}.", param="session.audio.input.transcription.language"
            )
        form = self.config.audio.input.format.type
        if form != self._decoder.form:
            self._decoder = Decoder(form)
        if self.config.x.resume and self.token is None:
            self.token, self._outbox.remembers = secrets.token_urlsafe(24), True
        self._keep()
        self._session.behave(manners_of(self.config, self._given, self._engines.voices))
        self._outbox.put({"type": "session.updated", "session": self._wire()})

    async def _append(self, data: bytes) -> None:
        self._appended_ms += milliseconds(len(data), self._decoder.form)
        async for samples in self._decoder.slices(data):
            self._session.hear(samples)

    def _commit(self) -> None:
        if self._appended_ms < LEAST_COMMIT_MS:
            raise Refused(
                f"Error committing input audio buffer: buffer too small. Expected at least {LEAST_COMMIT_MS} ms of audio, "
                f"but buffer only has {self._appended_ms:.2f} ms of audio.",
                "input_audio_buffer_commit_empty",
            )
        self._appended_ms = 0.0
        self._session.commit()

    def _create(self, event: incoming.ItemCreate) -> None:
        item = read_item(event.item)
        self.conversation.add(item, event.previous_item_id)
        before = self.conversation.before(item)
        for kind in ("added", "done"):
            self._outbox.put({"type": f"conversation.item.{kind}", "previous_item_id": before, "item": item.as_wire()})

    def _truncate(self, event: incoming.ItemTruncate) -> None:
        item = self.conversation.get(event.item_id, "item_truncate_invalid_item_id")
        item.truncate(event.audio_end_ms / 1000)
        self.conversation.changed(item)
        end_ms = min(event.audio_end_ms, round(1000 * item.playback.seconds))
        self._outbox.put(
            {"type": "conversation.item.truncated", "item_id": item.id, "content_index": event.content_index, "audio_end_ms": end_ms}
        )

    def _respond(self, event: incoming.ResponseCreate) -> None:
        if self.config.type == "transcription":
            raise Refused("A transcription session gives no responses; open a realtime session.", "invalid_parameter")
        asked = Asked(self.config, response_config(event.response))
        if asked.response.conversation == "none":
            self._beside.answer(asked, language(self.config, self._given))
            return
        if self._teller.active:
            raise Refused(
                "Conversation already has an active response in progress: wait for response.done, or cancel it.",
                "conversation_already_has_active_response",
            )
        self._teller.requests.append(asked)
        self._session.request(spoken=asked.spoken)

    def _cancel(self, event: incoming.ResponseCancel) -> None:
        active = self._teller.response
        if active is None or event.response_id not in (None, active.id):
            raise Refused("Cancellation failed: no active response found", "response_cancel_not_active")
        self._session.interrupt()

    # --- what it is set to -------------------------------------------------------------------------------------------------

    def _wire(self) -> dict[str, Any]:
        granted: dict[str, Any] = {"events": list(self.config.x.events)} if self.config.x.events else {}
        if self.token is not None:
            granted["resume"] = self.token
        return self.config.as_wire(self.id, self._model, SYSTEM, self._expires_at, granted)
