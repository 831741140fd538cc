"""Half-duplex: while something is to be heard from the speaker, the microphone gives silence."""

from __future__ import annotations

import math

from assistant.audio import Samples, silence

ROOM_S = 0.15
"""Seconds that a living room goes on sounding loud enough to be taken for speech."""


class HalfDuplex:
    """Decides for each block of the microphone; the time comes in as an argument."""

    def __init__(self, hangover_s: float) -> None:
        """Begin with an open microphone.

        Args:
            hangover_s: how long after the last sound blocks still hold it: the microphone's latency and the room's.
        """
        self._hangover_s = hangover_s
        self._muted_until_s = -math.inf

    def push(self, block: Samples, *, sounding: bool, now_s: float) -> Samples:
        """Return the block, or silence of its length.

        Args:
            block: what the microphone gave.
            sounding: whether the speaker is to be heard now.
            now_s: on a clock that only goes forward.
        """
        if sounding:
            self._muted_until_s = now_s + self._hangover_s
        return silence(block.size) if now_s < self._muted_until_s or sounding else block
