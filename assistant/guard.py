"""An assistant that hears itself: what it says, as its session's facts tell, against what is understood meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import inf

from assistant.events import ReplyAudio, ReplyPhrase, ReplyStopped, SpeechStarted, Stamped
from assistant.own_voice import OwnVoice

AFTER_S = 2.0
"""For so long after a phrase was played its words are still its echo: a room, devices, and an utterance that began inside it."""

ONSET_S = 0.3
"""Speech is told of so much after it began, at most."""


class Guard:
    """An observer of one session. Its clock is that of the facts, on which playback follows at once."""

    def __init__(self) -> None:
        self._own = OwnVoice(AFTER_S)
        self._phrase = ""
        self.began_s = -inf
        """When the newest speech began."""

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        match stamped.event:
            case ReplyPhrase(text=text):
                self._phrase = text
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz):
                self._own.push("", self._phrase, samples.size / rate_hz, stamped.at_s)
            case ReplyStopped():
                self._own.stop(stamped.at_s)
            case SpeechStarted():
                self.began_s = stamped.at_s - ONSET_S

    def own(self, text: str, *, whole: bool, began_s: float | None = None) -> bool:
        """Whether speech is nothing but our own voice, as far as that is known.

        Args:
            text: what was understood of it.
            whole: that is all; otherwise it goes on, and words that may be ours count as ours.
            began_s: when it began, if it is not the newest.
        """
        began_s = self.began_s if began_s is None else began_s
        return self._own.heard(text, "", began_s) if whole else self._own.perhaps(text, "", began_s)

    def foreign(self, transcript: Callable[[], Awaitable[str]]) -> Callable[[], Awaitable[str]]:
        """Return what gives the newest speech's transcript, or an empty one if it turns out to be our own voice."""
        began_s = self.began_s

        async def said() -> str:
            text = await transcript()
            return "" if self.own(text, whole=True, began_s=began_s) else text

        return said
