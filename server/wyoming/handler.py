"""One Wyoming connection: Home Assistant opens a new one for each request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing, suppress
from typing import Any

import numpy as np
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable
from wyoming.handle import Handled, NotHandled
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.server import AsyncEventHandler
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped, SynthesizeVoice

from assistant.audio import Samples
from assistant.engines import Engines, Voice
from assistant.errors import InputError, ParleyError
from assistant.phrases import Phraser
from assistant.transcript import transcribe
from server.wyoming.conversations import Conversations
from server.wyoming.sound import Converter

MOST_PAYLOAD_BYTES = 1024 * 1024
"""Of one event: half a minute of audio."""

IDLE_S = 60.0
"""A connection that says nothing for so long is closed."""

MOST_CHUNKS = 32
"""Of audio that was not listened to yet."""

NONSENSE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the protocol's own reader raises at events that are no objects, lack their fields, or are nested without end."""


class BoundedReader:
    """A stream of which nobody can make us keep more than a little: Wyoming says in advance how long an event's data are."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def readline(self) -> bytes:
        """Return the next line, which may take `IDLE_S`.

        Raises:
            TimeoutError: it took longer.
        """
        async with asyncio.timeout(IDLE_S):
            return await self._reader.readline()

    async def readexactly(self, size: int) -> bytes:
        """Return so many bytes.

        Raises:
            InputError: too many.
        """
        if not 0 <= size <= MOST_PAYLOAD_BYTES:
            raise InputError(f"An event announced {size} bytes and {MOST_PAYLOAD_BYTES} are the most; send it in parts.")
        async with asyncio.timeout(IDLE_S):
            return await self._reader.readexactly(size)


class Handler(AsyncEventHandler):
    """Answers the events of one client, in order."""

    def __init__(
        self, reader: Any, writer: asyncio.StreamWriter, engines: Engines, language: str, told: Info, talks: Conversations
    ) -> None:
        super().__init__(reader, writer)
        self._engines, self._language, self._info, self._talks = engines, language, told, talks
        self._heard: asyncio.Queue[Samples | None] | None = None
        self._writing: asyncio.Task[str] | None = None
        self._converter = Converter()
        self._phraser: Phraser | None = None
        self._voice: Voice | None = None

    async def run(self) -> None:
        """Serve until the client goes, says nothing, or says what nobody understands."""
        # What is nonsense closes the connection: the protocol has no way to tell why.
        with suppress(TimeoutError, InputError, ConnectionError, asyncio.IncompleteReadError, *NONSENSE):
            await super().run()

    async def disconnect(self) -> None:
        """Drop what nobody waits for."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait([self._writing])

    async def handle_event(self, event: Event) -> bool:
        """Answer one event; what fails is told, and ends the connection: whoever waits for the rest of an answer is not left waiting."""
        try:
            await self._answer(event)
        except ParleyError as error:
            await self._tell(Error(str(error), error.code))
            return False
        return True

    async def _answer(self, event: Event) -> None:
        match event.type:
            case kind if Describe.is_type(kind):
                await self.write_event(self._info.event())
            case kind if Ping.is_type(kind):
                await self._tell(Pong(text=Ping.from_event(event).text))
            case kind if Transcribe.is_type(kind):
                self._language = _base(Transcribe.from_event(event).language) or self._language
            case kind if AudioChunk.is_type(kind):
                await self._hear(AudioChunk.from_event(event))
            case kind if AudioStop.is_type(kind):
                await self._tell(Transcript(text=await self._written(), language=self._language))
            case kind if Synthesize.is_type(kind) and self._phraser is None:
                await self._speak(Synthesize.from_event(event))
            case kind if SynthesizeStart.is_type(kind):
                self._phraser, self._voice = Phraser(), self._voice_for(SynthesizeStart.from_event(event).voice)
                await self._tell(AudioStart(rate=self._voice.sample_rate_hz, width=2, channels=1))
            case kind if SynthesizeChunk.is_type(kind) and self._phraser and self._voice:
                for phrase in self._phraser.push(SynthesizeChunk.from_event(event).text):
                    await self._say(phrase, self._voice)
            case kind if SynthesizeStop.is_type(kind) and self._phraser and self._voice:
                for phrase in self._phraser.flush():
                    await self._say(phrase, self._voice)
                self._phraser = None
                await self._tell(AudioStop())
                await self._tell(SynthesizeStopped())
            case kind if Transcript.is_type(kind):
                await self._handle(Transcript.from_event(event))

    # --- recognition -------------------------------------------------------------------------------------------------

    async def _hear(self, chunk: AudioChunk) -> None:
        samples = self._converter.push(chunk)
        if self._heard is None or self._writing is None:
            if self._language not in self._engines.recognizers:
                known = ", ".join(sorted(self._engines.recognizers))
                raise InputError(f"No recognizer for {self._language!r} is loaded; choose from {known}.")
            self._heard = asyncio.Queue(MOST_CHUNKS)
            self._writing = asyncio.get_running_loop().create_task(self._write(self._heard), name="wyoming transcript")
        await self._waiting(self._heard.put(samples), self._writing)

    @staticmethod
    async def _waiting(putting: Coroutine[Any, Any, None], writing: asyncio.Task[str]) -> None:
        """Wait until there is room for more: who sends faster than anybody listens is read later. Nobody waits for one who has failed."""
        put = asyncio.get_running_loop().create_task(putting, name="wyoming sound")
        try:
            await asyncio.wait([put, writing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            put.cancel()
            await asyncio.wait([put])

    async def _write(self, heard: asyncio.Queue[Samples | None]) -> str:
        async def blocks() -> AsyncGenerator[Samples, None]:
            while (block := await heard.get()) is not None:
                yield block

        recognizer, detector = self._engines.recognizers[self._language], self._engines.detector()
        async with aclosing(transcribe(blocks(), detector, recognizer, self._language)) as segments:
            return " ".join([segment.text async for segment in segments])

    async def _written(self) -> str:
        heard, writing, self._heard, self._writing = self._heard, self._writing, None, None
        if heard is None or writing is None:
            return ""
        await self._waiting(heard.put(None), writing)
        return await writing

    # --- speech ------------------------------------------------------------------------------------------------------

    async def _speak(self, asked: Synthesize) -> None:
        voice, phraser = self._voice_for(asked.voice), Phraser()
        await self._tell(AudioStart(rate=voice.sample_rate_hz, width=2, channels=1))
        for phrase in [*phraser.push(asked.text), *phraser.flush()]:
            await self._say(phrase, voice)
        await self._tell(AudioStop())

    async def _say(self, phrase: str, voice: Voice) -> None:
        async with aclosing(voice.speak(phrase)) as sounds:
            async for sound in sounds:
                pcm = (np.clip(sound.samples, -1, 1) * 32_767).astype("<i2").tobytes()
                await self._tell(AudioChunk(rate=voice.sample_rate_hz, width=2, channels=1, audio=pcm))

    def _voice_for(self, asked: SynthesizeVoice | None) -> Voice:
        """Return the voice that is asked for, by name or by language."""
        wanted = _base(asked.language or (asked.name or "").rpartition("-")[2]) if asked else None
        language = wanted or self._language
        if language not in self._engines.voices:
            raise InputError(f"No voice for {language!r} is loaded; choose from {', '.join(sorted(self._engines.voices))}.")
        return self._engines.voices[language]

    # --- conversation ------------------------------------------------------------------------------------------------

    async def _handle(self, asked: Transcript) -> None:
        context = asked.context or {}
        try:
            answer = await self._talks.answer(context.get("conversation_id"), asked.text)
        except ParleyError as error:
            await self._tell(NotHandled(text=str(error), context=context))
        else:
            await self._tell(Handled(text=answer, context=context))

    async def _tell(self, event: Eventable) -> None:
        await self.write_event(event.event())


def _base(language: str | None) -> str | None:
    """Return a language without its region: en of en-GB and of en_GB."""
    return language.replace("_", "-").split("-")[0].lower() if language else None
