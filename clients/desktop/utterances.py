"""What a server hears the person say: utterances, which turn each of them is, and their words as they come."""

from __future__ import annotations

from collections.abc import Callable

from assistant.events import Event, Final, Partial, SpeechConfirmed, SpeechEnded, WritingFailed
from clients.desktop.marks import SentClock

KEPT = 32
"""Utterances whose words may still come, at most."""


class Utterances:
    """Those of one talk, by the names of their items."""

    def __init__(self, tell: Callable[[Event], None], clock: SentClock) -> None:
        self._tell, self._clock = tell, clock
        self._turns: dict[str, int] = {}
        self._words: dict[str, str] = {}
        self._ended = SpeechEnded(0, 0.0, 0.0)
        self._answered = 0
        self.turn = 0
        """Of the newest one, or of the newest reply."""

    def begin(self, item: str | None = None, at_s: float | None = None) -> None:
        """Somebody speaks, from `at_s` in the sound that was sent on; without an item, as the key says."""
        self.turn += 1
        if item is not None:
            self._turns[item] = self.turn
            if len(self._turns) > KEPT:
                del self._turns[next(iter(self._turns))]
        at_s = self._clock.sent_s if at_s is None else at_s
        self._tell(SpeechConfirmed(self.turn, at_s, max(at_s, self._clock.sent_s)))

    def end(self, item: str | None, last_s: float, now_s: float) -> None:
        """It is over; its last word was at `last_s` in the sound that was sent."""
        heard_s = self._clock.when(last_s)
        since_s = 0.0 if heard_s is None else max(0.0, now_s - heard_s)
        self._ended = SpeechEnded(self._turn_of(item), last_s, last_s + since_s)
        self._tell(self._ended)

    def commit(self, item: str) -> None:
        """The server calls what was said with the key so."""
        self._turns.setdefault(item, self.turn)

    def add(self, item: str, words: str) -> None:
        """More of its words are certain."""
        self._words[item] = said = self._words.get(item, "") + words
        self.show(item, said, "")

    def show(self, item: str, committed: str, tentative: str) -> None:
        """These are its words so far."""
        self._tell(Partial(self._turn_of(item), committed.strip(), tentative.strip()))

    def write(self, item: str, text: str) -> None:
        """These are all of its words."""
        self._words.pop(item, None)
        self._tell(Final(self._turn_of(item), text.strip(), ""))

    def fail(self, item: str, message: str, code: str) -> None:
        """Its words will never come."""
        self._words.pop(item, None)
        self._tell(WritingFailed(self._turn_of(item), self._ended, message, code))

    def answer(self) -> int:
        """Return the turn of a reply that begins: that of the newest utterance, or one of its own if that is answered."""
        if self._answered >= self.turn:
            self.turn += 1
        self._answered = self.turn
        return self.turn

    def _turn_of(self, item: str | None) -> int:
        return self.turn if item is None else self._turns.get(item, self.turn)
