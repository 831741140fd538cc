"""One client's speech in another language, utterance by utterance: output never waits for silence, nor silence for output."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from types import TracebackType
from typing import Any

from assistant.engines import Engines
from assistant.errors import InputError
from assistant.events import Event, Failed, Partial, ReplyAudio, ReplyToken, SpeechEnded, Stamped, WritingFailed, Written
from assistant.interpret import Interpret
from assistant.manners import Manners
from assistant.reply import Gate, ready, reply
from assistant.sentences import sentences
from assistant.session import Observer, Session
from assistant.turns import Mode, Policy
from server.realtime.ids import new_id
from server.realtime.outbox import Outbox
from server.realtime.refusals import Refused
from server.realtime.wave import RATES_HZ, Decoder, Encoder, Format, milliseconds
from server.translations.incoming import Append, Close, Incoming, TranslationConfig, Update

SESSION_S = 3600

STEP_MS = 200
"""In steps of so much stream time the protocol tells when something was said."""

FORM: Format = "audio/pcm"


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
        observers: tuple[Observer, ...] = (),
    ) -> None:
        """Begin to interpret; what is told goes into `outbox`.

        Raises:
            Refused: into a language that nothing is translated into here.
        """
        self.id, self._model, self._expires_at = new_id("sess"), model, int(now_s) + SESSION_S
        self._engines, self._given, self._outbox = engines, manners, outbox
        self.config = config
        self.token: str | None = None
        self._source = source_of(config.language, engines)
        self._session = Session(
            engines, Interpret(engines.language_model, self._source, config.language), [self._hear_of, *observers], self._manners()
        )
        self._decoder = Decoder(FORM)
        self._heard_bytes = 0
        self._told = ""
        self._said = False
        self._unwritten = 0  # utterances
        self._written: asyncio.Queue[str] = asyncio.Queue()
        self._news, self._over = asyncio.Event(), asyncio.Event()
        self._finishing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Interpretation:
        await self._session.__aenter__()
        self._outbox.put({"type": "session.created", "session": self._wire()})
        self._speaking = asyncio.get_running_loop().create_task(self._speak(), name="interpreter")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        working = [self._speaking] if self._finishing is None else [self._speaking, self._finishing]
        for task in working:
            task.cancel()
        await asyncio.wait(working)
        await self._session.__aexit__(kind, error, trace)

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
                config = self.config.merged(event.session)
                self._source = source_of(config.language, self._engines)
                self.config = config
                self._session.behave(self._manners())
                self._outbox.put({"type": "session.updated", "session": self._wire()})
            case Close():
                self._session.hear(self._decoder.flush())
                self._session.hear_no_more()
                self._finishing = asyncio.get_running_loop().create_task(self._finish(), name="finish")

    def resumed(self) -> None:
        """Never: there is nothing to go on with."""

    async def replied(self) -> None:
        """Return when everything that was said is translated."""
        while self._unwritten:
            self._news.clear()
            await self._news.wait()
        await self._written.join()

    async def ended(self) -> None:
        """Return when the client has closed the session, and was told everything."""
        await self._over.wait()

    async def _finish(self) -> None:
        await self.replied()
        self._outbox.put({"type": "session.closed"})
        await self._outbox.sent()
        self._over.set()

    def _hear_of(self, stamped: Stamped) -> None:
        match stamped.event:
            case Partial(committed=committed):
                self._tell_source(committed)
            case SpeechEnded() if self._session.mode is Mode.HEARING:
                self._unwritten += 1
            case Written(text=text):
                self._tell_source(text)
                self._told = ""
                for sentence in sentences(text):
                    self._written.put_nowait(sentence)
                self._wrote()
            case WritingFailed(message=message, code=code):
                self._told = ""
                self._wrote()
                self._tell_failure(message, code)

    def _wrote(self) -> None:
        self._unwritten -= 1
        self._news.set()

    def _tell_source(self, text: str) -> None:
        if self.config.audio.input.transcription is None or not text.startswith(self._told) or text == self._told:
            return
        delta, self._told = text[len(self._told) :], text
        self._outbox.put({"type": "session.input_transcript.delta", "delta": delta, "elapsed_ms": self._elapsed_ms})

    async def _speak(self) -> None:
        """Translate and speak what was written, one sentence after the other."""
        while True:
            sentence = await self._written.get()
            try:
                await self._interpret(sentence)
            finally:
                self._written.task_done()

    async def _interpret(self, sentence: str) -> None:
        language = self.config.language
        voice = self._engines.voices.get(language)
        encoder = Encoder(FORM, voice.sample_rate_hz) if voice else None
        said: list[str] = []

        def tell(event: Event) -> None:
            match event:
                case ReplyToken(text=text):
                    delta = text if said or not self._said else f" {text.lstrip()}"
                    said.append(text)
                    self._said = True
                    self._outbox.put({"type": "session.output_transcript.delta", "delta": delta, "elapsed_ms": self._elapsed_ms})
                case ReplyAudio(samples=samples) if encoder:
                    self._tell_sound(encoder.push(samples))
                case Failed(message=message, code=code):
                    self._tell_failure(message, code)

        await reply(
            turn=0,
            transcript=ready(sentence),
            language=self._source,
            responder=Interpret(self._engines.language_model, self._source, language),
            voice=voice,
            gate=Gate(tell),
            deadline_s=self._given.reply_s,
        )

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
        policy = Policy(interrupts=False, answers=False, anticipates=False)
        return replace(self._given, listens=self._source, speaks=None, policy=policy)

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
