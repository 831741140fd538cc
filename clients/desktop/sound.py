"""The sound of a talk: a microphone and a speaker, opened together, and opened anew when one of them was gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType

from assistant.audio import Samples, silence
from assistant.errors import InputError
from clients.desktop.defaults import DefaultWatch, stays
from clients.desktop.devices import LATENCY_S, LOOK_S, Choice, DeviceGone, Kind, restart
from clients.desktop.microphone import Microphone
from clients.desktop.speaker import Speaker

TRY_S = 2.0
"""How often devices that are gone are looked for, in seconds: each time PortAudio asks all drivers."""

MOST_LATENCY_S = 0.12
"""More than this helps nobody: what is too late then has other reasons."""

LATE = 2
"""Xruns, since the devices were opened, after which their drivers may hold twice as much: one comes on every machine, of opening them."""

Clean = Callable[[Samples], Samples]
"""Takes a block of the microphone; returns what of it is to be heard."""


@dataclass(frozen=True, slots=True)
class Xruns:
    """Times that sound was lost because one side was too late."""

    overflows: int = 0
    """Of the microphone."""
    underflows: int = 0
    """Of the speaker."""

    def __str__(self) -> str:
        return (
            f"Sound was cut: xruns of the microphone {self.overflows}, of the speaker {self.underflows}; end what else needs the processor."
        )


class Sound:
    """Runs inside `with`; each step of the iterator gives what was heard since the one before, after a quarter of a second at the latest.

    While a device is gone it gives nothing, and what is played is lost. A machine that is too slow for what the drivers hold is
    noticed by its xruns; then they are opened anew, in a pause, to hold more.
    """

    def __init__(
        self,
        microphone: Choice,
        speaker: Choice,
        rate_hz: int,
        *,
        started: Callable[[], None],
        drained: Callable[[], None],
        cut: Callable[[float], None],
        gone: Callable[[str], None],
        back: Callable[[str], None],
        clean: Callable[[Microphone, Speaker], Clean],
    ) -> None:
        """Prepare; entering opens the devices.

        Args:
            microphone: the one to begin with, and how to find it again.
            speaker: the same.
            rate_hz: the rate to ask the speaker for.
            started: as for a `Speaker`.
            drained: as for a `Speaker`.
            cut: is told when the speaker fell silent, on the loop's clock, because it is gone or the process was stopped: what was
                to follow will not be heard.
            gone: is told in a sentence that there is no sound, and why.
            back: is told in a sentence that there is some again.
            clean: makes what keeps the speaker's own sound out of the microphone's blocks, each time that they are opened, and after
                a stop.
        """
        self._hears, self._plays, self._rate_hz = microphone, speaker, rate_hz
        self._started, self._drained, self._cut, self._gone, self._back = started, drained, cut, gone, back
        self._make_clean = clean
        self._loop = asyncio.get_running_loop()
        self._open, self._watching = ExitStack(), ExitStack()
        self._watch: DefaultWatch | None = None
        self._speaker: Speaker | None = None
        self._microphone: Microphone | None = None
        self._level, self._due_s = 1.0, 0.0
        self._before = Xruns()  # of devices that were closed
        self._latency_s = LATENCY_S

    def __enter__(self) -> Sound:
        self._open_both()
        if any(choice.wanted is None and stays(choice.device) for choice in (self._hears, self._plays)):
            self._watch = self._watching.enter_context(DefaultWatch())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()
        self._watching.close()

    # --- the speaker -----------------------------------------------------------------------------------------------------

    @property
    def level(self) -> float:
        """How loud, in [0, 1]."""
        return self._level

    @level.setter
    def level(self, level: float) -> None:
        self._level = level
        if self._speaker is not None:
            self._speaker.level = level

    @property
    def sounding(self) -> bool:
        """Whether something is to be heard, now or soon."""
        return self._speaker is not None and self._speaker.sounding

    def play(self, samples: Samples, rate_hz: int) -> None:
        """Queue samples behind what is there."""
        if self._speaker is not None:
            self._speaker.play(samples, rate_hz)

    def finish(self) -> None:
        """There will be no more for now."""
        if self._speaker is not None:
            self._speaker.finish()

    def clear(self) -> None:
        """Forget what is not played yet."""
        if self._speaker is not None:
            self._speaker.clear()

    # --- the microphone ----------------------------------------------------------------------------------------------------

    @property
    def latency_s(self) -> float:
        """The microphone's; 0 while there is none."""
        return self._microphone.latency_s if self._microphone is not None else 0.0

    @property
    def xruns(self) -> Xruns:
        """All so far."""
        heard, played = self._microphone, self._speaker
        return Xruns(
            self._before.overflows + (heard.overflows if heard else 0), self._before.underflows + (played.underflows if played else 0)
        )

    def __aiter__(self) -> Sound:
        return self

    async def __anext__(self) -> Samples:
        """Return what was heard since the last step; nothing if there was nothing to be heard."""
        if self._microphone is None or self._speaker is None:
            await asyncio.sleep(LOOK_S)
            self._try_again()
            return silence(0)
        if other := self._other_default():
            self._lose(other, self._loop.time())
            return silence(0)
        try:
            block = await anext(self._microphone)
            fell_silent_s = self._speaker.check()
        except DeviceGone as error:
            self._lose(self._choice(error.kind), self._speaker.alive_s)
            return silence(0)
        if fell_silent_s is not None:
            self._clean = self._make_clean(self._microphone, self._speaker)  # what was played and what was heard go together no longer
            if self._speaker.sounding:
                self._speaker.clear()
                self._cut(fell_silent_s)
        if self._late() and not self._speaker.sounding and self._latency_s < MOST_LATENCY_S:
            self._hold_more()
        return block

    def clean(self, block: Samples) -> Samples:
        """Return what of a block is to be heard."""
        return self._clean(block)

    # --- their life --------------------------------------------------------------------------------------------------------

    def _open_both(self) -> None:
        with ExitStack() as stack:
            speaker = stack.enter_context(
                Speaker(self._plays.device, self._rate_hz, latency_s=self._latency_s, started=self._started, drained=self._drained)
            )
            microphone = stack.enter_context(Microphone(self._hears.device, latency_s=self._latency_s))
            self._clean = self._make_clean(microphone, speaker)
            self._open = stack.pop_all()
        self._microphone, self._speaker = microphone, speaker
        speaker.level = self._level

    def _close(self) -> None:
        self._before = self.xruns
        self._microphone = self._speaker = None
        self._open.close()

    def _late(self) -> bool:
        now, before = self.xruns, self._before
        return now.overflows + now.underflows >= before.overflows + before.underflows + LATE

    def _hold_more(self) -> None:
        self._latency_s = min(2 * self._latency_s, MOST_LATENCY_S)
        self._close()
        try:
            self._open_both()
        except InputError as error:
            self._gone(str(error))

    def _lose(self, choice: Choice, fell_silent_s: float) -> None:
        """Be without sound, unless the devices can be opened again at once."""
        self._close()
        self._cut(fell_silent_s)
        kind, name = choice.kind, choice.device.name
        if self._loop.time() >= self._due_s and self._reopened():
            now = self._choice(kind).device.name
            same = f"The {kind} {name!r} stopped, and was opened again."
            self._back(same if now == name else f"The {kind} is now {now!r} instead of {name!r}.")
        else:
            remedy = "connect it again, or another one" if choice.wanted is None else "connect it again"
            self._gone(f"The {kind} {name!r} is gone; {remedy}, and Parley goes on.")

    def _choice(self, kind: Kind) -> Choice:
        return self._hears if kind == "microphone" else self._plays

    def _other_default(self) -> Choice | None:
        """Return which of the devices is no longer the system's choice, and should be."""
        if self._watch is None:
            return None
        names = ((choice, self._watch.name(choice.kind)) for choice in (self._hears, self._plays) if choice.wanted is None)
        return next((choice for choice, name in names if name not in (None, choice.device.name)), None)

    def _try_again(self) -> None:
        if self._loop.time() >= self._due_s and self._reopened():
            self._back(f"There is sound again: microphone {self._hears.device.name!r}, speaker {self._plays.device.name!r}.")

    def _reopened(self) -> bool:
        self._due_s = self._loop.time() + TRY_S
        try:
            restart()
            self._hears, self._plays = self._hears.again(), self._plays.again()
            self._open_both()
            if self._watch is not None:
                self._watch.forget()
        except InputError:
            return False
        return True
