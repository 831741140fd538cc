"""A microphone of which nothing comes at all: muted in the system, or kept from the program, which then gets zeros."""

from __future__ import annotations

from enum import Enum

from assistant.audio import LISTEN_RATE_HZ, Samples

LONG_S = 6.0
"""So long some devices need until they give sound, a sleeping headset among them; any that works has some noise."""

SENTENCE = "Nothing comes from the microphone, not even noise: unmute it, let this program use it, or choose another one with --microphone."


class News(Enum):
    """What a block tells."""

    NOTHING = "nothing"
    UNHEARD = "unheard"
    HEARD = "heard"
    """At last."""


class Unheard:
    """Takes blocks of the microphone until the first with any sound; what comes later is not its concern."""

    def __init__(self) -> None:
        self._zeros: int | None = 0

    def push(self, block: Samples) -> News:
        """Return what is new: once that nothing is heard, and once that something is, if that was told."""
        if self._zeros is None or not block.size:
            return News.NOTHING
        before_s = self._zeros / LISTEN_RATE_HZ
        if block.any():
            self._zeros = None
            return News.HEARD if before_s >= LONG_S else News.NOTHING
        self._zeros += block.size
        return News.UNHEARD if before_s < LONG_S <= self._zeros / LISTEN_RATE_HZ else News.NOTHING
