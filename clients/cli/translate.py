"""`parley translate`: texts or speech in one language, written and spoken in another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from assistant.engines import Engines
from assistant.errors import EngineError
from assistant.events import Event, ReplyAudio, Stamped, TextSent
from assistant.glossary import Glossary
from assistant.interpret import Interpret, check_direction
from assistant.latency import Latency
from assistant.primed import primed
from assistant.reply import Gate, ready, reply
from assistant.sentences import portions
from assistant.session import Observer
from assistant.settings import Settings
from clients.cli.media import writable
from clients.cli.running import engines, glossary, print_json, recorded
from clients.cli.running import play as play_audio
from clients.cli.sources import called, check, each, is_sound
from clients.cli.stderr import Attempts, counted, errors
from clients.cli.transcribe import write_down
from clients.cli.view import Collected, Verbose

DEADLINE_S = 60.0

TURN = 1
"""All sentences of a source: their first facts are its timing."""


async def translate(
    settings: Settings, sources: Sequence[str], source: str, target: str, *, speak: Path | None, play: bool, as_json: bool, verbose: bool
) -> int:
    """Print one translation a source and return how many failed."""
    check_direction(source, target)  # a wrong language is said before a wrong file
    check(sources)
    writable(speak)
    attempts, kept, terms = Attempts(), list[ReplyAudio](), glossary(settings)
    async with engines(settings, [source] if any(map(is_sound, sources)) else [], speaks=[target]) as loaded:
        interpreter = _Interpreter(primed(loaded, terms), source, target, terms, speaks=bool(speak or play), verbose=verbose)
        with recorded(speak, loaded.voices[target].sample_rate_hz) as record:
            for number, argument in enumerate(each(sources), 1):
                with attempts.attempt(called(argument, number, "text")):
                    found = await interpreter.translate(argument)
                    record(found.audio)
                    if play:
                        kept += found.audio
                    _show(found, source, spoken=is_sound(argument), as_json=as_json)
    await play_audio(kept, settings.speaker)
    return attempts.failed


@dataclass(frozen=True)
class _Translation:
    text: str
    translation: str
    audio: Sequence[ReplyAudio]
    timing: dict[str, float]
    """From when the text was sent, or the first byte of the file was read."""


def _show(found: _Translation, source: str, *, spoken: bool, as_json: bool) -> None:
    if as_json:
        print_json({"text": found.text, "language": source, "translation": found.translation, "timing": found.timing})
        return
    if spoken:
        errors.print(found.text, style="dim", markup=False)
    Console(emoji=False, highlight=False, markup=False, soft_wrap=True).print(found.translation)


class _Interpreter:
    """Translates sentence by sentence, through the stages that a session uses."""

    def __init__(self, loaded: Engines, source: str, target: str, terms: Glossary, *, speaks: bool, verbose: bool) -> None:
        self._loaded, self._source, self._verbose = loaded, source, verbose
        self._responder = Interpret(loaded.language_model, source, target, terms)
        self._voice = loaded.voices[target] if speaks else None

    async def translate(self, argument: str) -> _Translation:
        clock, latency, found = asyncio.get_running_loop().time, Latency(), list[Collected]()
        began_s = clock()
        latency(Stamped(began_s, TextSent(TURN, argument)))
        observers: list[Observer] = [latency, Verbose(errors)] if self._verbose else [latency]
        text = await self._written(argument)
        with counted("Translating", len(parts := portions(text))) as done:
            for sentence in parts:
                found.append(await self._sentence(sentence, observers))
                done()
        audio = [part for sentence in found for part in sentence.audio]
        timing = latency.turns[TURN].as_json() | {"total": round(clock() - began_s, 3)}
        return _Translation(text, " ".join(sentence.reply for sentence in found), audio, timing)

    async def _written(self, argument: str) -> str:
        if not is_sound(argument):
            return argument
        recognizer, detector = self._loaded.recognizers[self._source], self._loaded.detector()
        return (await write_down(argument, self._source, recognizer, detector, verbose=self._verbose)).text

    async def _sentence(self, sentence: str, observers: Sequence[Observer]) -> Collected:
        clock, collected = asyncio.get_running_loop().time, Collected()
        watching: list[Observer] = [collected, *observers]

        def emit(event: Event) -> None:
            for observe in watching:
                observe(Stamped(clock(), event))

        await reply(
            turn=TURN,
            transcript=ready(sentence),
            language=self._source,
            responder=self._responder,
            voice=self._voice,
            gate=Gate(emit),
            deadline_s=DEADLINE_S,
        )
        if collected.failed is not None:
            raise EngineError(collected.failed.message)
        return collected
