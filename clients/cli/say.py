"""`parley say`: text to speech, to a file or the speaker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

from assistant.engines import Voice
from assistant.errors import InputError
from assistant.events import Event, ReplyAudio, ReplyPhrase, Stamped
from assistant.phrases import Phraser
from assistant.session import Observer
from assistant.settings import Settings
from clients.cli import stdin
from clients.cli.media import writable
from clients.cli.running import play, recorded
from clients.cli.stderr import counted, errors
from clients.cli.view import Verbose
from models.load import load_voice


async def say(settings: Settings, text: str, language: str, out: Path | None, *, verbose: bool) -> None:
    """Speak `text`; only the voice is loaded."""
    text = stdin.text() if text == stdin.STDIN else text
    if not text.strip():
        raise InputError("There is nothing to say; give a text.")
    writable(out)
    with errors.status("Loading the voice …"):
        voice, close = await load_voice(language, settings.models)
    kept: list[ReplyAudio] = []
    try:
        with recorded(out, voice.sample_rate_hz) as record:
            await _speak(voice, text, kept.extend if out is None else record, Verbose(errors) if verbose else _nobody)
    finally:
        await close()
    await play(kept, settings.speaker)


async def _speak(voice: Voice, text: str, take: Callable[[Sequence[ReplyAudio]], None], observe: Observer) -> None:
    def emit(event: Event) -> None:
        observe(Stamped(asyncio.get_running_loop().time(), event))

    phraser = Phraser()
    phrases = (*phraser.push(text), *phraser.flush())
    with counted("Speaking", len(phrases)) as done:
        for phrase in phrases:
            emit(ReplyPhrase(1, phrase))
            async with aclosing(voice.speak(phrase)) as parts:
                async for sound in parts:
                    audio = ReplyAudio(1, sound.samples, voice.sample_rate_hz, phrase, sound.words)
                    emit(audio)
                    take([audio])
            done()


def _nobody(_: Stamped) -> None:
    pass
