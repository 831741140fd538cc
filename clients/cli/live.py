"""`parley translate --live`: a recording as if it were being said now, with its translation while it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing, closing
from itertools import chain
from pathlib import Path

from rich.console import Console

from assistant.audio import LISTEN_RATE_HZ, silence
from assistant.engines import Engines
from assistant.errors import EngineError, InputError
from assistant.events import Event, Failed, ReplyAudio, Stamped, Translated, WritingFailed, Written
from assistant.glossary import Glossary
from assistant.interpret import Interpret, check_direction
from assistant.interpreter import LISTENS, Interpreter
from assistant.latency import percentile
from assistant.primed import primed
from assistant.session import Observer, Session
from assistant.settings import Settings
from clients.cli.captions import Captions
from clients.cli.media import decode, writable
from clients.cli.paced import paced
from clients.cli.running import engines, glossary, manners, print_json, recorded
from clients.cli.sources import check, is_sound
from clients.cli.stderr import Attempts, errors
from clients.cli.stdin import STDIN
from clients.cli.view import Verbose
from clients.desktop.devices import find
from clients.desktop.hush import hushed
from clients.desktop.speaker import Speaker

TAIL_S = 0.5
"""Silence behind a recording that ends with its last word: enough to hear that it is over."""


async def translate_live(
    settings: Settings, sources: Sequence[str], source: str, target: str, *, speak: Path | None, play: bool, as_json: bool, verbose: bool
) -> int:
    """Show recordings and their translations as they are said; return how many failed."""
    check_direction(source, target)
    for argument in sources:
        if argument != STDIN and not is_sound(argument):
            raise InputError(f"--live translates speech, and {argument!r} is no sound file; leave out --live to translate a text.")
    check([argument for argument in sources if argument != STDIN])
    writable(speak)
    attempts, terms = Attempts(), glossary(settings)
    async with AsyncExitStack() as stack:
        loaded = primed(await stack.enter_async_context(engines(settings, [source], speaks=[target])), terms)
        rate_hz = loaded.voices[target].sample_rate_hz
        record = stack.enter_context(recorded(speak, rate_hz))
        speaker: Speaker | None = None
        if play:
            stack.enter_context(hushed())
            speaker = stack.enter_context(Speaker(find("speaker", settings.speaker), rate_hz))
        for argument in sources:
            with attempts.attempt(argument):
                watching: list[Observer] = [Verbose(errors)] if verbose else []
                live = _Live(loaded, (source, target), terms, watching, speaks=bool(speak or play), as_json=as_json)
                try:
                    await live.run(settings, argument, speaker)
                finally:
                    record(live.audio)  # what was interpreted before or behind a part that could not be, too
    return attempts.failed


class _Live:
    """One recording."""

    def __init__(
        self, loaded: Engines, direction: tuple[str, str], terms: Glossary, watching: Sequence[Observer], *, speaks: bool, as_json: bool
    ) -> None:
        self._loaded, self._terms, self._watching, self._speaks, self._json = loaded, terms, watching, speaks, as_json
        self._source, self._target = direction
        self._said: dict[int, str] = {}
        self._lags: list[float] = []
        self.audio: list[ReplyAudio] = []
        """What was spoken."""
        self._failed: Failed | WritingFailed | None = None

    async def run(self, settings: Settings, path: str, speaker: Speaker | None) -> None:
        """Say it and interpret it.

        Raises:
            EngineError: a part of it could not be interpreted; the rest was.
        """
        clock = asyncio.get_running_loop().time
        behaviour = manners(settings, listens=self._source, speaks=None, policy=LISTENS)
        async with AsyncExitStack() as stack:
            captions = stack.enter_context(Captions(Console(emoji=False, highlight=False, markup=False, quiet=self._json)))

            def show(event: Event) -> None:
                captions.push(event)
                self._note(event, clock())
                if speaker is not None and isinstance(event, ReplyAudio):
                    speaker.play(event.samples, event.sample_rate_hz)
                for watch in self._watching:
                    watch(Stamped(clock(), event))

            interpreter = await stack.enter_async_context(
                Interpreter(
                    self._loaded,
                    self._source,
                    self._target,
                    show,
                    glossary=self._terms,
                    speaks=lambda: self._speaks,
                    lag_s=settings.budget.lag_s,
                )
            )

            def hear_of(stamped: Stamped) -> None:
                show(stamped.event)
                interpreter.push(stamped)

            responder = Interpret(self._loaded.language_model, self._source, self._target)
            session = await stack.enter_async_context(Session(self._loaded, responder, [hear_of], behaviour))
            decoded = stack.enter_context(closing(decode(path)))
            async with aclosing(paced(chain(decoded, [silence(round(TAIL_S * LISTEN_RATE_HZ))]))) as chunks:
                async for chunk in chunks:
                    session.hear(chunk)
            session.hear_no_more()
            await session.written()
            await interpreter.done()
            if speaker is not None:
                speaker.finish()
                await speaker.silent()
        if self._lags and not self._json:
            spread = " and ".join(f"{percentile(self._lags, share):.1f} s (p{share * 100:.0f})" for share in (0.5, 0.95))
            errors.print(f"The translation trailed the speaker by {spread}.", style="dim", highlight=False)
        if self._failed is not None:
            raise EngineError(self._failed.message)

    def _note(self, event: Event, now_s: float) -> None:
        match event:
            case Written(turn=turn, text=text):
                self._said[turn] = text
            case Translated(turn=turn, committed=committed, heard_s=heard_s, final=final):
                self._lags.append(now_s - heard_s)
                if final and committed and self._json:
                    lag_s = round(self._lags[-1], 3)
                    print_json({"text": self._said.get(turn, ""), "language": self._source, "translation": committed, "lag_s": lag_s})
            case ReplyAudio() as audio:
                self.audio.append(audio)
            case Failed() | WritingFailed():
                self._failed = event
