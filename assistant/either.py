"""Which of two languages an utterance was in: both recognizers hear it, and the one that is surer of its words is believed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from assistant.audio import Samples
from assistant.engines import Hearing, Recognition, Recognizer
from assistant.events import Degraded, Event, Partial, PassBegun, Restored, Speech, Stamped, WritingFailed, Written

KEPT = 8
"""Passes of a recognizer that are remembered."""

MOST_OPEN = 16
"""Utterances whose transcripts are waited for; there are never so many under way."""


CLEARLY, LEAST_WORDS = 0.2, 2
"""How much surer one recognizer must be than the other, and of how many words, until the language counts as known while it is spoken: of 60
unseen sentences of 1 to 3 s in the project's voices 58 were known so, after half of the sentence, and all of them rightly."""


class Rated:
    """A recognizer that remembers how sure it was of what it found lately."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self._found: deque[tuple[str, float]] = deque(maxlen=KEPT)

    @property
    def hearing(self) -> Hearing:
        return self._recognizer.hearing

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        """Recognize as the recognizer itself does."""
        found = await self._recognizer.recognize(samples, language=language, known=known, times=times, expected=expected)
        self._found.append((_plain(found.text), found.probability))
        return found

    def probability(self, text: str) -> float:
        """Return how sure it was of the end of `text`, in [0, 1]; 0 without any words, or if that is long ago."""
        words = _plain(text)
        return next((probability for found, probability in reversed(self._found) if found and words.endswith(found)), 0.0)


class Either:
    """Takes the facts of one session for each language, which hear the same audio and so number the same utterances alike."""

    def __init__(self, languages: Sequence[str], rate: Callable[[str, str], float], tell: Callable[[str, Stamped], None]) -> None:
        """Choose among `languages`.

        Args:
            languages: ISO 639-1.
            rate: how sure the recognizer of a language is of a text.
            tell: takes the language and the fact: words so far of the language that is likelier just then, the transcript of
                the one that was, and once each what is true of both.
        """
        self._languages, self._rate, self._tell = tuple(languages), rate, tell
        self._likely: dict[int, dict[str, float]] = {}
        self._over: dict[int, dict[str, Stamped]] = {}
        self._known: dict[int, str] = {}

    def known(self, turn: int) -> str | None:
        """Return the language of an utterance that goes on, once that is clear; the transcripts may still say otherwise."""
        return self._known.get(turn)

    def push(self, language: str, stamped: Stamped) -> None:
        """Take the next fact of one session."""
        event = stamped.event
        match event:
            case Partial(turn=turn):
                likely = self._likely.setdefault(turn, {})
                words = f"{event.committed} {event.tentative}"
                likely[language] = self._rate(language, words)
                if turn not in self._known and len(words.split()) >= LEAST_WORDS:
                    self._look(turn, language, likely)
                if likely[language] >= max(likely.values()):
                    self._tell(language, stamped)
            case Written(turn=turn) | WritingFailed(turn=turn):
                over = self._over.setdefault(turn, {})
                over[language] = stamped
                if len(over) == len(self._languages):
                    self._choose(turn, over)
            case Speech() | Degraded() | Restored() if language == self._languages[0]:
                self._tell(language, stamped)
            case Speech() | Degraded() | Restored() | PassBegun():
                pass  # it is known, or matters to nobody
            case _:
                self._tell(language, stamped)
        while max(len(self._over), len(self._likely), len(self._known)) > MOST_OPEN:
            oldest = min({*self._over, *self._likely, *self._known})
            for kept in (self._over, self._likely, self._known):
                kept.pop(oldest, None)

    def _look(self, turn: int, language: str, likely: Mapping[str, float]) -> None:
        """See whether this is clearly the language by now; both recognizers must have tried."""
        others = [rate for other, rate in likely.items() if other != language]
        if len(others) == len(self._languages) - 1 and likely[language] >= max(others) + CLEARLY:
            self._known[turn] = language

    def _choose(self, turn: int, over: dict[str, Stamped]) -> None:
        del self._over[turn]
        self._likely.pop(turn, None)
        language = max(self._languages, key=lambda language: self._sure(language, over[language].event))
        self._tell(language, over[language])

    def _sure(self, language: str, event: Event) -> float:
        return self._rate(language, event.text) if isinstance(event, Written) and event.text else -float(isinstance(event, WritingFailed))


def _plain(text: str) -> str:
    return " ".join(text.split())
