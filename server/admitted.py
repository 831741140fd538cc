"""What the admission learns of one conversation: an observer of its facts."""

from __future__ import annotations

import time
from collections.abc import Callable

from assistant.events import (
    DraftDropped,
    Event,
    Failed,
    Final,
    Judged,
    PlaybackDone,
    ReplyAudio,
    ReplyDone,
    ReplyStopped,
    Routed,
    SpeechEnded,
    SpeechStarted,
    Stamped,
    WritingFailed,
    Written,
)
from server.admission import Admission


class Watch:
    """Tells the admission when speech ended and when its answer began, of conversations whose clock is the monotonic one.

    Speech into a reply that goes on, such as a "mhm", has no answer: nobody waits for one.
    """

    def __init__(self, admission: Admission, conversation: int, queued: Callable[[], int]) -> None:
        """Watch one conversation; `queued` tells how many steps wait for engines."""
        self._admission, self._conversation, self._queued = admission, conversation, queued
        self._answering = False  # a reply is heard, or about to be
        self._overheard = False  # what is being said was no barge-in

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        admission, conversation = self._admission, self._conversation
        self._follow(stamped.event)
        match stamped.event:
            case SpeechEnded() if self._answering or self._overheard:
                pass
            case SpeechEnded(at_s=at_s, heard_s=heard_s):
                admission.waiting(self._queued(), stamped.at_s)
                admission.worked(time.thread_time(), stamped.at_s)
                admission.spoken(conversation, stamped.at_s - (heard_s - at_s), heard_s - at_s)
            case ReplyAudio():
                admission.waiting(self._queued(), stamped.at_s)
                admission.answered(conversation, stamped.at_s)
            case Routed(to=to) if to != "small":
                admission.over(conversation)  # how late a hosted model is, says nothing of this machine
            case Judged(verdict="backchannel" | "noise"):
                admission.over(conversation)
            case Final(text="") | DraftDropped() | Written() | WritingFailed() | ReplyDone() | ReplyStopped() | Failed():
                admission.over(conversation)

    def _follow(self, event: Event) -> None:
        match event:
            case SpeechStarted():
                self._overheard = False
            case Judged(verdict=verdict):
                self._overheard = verdict != "barge-in"
            case ReplyAudio():
                self._answering = True
            case PlaybackDone() | ReplyStopped() | Failed():
                self._answering = False
