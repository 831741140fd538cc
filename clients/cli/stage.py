"""How a talk is shown: line by line in a pipe, on the whole screen of a terminal."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from assistant.audio import Samples
from assistant.errors import InputError
from assistant.events import PlaybackDone, ReplyStopped, Stamped
from assistant.latency import Latency, Timing
from assistant.settings import Settings
from assistant.wake import WakePhrase
from clients.cli.controls import Controls
from clients.cli.stderr import errors
from clients.cli.view import Conversation, Verbose, bars
from clients.desktop.ears import Way
from clients.desktop.sound import Xruns

REFRESH_S = 0.25
"""How often the view is told of clocks that go on by themselves."""


def is_full(*, plain: bool, verbose: bool) -> bool:
    """Return whether a talk has the whole screen: where there is one, and nothing else is to be written on it."""
    from clients.terminal.tty import is_usable

    return not plain and is_usable() and not (verbose and sys.stderr.isatty())


def phrase(settings: Settings) -> WakePhrase | None:
    """Return what to wait for, if anything.

    Raises:
        InputError: it is too short or too long.
    """
    return None if settings.wake is None else WakePhrase(settings.wake)


def ways(settings: Settings, *, full: bool, interprets: bool = False) -> list[Way]:
    """Return the ways of listening that there are, the one to begin with first; the interpreter waits for no phrase.

    Raises:
        InputError: push-to-talk without keys.
    """
    if settings.push_to_talk and not full:
        raise InputError("Push-to-talk needs a terminal and its keys; leave out --plain and -v, or push_to_talk.")
    waits = settings.wake is not None and not interprets
    first = Way.PUSH if settings.push_to_talk else Way.WAKE if waits else Way.OPEN
    known = [Way.OPEN, Way.PUSH, *([Way.WAKE] if waits else [])]
    return [first, *(way for way in known if way is not first)]


class Stage:
    """What facts are shown on. It is an observer."""

    def __init__(self, *, full: bool, verbose: bool) -> None:
        self._full = full
        self._console = Console(emoji=False, highlight=False)
        self._conversation = Conversation(self._console)
        self._observers: list[Callable[[Stamped], None]] = [] if full else [self._conversation]
        self._latency = Latency(keep=2)
        if verbose:
            self._observers.append(Verbose(errors))
            if not full:
                self._observers += [self._latency, _Bars(self._latency)]
        if full:
            from clients.terminal.model import Model

            self._model = Model()
        self._refreshed_s = 0.0
        self.status = 0
        """The exit status when it is over."""

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        for observe in self._observers:
            observe(stamped)

    def add(self, observer: Callable[[Stamped], None]) -> None:
        """Tell somebody else of all facts, before they are shown."""
        self._observers.insert(0, observer)

    def time(self, timing: Timing) -> None:
        """Take what a turn took from somebody who knows better than the facts."""
        if self._full:
            self._model.time(timing)
        elif timing.turn in self._latency.turns:
            self._latency.turns[timing.turn] = timing

    def label(self, who: str) -> None:
        """Say who is heard now."""
        if self._full:
            self._model.listen_to(who)
        else:
            self._conversation.you = who

    def tell(self, sentence: str) -> None:
        """Say something that is not part of the conversation."""
        if self._full:
            self._model.note(sentence, asyncio.get_running_loop().time())
        else:
            self._console.print(sentence, style="dim", markup=False, soft_wrap=True)

    def mute(self, why: str) -> None:
        """There is no sound, and that is to be seen until there is some again."""
        if self._full:
            self._model.silent = why
        else:
            self.tell(why)

    def unmute(self, sentence: str) -> None:
        """There is sound again."""
        if self._full:
            self._model.silent = ""
        self.tell(sentence)

    def count(self, xruns: Xruns) -> None:
        """Show how often sound was lost so far."""
        if self._full:
            self._model.xruns = xruns.overflows + xruns.underflows

    def last(self, sentence: str) -> None:
        """Say something when the talk is over."""
        self._console.print(sentence, style="dim", markup=False, soft_wrap=True)

    @contextmanager
    def open(self, controls: Controls) -> Iterator[None]:
        """Show the talk that `controls` belong to."""
        if not self._full:
            self.tell("Speak; Ctrl-C ends.")
            try:
                yield
            finally:
                if self._console.is_terminal:
                    self._console.print()  # so that the prompt does not stand behind words that were tentative
            return
        from clients.terminal.full_screen import FullScreen

        self._controls = controls
        controls.show_on(self._model)
        with FullScreen(self._model, controls.do, colours=not os.environ.get("NO_COLOR")) as screen:
            self._observers.append(screen)
            yield
        if screen.ended_by is not None:
            self.status = 128 + screen.ended_by

    def hear(self, block: Samples) -> None:
        """Take what the microphone gave, for its meter."""
        if self._full:
            self._model.hear(block)
            now_s = asyncio.get_running_loop().time()
            if now_s - self._refreshed_s >= REFRESH_S:
                self._refreshed_s = now_s
                self._controls.refresh()


class _Bars:
    """An observer that shows each turn's stages once its reply was played, or stopped."""

    def __init__(self, latency: Latency) -> None:
        self._latency = latency
        self._shown = 0

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        turn = stamped.event.turn
        if isinstance(stamped.event, PlaybackDone | ReplyStopped) and self._shown < turn and turn in self._latency.turns:
            self._shown = turn
            errors.print(bars(self._latency.turns[turn]))
