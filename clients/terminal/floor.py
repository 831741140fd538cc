"""Who has the floor, as a fold over the facts."""

from __future__ import annotations

from assistant.events import (
    Failed,
    Final,
    Interrupted,
    PlaybackDone,
    PlaybackStarted,
    ReplyAudio,
    ReplyDone,
    ReplyStopped,
    SpeechConfirmed,
    SpeechEnded,
    Stamped,
    WritingFailed,
    Written,
)
from clients.terminal.state import Floor


class FloorFold:
    """Takes facts in order."""

    def __init__(self) -> None:
        self.floor = Floor.LISTENING
        """Who has it now."""

    def push(self, stamped: Stamped) -> None:
        """Take one fact."""
        match stamped.event:
            case SpeechConfirmed() if self.floor is not Floor.SPEAKING:
                self.floor = Floor.HEARING
            case SpeechEnded() if self.floor is Floor.HEARING:
                self.floor = Floor.THINKING
            case ReplyAudio() | PlaybackStarted():
                self.floor = Floor.SPEAKING
            case ReplyDone() if self.floor is Floor.THINKING:
                self.floor = Floor.LISTENING  # it has no sound
            case Final(text="") | Written(text="") | WritingFailed() if self.floor is Floor.THINKING:
                self.floor = Floor.LISTENING
            case PlaybackDone() | ReplyStopped() | Interrupted() | Failed():
                self.floor = Floor.LISTENING
