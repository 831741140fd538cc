"""`parley say`: text to speech, to a file or the speaker."""

from __future__ import annotations

import sys
from contextlib import aclosing
from pathlib import Path

from assistant.errors import InputError
from assistant.events import ReplyAudio
from assistant.phrases import Phraser
from assistant.settings import Settings
from clients.cli.media import STDIN, writable
from clients.cli.running import play, save
from models.load import load_voice


async def say(settings: Settings, text: str, language: str, out: Path | None) -> None:
    """Speak `text`; only the voice is loaded."""
    text = sys.stdin.read() if text == STDIN else text
    if not text.strip():
        raise InputError("There is nothing to say; give a text.")
    writable(out)
    phraser = Phraser()
    audio: list[ReplyAudio] = []
    voice, close = await load_voice(language, settings.models)
    try:
        for phrase in (*phraser.push(text), *phraser.flush()):
            async with aclosing(voice.speak(phrase)) as parts:
                audio += [ReplyAudio(1, samples, voice.sample_rate_hz, phrase) async for samples in parts]
    finally:
        await close()
    if out is None:
        await play(audio, settings.speaker)
    else:
        save(out, audio)
