"""Replies on the speaker."""

from __future__ import annotations

from assistant.events import (
    Failed,
    Judged,
    PlaybackDone,
    ReplyAudio,
    ReplyDone,
    ReplyStarted,
    ReplyStopped,
    SpeechConfirmed,
    SpeechStarted,
    Stamped,
)
from clients.desktop.sound import Sound

DUCKED = 0.1
"""How loud a reply goes on while it is not clear yet whether somebody interrupts it."""


class Mouth:
    """An observer that plays replies, softly while it is not clear whether somebody interrupts them."""

    def use(self, speaker: Sound) -> None:
        """Play on this; called before anything is heard."""
        self._speaker = speaker

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        match stamped.event:
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz):
                self._speaker.play(samples, rate_hz)
            case ReplyDone() | Failed():
                self._speaker.finish()
            case ReplyStarted() | PlaybackDone():
                self._speaker.level = 1.0  # whatever was said into the one before
            case ReplyStopped():
                self._speaker.clear()
                self._speaker.level = 1.0
            case SpeechStarted() | SpeechConfirmed() if self._speaker.sounding:
                self._speaker.level = DUCKED
            case Judged():
                self._speaker.level = 1.0
