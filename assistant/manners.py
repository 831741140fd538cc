"""How a session behaves, and the one timer that keeps it from waiting for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from assistant.endpoint import EndpointTiming
from assistant.patience import Waits
from assistant.turns import Mode, Policy

LATE_S = 2.0
"""A timer that goes off so late does so because the process was stopped meanwhile."""


@dataclass(frozen=True)
class Manners:
    """How a session behaves. Seconds."""

    listens: str = "en"
    """The language that is recognised."""
    speaks: str | None = "en"
    """The language that is spoken; None for text only."""
    aloud: bool = True
    """Replies are spoken; a request for one may say otherwise."""
    policy: Policy = field(default_factory=Policy)
    hears_itself: bool = False
    """The microphone may hear the speaker: what is understood to be the reply's own words is no speech."""
    endpoint: EndpointTiming = field(default_factory=EndpointTiming)
    waits: Waits = field(default_factory=Waits)
    overlap_s: float = 1.5
    """The longest that a reply stays ducked."""
    quiet_s: float = 5.0
    """No audio at all for so long ends an utterance, and a reply nobody reports as played."""
    reply_s: float = 20.0
    """The longest wait for the next part of a reply."""

    def speaking(self, language: str | None) -> Manners:
        """Return the same manners with another spoken language."""
        return replace(self, speaks=language)


class Timers:
    """One timer, set for the mode that is on; when it runs out, `run_out` ends the wait."""

    def __init__(self, manners: Manners, run_out: Callable[[Mode], None]) -> None:
        self.manners, self._run_out = manners, run_out
        self._handle: asyncio.TimerHandle | None = None
        self._due_s = 0.0
        self._mode = Mode.LISTENING

    def arm(self, mode: Mode, left_s: float) -> None:
        """Set the timer after a fact; `left_s` is the audio still to be played."""
        if mode is Mode.OVERLAP and self._mode is Mode.OVERLAP:
            return  # what the reply goes on saying must not prolong the overlap
        match mode:
            case Mode.LISTENING:
                self.cancel()
            case Mode.HEARING | Mode.DRAFTING:
                self._set(mode, self.manners.quiet_s)
            case Mode.OVERLAP:
                self._set(mode, self.manners.overlap_s)
            case Mode.THINKING:
                self._set(mode, 2 * self.manners.reply_s)
            case Mode.SPEAKING:
                self._set(mode, max(left_s, 0.0) + self.manners.quiet_s)

    def heard(self, mode: Mode) -> None:
        """Audio came: an utterance may go on."""
        if mode in (Mode.HEARING, Mode.DRAFTING):
            self._set(mode, self.manners.quiet_s)

    def cancel(self) -> None:
        """Wait for nothing."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle, self._mode = None, Mode.LISTENING

    def _set(self, mode: Mode, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time() + seconds
        if self._handle is None or self._handle.when() > due_s:
            self.cancel()
            self._handle = loop.call_at(due_s, self._look)
        # Audio postpones the end all the time; a handle that is due before then stays, and looks again.
        self._mode, self._due_s = mode, due_s

    def _look(self) -> None:
        early, self._handle = self._handle, None
        now_s = asyncio.get_running_loop().time()
        if early is not None and now_s - early.when() > LATE_S:  # the process was stopped: what is waited for may be about to come
            self._due_s = max(self._due_s, now_s + LATE_S)
        if early is not None and early.when() < self._due_s:
            self._handle = asyncio.get_running_loop().call_at(self._due_s, self._look)
        else:
            self._run_out(self._mode)
