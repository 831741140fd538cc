"""Replies of a server: what it says of them, how much of that the speaker has played, and where they were stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.events import (
    Event,
    Failed,
    PlaybackDone,
    PlaybackStarted,
    ReplyAudio,
    ReplyDone,
    ReplyPhrase,
    ReplyStarted,
    ReplyStopped,
    ReplyToken,
)
from assistant.heard import Playback
from assistant.phrases import Phraser
from clients.desktop.played import Played
from clients.desktop.wire import RATE_HZ, Message, decoded, truncate


@dataclass
class Reply:
    """One response of the server's, as an answer of ours."""

    response: str
    turn: int
    item: str = ""
    """Of the conversation, once there is sound."""
    text: str = ""
    phrase: str = ""
    """What the next sound says."""
    phraser: Phraser = field(default_factory=Phraser)
    playback: Playback = field(default_factory=Playback)
    written: bool = False
    """The server has said all of it."""
    begun: bool = False
    """Some of it was heard."""


class Replies:
    """The one that the server gives, and those that the speaker has not played to their end."""

    def __init__(self, tell: Callable[[Event], None], send: Callable[[Message], None]) -> None:
        self._tell, self._send = tell, send
        self._played = Played()
        self._coming: Reply | None = None
        self._sounding: list[Reply] = []

    @property
    def coming(self) -> str | None:
        """The response that the server is giving; None of one that is of no use any more."""
        return self._coming.response if self._coming else None

    @property
    def sounding(self) -> bool:
        """Whether something is heard, or will be."""
        return self._played.waits

    def turn_of(self, response: str) -> int | None:
        """Return the turn of the response that the server is giving."""
        return self._coming.turn if self._coming and self._coming.response == response else None

    # --- what the server says of them ----------------------------------------------------------------------------------

    def begin(self, response: str, turn: int) -> None:
        """The server begins one."""
        self._coming = Reply(response, turn)
        self._tell(ReplyStarted(turn))

    def said(self, response: str, words: str, *, in_phrases: bool) -> None:
        """It has written words; unless it tells the phrases itself, they are cut into some here."""
        if (reply := self._of(response)) is None:
            return
        reply.text += words
        self._tell(ReplyToken(reply.turn, words))
        if not in_phrases:
            for phrase in reply.phraser.push(words):
                self._begin_phrase(reply, phrase)

    def phrase(self, response: str, phrase: str) -> None:
        """What it sends next is the sound of this phrase."""
        if (reply := self._of(response)) is not None:
            self._begin_phrase(reply, phrase)

    def sound(self, response: str, item: str, delta: str) -> None:
        """It has sent sound; what is none is left out."""
        if (reply := self._of(response)) is None:
            return
        try:
            samples = decoded(delta)
        except ValueError:
            return
        for phrase in [] if reply.item else reply.phraser.flush():
            self._begin_phrase(reply, phrase)  # it sounds already, so it is one
        if not reply.phrase:
            reply.playback.begin("")
        reply.item = item
        seconds = samples.size / RATE_HZ
        reply.playback.push(seconds, ())
        if reply not in self._sounding:
            self._take_over(reply)
        self._played.push(reply.response, seconds)
        self._tell(ReplyAudio(reply.turn, samples, RATE_HZ, reply.phrase))

    def done(self, response: str, now_s: float, *, cancelled: bool = False, failed: tuple[str, str] | None = None) -> None:
        """It is complete, or was cancelled, or has `failed` with a message and a code."""
        if (reply := self._of(response)) is None:
            return
        if cancelled:
            self.stop(now_s)
            return
        rest = reply.phraser.flush() or ([] if reply.phrase else [reply.text.strip()])
        for phrase in filter(None, rest):
            self._begin_phrase(reply, phrase)
        reply.written, self._coming = True, None
        self._tell(Failed(reply.turn, *failed) if failed else ReplyDone(reply.turn, reply.text.strip()))

    # --- what the person and the speaker do ------------------------------------------------------------------------------

    def stop(self, now_s: float) -> None:
        """Nobody wants to hear more of what sounds, nor of the one that is coming."""
        stopped = list(self._sounding)
        if self._coming is not None and self._coming not in stopped:
            stopped.append(self._coming)
        for reply in stopped:
            heard_s = self._played.heard_s(reply.response, now_s)
            if reply is self._coming:
                self._coming = None  # more of it may be under way
            if reply.written and heard_s >= reply.playback.seconds:
                self._tell(PlaybackDone(reply.turn))
                continue
            if reply.item:
                self._send(truncate(reply.item, heard_s))
            self._tell(ReplyStopped(reply.turn, reply.playback.heard(heard_s)))
        if stopped:
            self._sounding.clear()
            self._played.clear()

    def give_up(self, now_s: float) -> None:
        """The server knows nothing more of the one that it was giving."""
        if self._coming is not None:
            self.done(self._coming.response, now_s)

    def started(self, now_s: float) -> int | None:
        """The speaker is heard; return the turn whose first sound that is."""
        self._played.started(now_s)
        if not self._sounding:
            return None
        reply = self._sounding[-1]
        first, reply.begun = not reply.begun, True
        self._tell(PlaybackStarted(reply.turn))
        return reply.turn if first else None

    def drained(self) -> None:
        """The speaker has played all that it was given."""
        self._played.drained()
        for reply in self._sounding:
            self._tell(PlaybackDone(reply.turn))
        self._sounding = [reply for reply in self._sounding if not reply.written]

    # -----------------------------------------------------------------------------------------------------------------------

    def _of(self, response: str) -> Reply | None:
        return self._coming if self._coming and self._coming.response == response else None

    def _begin_phrase(self, reply: Reply, phrase: str) -> None:
        reply.phrase = phrase
        reply.playback.begin(phrase)
        self._tell(ReplyPhrase(reply.turn, phrase))

    def _take_over(self, reply: Reply) -> None:
        """Sound of a reply is put behind that of the ones before: they are as good as heard, and the speaker will not tell of its beginning."""
        before = [each for each in self._sounding if each.written]
        for each in before:
            self._tell(PlaybackDone(each.turn))
            self._sounding.remove(each)
        self._sounding.append(reply)
        if before and self._played.waits:
            reply.begun = True
            self._tell(PlaybackStarted(reply.turn))
