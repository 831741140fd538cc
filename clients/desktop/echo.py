"""The echo canceller: what the microphone hears, without what the speaker plays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Rechunker, Samples, silence
from clients.desktop.delay import DelayTracker
from clients.desktop.linear import BLOCK_SAMPLES, PlacedCanceller
from clients.desktop.reference import FREE_S, SPARE_S, Reference
from clients.desktop.suppressor import Suppressor

AT_ONCE = 10
"""Blocks for which the delay counts as one; more come together when the program stood still."""

LEAST_S, MOST_S = 0.004, 0.4
"""Between these the echo must trail the reference: a filter takes nothing away that comes before it begins."""

BELIEVED = 3
"""Measurements, a quarter of a second apart, that must agree before anything is shifted: a shift costs a second of learning."""

SURE, STEADY = 3.0, 1e-6
"""A drift is followed from so many of its standard errors on, and beyond a millionth."""

MOST_HELD_S = 0.1
"""The microphone is not held back further when so much is held: there is something else wrong."""

ROOM_S = 0.3
"""The echo may go on for so long after the speaker has fallen silent."""

GONE_S = MOST_S + 2 * ROOM_S
"""When the speaker has been silent for so long, nothing of it is to be heard, and the microphone is passed on as it is."""

AUDIBLE = 1e-3
"""Peak of the speaker's signal that can be heard again: -60 dB."""

UNCANCELLED = 0.01
"""Share of an echo's power that may be left once the room is known."""

LEARNT_S, MOST_LEARNT_S = 1.5, 2.5
"""The speaker's sound that it takes to know a room, at least and at most: of the first second some is left that is taken for speech."""

INAUDIBLE = 1e-6
"""Power of what is left that nobody takes for speech: -60 dB."""

JUDGED_S = 0.4
"""Sound by which that is judged."""


def missing() -> str | None:
    """Return why this machine can neither suppress noise nor control the gain; None if it can."""
    try:
        import pywebrtc_audio  # noqa: F401 - whether it loads
    except (ImportError, OSError) as error:
        return " ".join(str(error).split())
    return None


class EchoCanceller:
    """Takes what is played and what is heard, 16 kHz both, in blocks of any length. Owned by one thread.

    Until it knows the room, for the first two seconds of the speaker's sound, it gives silence while that is to be heard.
    """

    def __init__(self, latency_s: float = 0.0, *, noise_suppression: bool = False, gain_control: bool = False) -> None:
        """Know nothing of the room.

        Args:
            latency_s: what lies between a sample that is played and the same one heard, at least; as the devices tell it.
            noise_suppression: take steady noise away, too (12 dB); WebRTC's.
            gain_control: bring speech to one level; WebRTC's.

        Raises:
            ImportError: one of these is wanted, and the package pywebrtc-audio is missing or does not fit this machine.
        """
        self._polish = _polish(noise_suppression=noise_suppression, gain_control=gain_control)
        self._placed, self._suppressor = PlacedCanceller(), Suppressor()
        self._reference, self._tracker = Reference(), DelayTracker()
        self._frames, self._ready = Rechunker(BLOCK_SAMPLES), silence(0)
        self._held = silence(round(max(0.0, SPARE_S + FREE_S + LEAST_S - latency_s) * LISTEN_RATE_HZ))
        self._doubts: list[float] = []
        self._found_s: float | None = None  # the newest delay, and the newest that a second one confirmed
        self._delay_s: float | None = None
        self._silent_s = GONE_S
        self._learnt_s = 0.0
        self._judged_s, self._echo, self._left = 0.0, 0.0, 0.0
        self.settled = False
        """Whether the canceller knows the room."""

    @property
    def delay_s(self) -> float | None:
        """From a sample that is played to the same one heard; None before it was measured."""
        delay_s = self._tracker.delay_s
        return None if delay_s is None else delay_s + self._reference.lead_s - self._held.size / LISTEN_RATE_HZ

    @property
    def held_s(self) -> float:
        """How much later the microphone's samples come out."""
        return self._held.size / LISTEN_RATE_HZ

    @property
    def drift_ppm(self) -> float:
        """How much faster than the microphone's clock the speaker's runs, in millionths, as far as that was noticed."""
        return (self._reference.pace - 1.0) * 1e6

    @property
    def gaps(self) -> int:
        """Times that the speaker's samples came too late to be paired."""
        return self._reference.gaps

    def played(self, samples: Samples) -> None:
        """Take what the speaker was given since the last time, silence too; before the `push` of what was heard meanwhile."""
        self._reference.write(samples)

    def push(self, heard: Samples) -> Samples:
        """Return as many samples of what the microphone heard, without the echo: what it heard some 8 ms before, 16 at most."""
        joined = np.concatenate([self._held, heard])
        now, self._held = joined[: heard.size], joined[heard.size :]
        frames = self._frames.push(now)
        pieces = [np.concatenate(frames[at : at + AT_ONCE]) for at in range(0, len(frames), AT_ONCE)]
        clean = np.concatenate([self._ready, *(self._push(near) for near in pieces)])
        # Whoever takes chunks waits a whole block of the microphone for what a block lacks: rather all of it is a little later.
        clean = np.concatenate([silence(max(0, heard.size - clean.size)), clean])
        self._ready = clean[heard.size :]
        return clean[: heard.size]

    def _push(self, near: Samples) -> Samples:
        far = self._reference.read(near.size)
        if (delay_s := self._tracker.push(far, near)) is not None:
            if self._found_s is None or abs(delay_s - self._found_s) < LEAST_S:
                self._delay_s = delay_s
            self._found_s = delay_s
            self._align(delay_s)
            self._follow()
        blocks = [slice(at, at + BLOCK_SAMPLES) for at in range(0, near.size, BLOCK_SAMPLES)]
        clean = np.concatenate([self._take(far[block], near[block]) for block in blocks])
        return self._polish(clean)

    def _take(self, far: Samples, near: Samples) -> Samples:
        """Return the block before `near`, 8 ms each, without the echo."""
        self._silent_s = 0.0 if float(np.max(np.abs(far))) > AUDIBLE else self._silent_s + BLOCK_SAMPLES / LISTEN_RATE_HZ
        if self._silent_s > GONE_S:
            self._placed.rest()
            return self._suppressor.rest(near)
        begun = self._placed.begun
        left = self._placed.push(far, near, self._delay_s if self._delay_s is not None and self._delay_s >= LEAST_S else None)
        if self._placed.begun != begun:
            self.settled, self._learnt_s = False, 0.0
        return self._open(near, self._suppressor.push(left, near - left))

    def _align(self, delay_s: float) -> None:
        """Keep the echo behind the reference, and within the canceller's reach; what was measured `BELIEVED` times in a row is believed."""
        if LEAST_S <= delay_s <= MOST_S:
            self._doubts.clear()
            return
        self._doubts = [doubt for doubt in self._doubts if abs(doubt - delay_s) < LEAST_S] + [delay_s]
        if len(self._doubts) < BELIEVED:
            return
        self._doubts.clear()
        self._tracker.forget()
        self._found_s = self._delay_s = None
        if delay_s > MOST_S:
            self._reference.wait(delay_s - MOST_S / 2)
        elif self.held_s < MOST_HELD_S:
            self._held = np.concatenate([silence(round((2 * LEAST_S - delay_s) * LISTEN_RATE_HZ)), self._held])

    def _follow(self) -> None:
        """Read the reference by the microphone's clock: a filter that must follow a drift of 100 ppm takes 10 dB less of the echo away."""
        drift = self._tracker.drift()
        if drift is not None and abs(drift[0]) > SURE * drift[1] + STEADY:
            self._reference.follow(-drift[0])
            self._tracker.straighten(drift[0])

    def _open(self, near: Samples, clean: Samples) -> Samples:
        """Return what is left of the microphone, or silence while the room is being learnt."""
        if self.settled or self._silent_s > ROOM_S:
            return clean
        seconds = near.size / LISTEN_RATE_HZ
        self._learnt_s += seconds
        self._judged_s += seconds
        self._echo += float(near @ near)
        self._left += float(clean @ clean)
        if self._judged_s >= JUDGED_S:
            inaudible = self._left < INAUDIBLE * self._judged_s * LISTEN_RATE_HZ
            cancelled = inaudible or self._left < UNCANCELLED * self._echo
            self.settled = self._learnt_s >= (LEARNT_S if cancelled else MOST_LEARNT_S)
            self._judged_s = self._echo = self._left = 0.0
        return silence(clean.size)


def _polish(*, noise_suppression: bool, gain_control: bool) -> Callable[[Samples], Samples]:
    """Return what does that to whole blocks; nothing, where neither is wanted."""
    if not (noise_suppression or gain_control):
        return lambda samples: samples
    from pywebrtc_audio import AudioProcessor

    return AudioProcessor(sample_rate=LISTEN_RATE_HZ, noise_suppression=noise_suppression, auto_gain_control=gain_control).process
