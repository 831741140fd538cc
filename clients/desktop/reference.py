"""What the speaker was given, at the pace of the microphone: two devices, two clocks, one time."""

from __future__ import annotations

from math import inf

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from clients.desktop.varispeed import Varispeed

SPARE_S = 0.01
"""Of the speaker's samples always left after a read: so much later may its next block come."""

LOOK_S = 4.0
"""How often the pace is set, in seconds: in less, the blocks of the two devices do not meet in every order."""

SETTLE_S, MOST = 10.0, 1e-3
"""A surplus is used up within so long; the pace differs by no more from 1 than clocks do."""

FREE_S = 0.02
"""A surplus that is left alone: a block of the speaker makes as much, and each change of pace is a change of the room for who learns it."""

JUMP_S = 0.1
"""A larger surplus is left out at once: the microphone has lost sound."""


class Reference:
    """Pairs the speaker's samples with the microphone's, 16 kHz both; what is paired stays so, but for a drift of microseconds a second."""

    def __init__(self) -> None:
        self._line = Varispeed()
        self._begun = False
        self._least, self._read = inf, 0  # since the pace was set
        self.pace = 1.0
        """Samples of the speaker for one of the microphone."""
        self._clock = 1.0  # the same, without what a surplus takes
        self.gaps = 0
        """Times that the speaker's samples came too late."""

    @property
    def lead_s(self) -> float:
        """How much was written and is not read."""
        return self._line.waiting / LISTEN_RATE_HZ

    def write(self, samples: Samples) -> None:
        """Take what the speaker was given."""
        if not self._begun and samples.size:
            self._begun = True
            self._line.write(silence(round(SPARE_S * LISTEN_RATE_HZ)))
        self._line.write(samples)

    def read(self, count: int) -> Samples:
        """Return what belongs to the next `count` samples of the microphone; silence where it is late, and then all else is later, too."""
        if not self._begun:
            return silence(count)
        if missing := self._line.missing(count, self.pace):
            self.gaps += 1
            self._line.write(silence(missing))
        samples = self._line.read(count, self.pace)
        self._least = min(self._least, self._line.waiting / LISTEN_RATE_HZ)
        self._read += count
        if self._read >= LOOK_S * LISTEN_RATE_HZ:
            self._set_pace()
        return samples

    def follow(self, faster: float) -> None:
        """The speaker's clock runs so much faster than was thought (negative: slower), as a share of the microphone's."""
        clock = max(1 - MOST, min(1 + MOST, self._clock + faster))
        self.pace += clock - self._clock
        self._clock = clock

    def wait(self, seconds: float) -> None:
        """Be so much later: the echo comes later than a canceller looks."""
        self._line.wait(round(seconds * LISTEN_RATE_HZ))

    def _set_pace(self) -> None:
        surplus_s = self._least - SPARE_S
        if surplus_s > JUMP_S:
            self._line.skip(surplus_s * LISTEN_RATE_HZ)
            surplus_s = 0.0
        beyond_s = max(0.0, surplus_s - FREE_S) + min(0.0, surplus_s + SPARE_S / 2)
        self.pace = self._clock + max(-MOST, min(MOST, beyond_s / SETTLE_S))
        self._least, self._read = inf, 0
