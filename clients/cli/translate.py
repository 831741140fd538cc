"""`parley translate`: texts or speech in one language, written and spoken in another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from assistant.engines import Engines
from assistant.errors import EngineError
from assistant.events import Event, ReplyAudio, Stamped, TextSent
from assistant.interpret import Interpret, instruction, sentences
from assistant.latency import Latency
from assistant.reply import Gate, reply
from assistant.settings import Settings
from clients.cli.media import writable
from clients.cli.running import engines, errors, print_json, save
from clients.cli.running import play as play_audio
from clients.cli.sources import check, each, is_sound
from clients.cli.transcribe import segments
from clients.cli.view import Collected, Verbose

DEADLINE_S = 60.0


async def translate(
    settings: Settings, sources: Sequence[str], source: str, target: str, *, speak: Path | None, play: bool, as_json: bool, verbose: bool
) -> None:
    """Print one translation a source."""
    audio: list[ReplyAudio] = []
    instruction(source, target)  # a wrong language is said before a wrong file
    check(sources)
    writable(speak)
    async with engines(settings, [source] if any(map(is_sound, sources)) else [], speaks=[target]) as loaded:
        responder = Interpret(loaded.language_model, source, target)
        for argument in each(sources):
            spoken = is_sound(argument)
            heard = [s.text for s in await segments(loaded.recognizers[source], argument, source)] if spoken else [argument]
            text = " ".join(heard)
            results = [
                await _one(loaded, responder, s, source, target, silent=not (speak or play), verbose=verbose) for s in sentences(text)
            ]
            translation = " ".join(found.reply for found, _ in results)
            audio += [part for found, _ in results for part in found.audio]
            if as_json:
                print_json({"text": text, "language": source, "translation": translation, "timing": results[0][1] if results else {}})
            else:
                if spoken:
                    errors.print(text, style="dim", markup=False)
                Console(highlight=False, markup=False, soft_wrap=True).print(translation)
    if speak is not None:
        save(speak, audio)
    if play:
        await play_audio(audio, settings.speaker)


async def _one(
    loaded: Engines, responder: Interpret, text: str, source: str, target: str, *, silent: bool, verbose: bool
) -> tuple[Collected, dict[str, float]]:
    """Translate one sentence through the stages that a session uses."""
    collected, latency = Collected(), Latency()
    observers = (collected, latency, Verbose(errors)) if verbose else (collected, latency)

    def emit(event: Event) -> None:
        for observe in observers:
            observe(Stamped(asyncio.get_running_loop().time(), event))

    async def transcript() -> str:
        return text

    emit(TextSent(1, text))
    voice = None if silent else loaded.voices[target]
    await reply(turn=1, transcript=transcript, language=source, responder=responder, voice=voice, gate=Gate(emit), deadline_s=DEADLINE_S)
    if collected.failed is not None:
        raise EngineError(collected.failed.message)
    return collected, latency.turns[1].as_json()
