"""`parley talk --interpret`: one machine between two people; what each says is written in the other's language meanwhile, and spoken after it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial

from assistant.attention import Attention
from assistant.either import Either, Rated
from assistant.engines import Engines
from assistant.events import (
    Event,
    Interrupted,
    Partial,
    PassBegun,
    PlaybackDone,
    PlaybackStarted,
    ReplyAudio,
    ReplyStopped,
    SpeechPaused,
    SpeechResumed,
    Stamped,
    WritingFailed,
    Written,
)
from assistant.interpret import LANGUAGES, Interpret, check_direction
from assistant.interpreter import Interpreter
from assistant.primed import primed
from assistant.session import Session
from assistant.settings import Settings
from assistant.turns import Policy
from clients.cli.controls import Controls
from clients.cli.hearing import half_duplex, hear, whole
from clients.cli.mouth import Mouth
from clients.cli.running import glossary, manners
from clients.cli.stage import Stage
from clients.cli.talk import held
from clients.cli.translations import Translations
from clients.desktop.devices import Choice
from clients.desktop.ears import Ears, Way
from clients.desktop.sound import Sound
from clients.terminal.state import Status

POLICY = Policy(interrupts=False, answers=False, anticipates=False)
"""Nobody is answered. Nobody is anticipated, either: so the ends of utterances depend on the sound alone, and are the same in both languages."""


async def interpreting(
    loaded: Engines, settings: Settings, heard_by: Choice, spoken_by: Choice, languages: tuple[str, str], stage: Stage, possible: list[Way]
) -> None:
    """Interpret until somebody quits.

    Raises:
        InputError: a device cannot be opened.
    """
    async with AsyncExitStack() as stack:
        between = _Between(loaded, settings, languages, stage)
        await between.enter(stack)
        sound = stack.enter_context(
            Sound(
                heard_by, spoken_by, loaded.voices[languages[0]].sample_rate_hz, started=between.started, drained=between.drained,
                cut=lambda _: between.cut(), gone=stage.mute, back=stage.unmute,
                clean=lambda microphone, speaker: whole if settings.interrupts else half_duplex(microphone, speaker),
            )
        )  # fmt: skip
        between.mouth.use(sound)
        now_s = asyncio.get_running_loop().time
        ears = Ears(possible[0], sound.latency_s)
        controls = Controls(
            ears, Attention(stage, 0.0), possible, interrupt=between.stop, change=between.change, now_s=now_s,
            status=Status("interpreter", " ⇄ ".join(LANGUAGES[language] for language in languages)),
        )  # fmt: skip
        await hear(sound, ears, stage, controls, list(between.sessions.values()))


class _Between:
    """A session that listens in each language, and an interpreter out of each."""

    def __init__(self, loaded: Engines, settings: Settings, languages: tuple[str, str], stage: Stage) -> None:
        for source, target in (languages, languages[::-1]):
            check_direction(source, target)
        self._settings, self._languages, self._stage = settings, languages, stage
        self._terms = glossary(settings)
        loaded = primed(loaded, self._terms)
        self._rated = {language: Rated(loaded.recognizers[language]) for language in languages}
        self._engines = replace(loaded, recognizers=self._rated)
        self._either = Either(languages, lambda language, text: self._rated[language].probability(text), self._chosen)
        self._clock = asyncio.get_running_loop().time
        self._manners = {
            language: manners(settings, listens=language, speaks=None, policy=POLICY) for language in languages
        }  # fmt: skip
        self._spoken: set[int] = set()
        self._translations = Translations(self._show, at_once=bool(settings.interrupts))
        self.mouth = Mouth()

    async def enter(self, stack: AsyncExitStack) -> None:
        """Begin."""
        self._interpreters: dict[str, Interpreter] = {}
        self.sessions: dict[str, Session] = {}
        for source, target in (self._languages, self._languages[::-1]):
            show, lag_s = partial(self._translations.push, source), self._settings.budget.lag_s
            interpreter = Interpreter(
                self._engines, source, target, show, glossary=self._terms, whole=not self._translations.at_once, lag_s=lag_s
            )
            self._interpreters[source] = await stack.enter_async_context(interpreter)
            responder = Interpret(self._engines.language_model, source, target)
            session = Session(self._engines, responder, [partial(self._hear, source)], self._manners[source])
            self.sessions[source] = await stack.enter_async_context(session)

    def change(self, way: Way) -> None:
        """Listen in another way."""
        for language, session in self.sessions.items():
            session.behave(held(self._manners[language]) if way is Way.PUSH else self._manners[language])

    def stop(self) -> None:
        """Stop what is being spoken."""
        for turn in sorted(self._spoken):
            self._show(ReplyStopped(turn, ""))
        self._spoken.clear()

    def cut(self) -> None:
        """There is no sound any more, neither way."""
        self.stop()
        for session in self.sessions.values():
            session.discard()

    def started(self) -> None:
        """The speaker plays."""
        for turn in sorted(self._spoken):
            self._show(PlaybackStarted(turn))

    def drained(self) -> None:
        """The speaker has played all."""
        for turn in sorted(self._spoken):
            self._show(PlaybackDone(turn))
        self._spoken.clear()

    def _hear(self, language: str, stamped: Stamped) -> None:
        """Take the next fact of one session; while it is clear whose language is spoken, its interpreter follows."""
        self._either.push(language, stamped)
        turn = stamped.event.turn
        match stamped.event:
            case PassBegun():
                self._interpreters[language].push(stamped)
            case Partial() | SpeechPaused() | SpeechResumed() if self._either.known(turn) == language:
                self._translations.begin(turn, language)
                self._interpreters[language].push(stamped)
            case Interrupted():
                self._translations.drop(turn)
                self._interpreters[language].push(stamped)

    def _chosen(self, language: str, stamped: Stamped) -> None:
        self._stage.label(language)
        self._stage(stamped)
        event, turn = stamped.event, stamped.event.turn
        if not isinstance(event, Written | WritingFailed):
            return
        begun, said = self._translations.source(turn), isinstance(event, Written) and bool(event.text)
        if begun and not (said and begun == language):
            self._interpreters[begun].push(Stamped(stamped.at_s, Interrupted(turn)))
        if said:
            self._translations.end(turn, language)
            self._interpreters[language].push(stamped)
        else:
            self._translations.drop(turn)

    def _show(self, event: Event) -> None:
        if isinstance(event, ReplyAudio):
            self._spoken.add(event.turn)
        stamped = Stamped(self._clock(), event)
        self.mouth(stamped)
        self._stage(stamped)
