"""A reply under way, as its session sees it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from assistant.events import (
    AnnouncementDue,
    DraftStage,
    Event,
    Final,
    PlaybackDone,
    PlaybackStarted,
    ReplyAudio,
    ReplyPhrase,
    ReplyToken,
)
from assistant.heard import Playback
from assistant.reply import Gate
from assistant.scribe import Scribe

_STAGES: dict[type[Event], DraftStage] = {
    Final: "final",
    ReplyToken: "first_token",
    ReplyPhrase: "first_phrase",
    ReplyAudio: "first_audio",
}


@dataclass
class Underway:
    """A reply under way: its task, the gate its facts go through, what it is to, and what was sent to the speaker."""

    task: asyncio.Task[None]
    gate: Gate
    scribe: Scribe | None = None
    """Who wrote down the utterance that it answers; None for a text."""
    announcement: AnnouncementDue | None = None
    """What it says unasked, which is no answer and no part of the history."""
    playback: Playback = field(default_factory=Playback)
    answer: str = ""
    reached: set[DraftStage] = field(default_factory=set)
    """The stages that a draft has reached."""
    played_s: float = 0.0
    """Audio that had been played when the speaker last ran dry."""
    playing_since_s: float | None = None

    def note(self, event: Event, now_s: float) -> None:
        """Follow what is sent to the speaker, and what that says."""
        match event:
            case ReplyPhrase(text=phrase):
                self.playback.begin(phrase)
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz, words=words):
                self.playback.push(samples.size / rate_hz, words)
                if self.playing_since_s is None:
                    self.playing_since_s = now_s
            case PlaybackStarted():
                self.playing_since_s = now_s
            case PlaybackDone():
                self.played_s, self.playing_since_s = self.playback.seconds, None

    def reach(self, event: Event) -> DraftStage | None:
        """Follow a draft's facts; return the stage that this one begins, if it begins one."""
        stage = _STAGES.get(type(event))
        if stage is None or stage in self.reached:
            return None
        self.reached.add(stage)
        return stage

    def fell_silent(self, at_s: float) -> None:
        """The speaker plays no more since then, whatever it was given."""
        if self.playing_since_s is not None:
            self.played_s, self.playing_since_s = max(self.played_s, self._played_s(at_s)), None

    def left_s(self, now_s: float) -> float:
        """Audio that is still to be played, as far as is known."""
        return self.playback.seconds - self._played_s(now_s)

    def heard(self, now_s: float) -> str:
        """What was played so far."""
        return self.playback.heard(self._played_s(now_s))

    def _played_s(self, now_s: float) -> float:
        return self.played_s + (now_s - self.playing_since_s if self.playing_since_s is not None else 0.0)
