"""One client's speech in another language, while it is being said."""

from __future__ import annotations

import asyncio
import base64
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, NamedTuple

from assistant.engines import Engines
from assistant.errors import InputError
from assistant.events import Event, Failed, Partial, ReplyAudio, Stamped, Translated, WritingFailed, Written
from assistant.glossary import Glossary
from assistant.interpret import NOTHING, Interpret
from assistant.interpreter import LISTENS, Interpreter
from assistant.manners import Manners
from assistant.session import Observer, Session
from server.realtime.ids import new_id
from server.realtime.outbox import Outbox
from server.realtime.refusals import Refused
from server.realtime.talk import SESSION_S
from server.realtime.wave import RATES_HZ, Decoder, Encoder, Format, milliseconds
from server.translations.appended import Appended
from server.translations.incoming import Append, Close, Incoming, TranslationConfig, Update

STEP_MS = 200
"""In steps of so much stream time the protocol tells when something was said."""

MOST_AT_ONCE = 3
"""Languages in which something may still have to be said when the client changes to another one; more are not waited for."""

FORM: Format = "audio/pcm"


class _Into(NamedTuple):
    """Who interprets from the turn `since` on, until the next one does."""

    since: int
    interpreter: Interpreter
    stack: AsyncExitStack
    """Ends it."""


class Interpretation:
    """Runs inside `async with`; `push` takes the client's events in order."""

    def __init__(
        self,
        engines: Engines,
        manners: Manners,
        outbox: Outbox,
        *,
        model: str,
        now_s: float,
        config: TranslationConfig,
        glossary: Glossary = NOTHING,
        lag_s: float = 2.0,
        observers: tuple[Observer, ...] = (),
    ) -> None:
        """Begin to interpret; what is told goes into `outbox`.

        Raises:
            Refused: into a language that nothing is translated into here.
        """
        self.id, self._model, self._expires_at = new_id("sess"), model, int(now_s) + SESSION_S
        self._engines, self._given, self._outbox, self._glossary = engines, manners, outbox, glossary
        self._lag_s = lag_s
        self.config = config
        self.token: str | None = None
        self._source = source_of(config.language, engines)
        self._session = Session(
            engines, Interpret(engines.language_model, self._source, config.language), [self._hear_of, *observers], self._manners()
        )
        self._stack = AsyncExitStack()
        self._decoder = Decoder(FORM)
        self._heard_bytes = 0
        self._source_text, self._target_text = Appended(), Appended()
        self._encoder: Encoder | None = None
        self._over = asyncio.Event()
        self._finishing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Interpretation:
        self._into = [await self._interpreter()]
        await self._stack.enter_async_context(self._session)
        self._outbox.put({"type": "session.created", "session": self._wire()})
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._finishing is not None:
            self._finishing.cancel()
            await asyncio.wait([self._finishing])
        await self._stack.aclose()
        for into in self._into:
            await into.stack.aclose()

    def audio_s(self, event: Incoming) -> float:
        """Return how much audio an event brings, in seconds."""
        return milliseconds(event.audio_bytes, FORM) / 1000

    async def push(self, event: Incoming) -> None:
        """Do what the client asks for.

        Raises:
            Refused: it cannot be done; the session goes on.
        """
        match event:
            case _ if self._finishing is not None:
                pass  # the session is closed; what is left is told
            case Append():
                data = event.data()
                self._heard_bytes += len(data)
                async for samples in self._decoder.slices(data):
                    self._session.hear(samples)
            case Update():
                await self._set(self.config.merged(event.session))
                self._outbox.put({"type": "session.updated", "session": self._wire()})
            case Close():
                self._session.hear(self._decoder.flush())
                self._session.hear_no_more()
                self._finishing = asyncio.get_running_loop().create_task(self._finish(), name="finish")

    def resumed(self) -> None:
        """Never: there is nothing to go on with."""

    async def replied(self) -> None:
        """Return when everything that was said is translated."""
        await self._session.written()
        for into in list(self._into):
            await into.interpreter.done()

    async def _set(self, config: TranslationConfig) -> None:
        source, before = source_of(config.language, self._engines), self.config.language
        self.config, self._source = config, source
        if config.language != before:
            self._session.behave(self._manners())
            self._into.append(await self._interpreter())
            if len(self._into) > MOST_AT_ONCE:
                await self._into.pop(0).stack.aclose()
                for turn in self._target_text.open:
                    if turn < self._into[0].since:
                        self._tell_target(self._target_text.end(turn))

    async def _interpreter(self) -> _Into:
        """Return who interprets from the next utterance on."""
        since, stack = self._session.turn + 1, AsyncExitStack()
        interpreter = Interpreter(
            self._engines,
            self._source,
            self.config.language,
            self._interpreted,
            glossary=self._glossary,
            lag_s=self._lag_s,
            deadline_s=self._given.reply_s,
        )
        return _Into(since, await stack.enter_async_context(interpreter), stack)

    async def ended(self) -> None:
        """Return when the client has closed the session, and was told everything."""
        await self._over.wait()

    async def _finish(self) -> None:
        try:
            await self.replied()
            self._outbox.put({"type": "session.closed"})
            await self._outbox.sent()
        finally:
            self._over.set()  # whoever closes a session never waits for a part of it that failed

    def _hear_of(self, stamped: Stamped) -> None:
        into = next((each for each in reversed(self._into) if each.since <= max(stamped.event.turn, 1)), None)
        if into is not None:  # otherwise who interpreted this is not waited for any more
            into.interpreter.push(stamped)
        match stamped.event:
            case Partial(turn=turn, committed=committed):
                self._tell_source(turn, committed, over=False)
            case Written(turn=turn, text=text):
                self._tell_source(turn, text, over=True)
            case WritingFailed(turn=turn, message=message, code=code):
                self._tell_source(turn, "", over=True)
                self._tell_failure(message, code)

    def _tell_source(self, turn: int, text: str, *, over: bool) -> None:
        if (delta := self._source_text.push(turn, text, over=over)) and self.config.audio.input.transcription is not None:
            self._outbox.put({"type": "session.input_transcript.delta", "delta": delta, "elapsed_ms": self._elapsed_ms})

    def _interpreted(self, event: Event) -> None:
        match event:
            case Translated(turn=turn, committed=committed, final=final):
                self._tell_target(self._target_text.push(turn, committed, over=final))
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz):
                if self._encoder is None:
                    self._encoder = Encoder(FORM, rate_hz)
                self._tell_sound(self._encoder.push(samples))
            case Failed(message=message, code=code):
                self._tell_failure(message, code)

    def _tell_target(self, delta: str) -> None:
        if delta:
            self._outbox.put({"type": "session.output_transcript.delta", "delta": delta, "elapsed_ms": self._elapsed_ms})

    def _tell_sound(self, data: bytes) -> None:
        if data:
            self._outbox.put(
                {
                    "type": "session.output_audio.delta", "delta": base64.b64encode(data).decode(), "elapsed_ms": self._elapsed_ms,
                    "format": "pcm16", "sample_rate": RATES_HZ[FORM], "channels": 1,
                }
            )  # fmt: skip

    def _tell_failure(self, message: str, code: str) -> None:
        self._outbox.put({"type": "error", "error": {"type": "server_error", "code": code, "message": message}})

    @property
    def _elapsed_ms(self) -> int:
        return int(1000 * self._heard_bytes / (2 * RATES_HZ[FORM])) // STEP_MS * STEP_MS

    def _manners(self) -> Manners:
        return replace(self._given, listens=self._source, speaks=None, policy=LISTENS)

    def _wire(self) -> dict[str, Any]:
        shown = self.config.model_dump(mode="json")
        return {"id": self.id, "type": "translation", "model": self._model, "expires_at": self._expires_at} | shown


def source_of(target: str, engines: Engines) -> str:
    """Return the language that is heard when `target` is spoken.

    Raises:
        Refused: that language is not translated into here.
    """
    for source in engines.recognizers:
        if source != target:
            try:
                Interpret(engines.language_model, source, target)
            except InputError as error:
                raise Refused(str(error), param="session.audio.output.language") from error
            return source
    raise Refused(f"Only {target!r} is recognised here, so nothing is left to translate from.", param="session.audio.output.language")
