"""When somebody speaks and when they have finished: speech probabilities in, changes out; its clock is the audio."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from assistant.audio import CHUNK_S
from assistant.patience import Patience, Waits


class Kind(Enum):
    """What changed; the session makes the fact of the same name from it."""

    STARTED = "started"
    CONFIRMED = "confirmed"
    PAUSED = "paused"
    RESUMED = "resumed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Change:
    """`kind` happened at `at_s` seconds into the audio; for PAUSED and ENDED that is where speech ended."""

    kind: Kind
    at_s: float


@dataclass(frozen=True, slots=True)
class EndpointTiming:
    """The hysteresis of one stream; probabilities in [0, 1], seconds otherwise. How long it waits for an end, `Waits` says."""

    enter: float = 0.5
    """Speech probability from which a chunk begins or continues speech."""
    leave: float = 0.35
    """Below this a chunk is silence; between the two, nothing changes (Silero's own pair of thresholds)."""
    confirm_s: float = 0.16
    """Speech that counts: longer than a click or a cough, shorter than "yes"."""
    pause_s: float = 0.15
    """Silence after which an answer is drafted: longer than the gap inside most words and phrases."""

    def __post_init__(self) -> None:
        if not 0 <= self.leave <= self.enter <= 1:
            raise ValueError(f"The thresholds must satisfy 0 <= leave <= enter <= 1, not leave {self.leave:g} and enter {self.enter:g}.")
        if self.pause_s <= 0:
            raise ValueError(f"The pause must be longer than 0, not {self.pause_s:g} s.")


class _Phase(Enum):
    SILENT = "silent"
    RISING = "rising"
    SPEAKING = "speaking"
    PAUSED = "paused"
    READY = "ready"
    """Paused, and an answer waits to be given."""


_SILENT_INSIDE = (_Phase.PAUSED, _Phase.READY)


class Endpointer:
    """Judges one stream chunk by chunk. Hysteresis after silero's `VADIterator`, with a draft point before the endpoint."""

    def __init__(self, timing: EndpointTiming | None = None, waits: Waits | None = None) -> None:
        self._timing = timing or EndpointTiming()
        self._patience = Patience(waits)
        self._phase = _Phase.SILENT
        self._heard = 0  # chunks; an integer, so that an hour of audio does not drift
        self._onset = 0
        self._speech_end = 0
        self._ended = 0
        self._complete: float | None = None

    @property
    def active(self) -> bool:
        """Whether something that may be speech is under way."""
        return self._phase is not _Phase.SILENT

    def push(self, probability: float) -> list[Change]:
        """Judge the next chunk (32 ms) and return what it changed, oldest first."""
        start, self._heard = self._heard, self._heard + 1
        rising = self._phase is _Phase.SILENT or self._phase in _SILENT_INSIDE
        speech = probability >= (self._timing.enter if rising else self._timing.leave)
        return self._speech(start) if speech else self._silence()

    def expect(self, complete: float) -> list[Change]:
        """Take the probability that the words up to this silence are all; return what that changes."""
        self._complete = complete
        return self._end_if_due()

    def ready(self) -> list[Change]:
        """An answer to the words up to this silence is ready, or none is being drafted; return what that changes."""
        if self._phase is _Phase.PAUSED:
            self._phase = _Phase.READY
        return self._end_if_due()

    def behave(self, timing: EndpointTiming, waits: Waits) -> None:
        """Judge by other rules from now on; what was learned of the speaker stays."""
        self._timing = timing
        self._patience.behave(waits)

    def finish(self) -> list[Change]:
        """The audio is over: what is being said ends here."""
        return [self._end()] if self._phase is _Phase.SPEAKING or self._phase in _SILENT_INSIDE else []

    def over(self) -> list[Change]:
        """Return what is over of the speech under way, or of the last one, once more: for whom it was nothing at first."""
        pause = self._change(Kind.PAUSED, self._speech_end)
        if self._phase is _Phase.RISING:
            self._phase = _Phase.SPEAKING  # the same utterance goes on, if only by a click: its end will come
        if self._phase in _SILENT_INSIDE:
            return [pause]
        return [] if self.active else [pause, self._change(Kind.ENDED, self._speech_end)]

    def went_on(self) -> None:
        """The speech under way belongs to the utterance that had been ended: learn from the mistake."""
        self._patience.mistook((self._onset - self._ended) * CHUNK_S)

    def _speech(self, start: int) -> list[Change]:
        changes = []
        if self._phase is _Phase.SILENT:
            self._phase, self._onset = _Phase.RISING, start
            changes.append(self._change(Kind.STARTED, start))
        if self._phase is _Phase.RISING and (self._heard - self._onset) * CHUNK_S >= self._timing.confirm_s:
            self._phase = _Phase.SPEAKING
            changes.append(self._change(Kind.CONFIRMED, self._onset))
        elif self._phase in _SILENT_INSIDE:
            self._patience.learn((start - self._speech_end) * CHUNK_S)
            self._phase = _Phase.SPEAKING
            changes.append(self._change(Kind.RESUMED, start))
        self._speech_end, self._complete = self._heard, None
        return changes

    def _silence(self) -> list[Change]:
        changes = []
        paused = self._silent_s >= self._timing.pause_s
        if self._phase is _Phase.RISING and paused:
            self._phase = _Phase.SILENT  # a blip: nobody was told more than that it might be speech
        if self._phase is _Phase.SPEAKING and paused:
            self._phase = _Phase.PAUSED
            changes.append(self._change(Kind.PAUSED, self._speech_end))
        return changes + self._end_if_due()

    def _end_if_due(self) -> list[Change]:
        wait_s = self._patience.wait_s(self._complete)
        if self._phase is _Phase.PAUSED:
            wait_s = max(wait_s, self._patience.unready_s)
        return [self._end()] if self._phase in _SILENT_INSIDE and self._silent_s >= wait_s else []

    def _end(self) -> Change:
        self._phase, self._ended = _Phase.SILENT, self._speech_end
        return self._change(Kind.ENDED, self._speech_end)

    @property
    def _silent_s(self) -> float:
        return (self._heard - self._speech_end) * CHUNK_S

    @staticmethod
    def _change(kind: Kind, chunk: int) -> Change:
        return Change(kind, chunk * CHUNK_S)
