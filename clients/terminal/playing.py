"""A reply while it is played: which of its words were heard, and how loud it is just now."""

from __future__ import annotations

from math import log10

import numpy as np

from assistant.audio import Samples
from assistant.events import Event, PlaybackDone, PlaybackStarted, ReplyAudio, ReplyDone, ReplyPhrase
from assistant.heard import Playback
from clients.terminal.state import QUIET_DB

WINDOW_S = 0.05
"""Sound that is measured together: a meter that is read by eye needs no finer one."""


class Playing:
    """One reply; the time comes in as an argument."""

    def __init__(self) -> None:
        self._playback = Playback()
        self._phrases: list[str] = []
        self._levels_db: list[float] = []
        self._played_s = 0.0
        self._since_s: float | None = None
        self._written = False

    def push(self, event: Event, at_s: float) -> None:
        """Take the next fact of this reply, or of the speaker."""
        match event:
            case ReplyPhrase(text=text):
                self._phrases.append(text)
                self._playback.begin(text)
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz, words=words) if self._phrases:
                self._playback.push(samples.size / rate_hz, words)
                size = max(1, round(WINDOW_S * rate_hz))
                missing = round(self._playback.seconds / WINDOW_S) - len(self._levels_db)
                windows = [samples[start : start + size] for start in range(0, samples.size, size)]
                self._levels_db += [level_db(window) for window in windows][: max(0, missing)]
            case PlaybackStarted():
                self._since_s = at_s
            case PlaybackDone():
                self._played_s, self._since_s = self._playback.seconds, None
            case ReplyDone():
                self._written = True

    @property
    def text(self) -> str:
        """All that was given to the voice."""
        return " ".join(self._phrases)

    @property
    def over(self) -> bool:
        """Whether it is complete, and played to its end."""
        return self._written and self._played_s >= self._playback.seconds

    def heard(self, now_s: float) -> str:
        """Return the words that were heard: a beginning of `text`."""
        return self._playback.heard(self._position_s(now_s))

    def level_db(self, now_s: float) -> float:
        """Return how loud it is now."""
        window = int(self._position_s(now_s) / WINDOW_S)
        return self._levels_db[window] if self._since_s is not None and window < len(self._levels_db) else QUIET_DB

    def _position_s(self, now_s: float) -> float:
        return self._played_s + (max(0.0, now_s - self._since_s) if self._since_s is not None else 0.0)


def level_db(samples: Samples) -> float:
    """Return the level of some samples in dB below full scale, `QUIET_DB` at the least."""
    power = float(np.dot(samples, samples)) / samples.size if samples.size else 0.0
    return max(QUIET_DB, 10 * log10(power)) if power > 0 else QUIET_DB
