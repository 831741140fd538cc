"""What is certain of a translation while the sentence is still being said: one utterance, word by word, never taken back."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from assistant.agreement import alike
from assistant.completeness import final_mark
from assistant.sentences import PHRASE_ENDS, STOPS, head, joined, sentences

_OPEN_ENDS = STOPS + ",;:"
"""What a recognizer puts behind the last word that it heard, whether more follows or not."""

_SHIFT = 3
"""Words by which a later transcript of the same speech may be longer or shorter."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How certain a translation must be; measured by `parley bench interpret`."""

    wait_words: int = 2
    """Words of a sentence that must be heard before anything is said (wait-k of Ma et al. 2019)."""
    agree: int = 2
    """Translations in a row that must agree (LocalAgreement of Liu et al. 2020); 1 believes the first."""
    hold_words: int = 0
    """Newest words on which they agree that are held back."""


MEASURED = Patience()


class Step(NamedTuple):
    """What is to be translated now."""

    text: str
    """The sentence as far as it was heard."""
    begun: str
    """What of its translation is certain."""
    finished: bool
    phrase: bool = False
    """It ends where a phrase does: what it is in the other language is believed at once."""


class Simultaneous:
    """The translation of one utterance: `hear` what was understood so far, translate the `step`, `take` what came of it."""

    def __init__(self, patience: Patience, *, marks_ends: bool) -> None:
        """Begin; `marks_ends`: a mark at the end of what the recognizer writes means that the sentence is over (`Hearing`)."""
        self._patience, self._marks_ends = patience, marks_ends
        self._words: list[str] = []
        self._certain = 0
        self._since_s: list[float] = []  # when each word of the source had been heard
        self._paused = self._ended = False
        self._done: list[str] = []  # words of the source whose sentences are translated
        self._before: list[str] = []  # the translation of those
        self._begun: list[str] = []  # of the open sentence
        self._tried: deque[list[str]] = deque(maxlen=max(patience.agree - 1, 0))
        self._tentative: list[str] = []
        self._asked: tuple[str, bool] | None = None

    @property
    def committed(self) -> str:
        """The translation that is certain."""
        return joined((*self._before, *self._begun))

    @property
    def tentative(self) -> str:
        """How it goes on, as far as can be told."""
        return "" if self.done else joined(self._tentative)

    @property
    def done(self) -> bool:
        """Whether the utterance is over and wholly translated."""
        return self._ended and len(self._done) >= len(self._words)

    @property
    def heard_s(self) -> float:
        """When the newest word of the source that the committed translation covers had been heard."""
        covered = len(self._done)
        if self._begun and not self.done:
            share = len(self._begun) / max(len(self._begun) + len(self._tentative), 1)
            covered += round(share * len(self._sentence()[0]))
        return self._since_s[min(max(covered, 1), len(self._since_s)) - 1] if self._since_s else 0.0

    def hear(self, committed: str, tentative: str, at_s: float) -> None:
        """Take all that is understood by now of what had been heard at `at_s`."""
        certain = committed.split()
        self._words, self._certain = [*certain, *tentative.split()], len(certain)
        self._since_s += [at_s] * (len(self._words) - len(self._since_s))
        self._realign()

    def pause(self, paused: bool) -> None:
        """Nobody speaks at the moment: what was understood is all that was said up to now."""
        self._paused = paused

    def end(self, text: str | None, at_s: float) -> None:
        """The utterance is over, and this is its transcript; None: there is none but what was understood."""
        if text is not None:
            self.hear(text, "", at_s)
        self._ended = True

    def step(self, *, phrases: bool = False) -> Step | None:
        """Return what is worth translating now, if anything; `phrases`: only what ends with a sentence, a phrase or a pause."""
        words, finished = self._sentence()
        if phrases and not finished and not self._paused:
            words = words[: self._phrase_words(words)]
        if not words or (not finished and len(words) < self._patience.wait_words):
            return None
        text = " ".join(words) if finished else " ".join(words).rstrip(_OPEN_ENDS)
        if not text or self._asked == (text, finished):
            return None
        return Step(text, joined(self._begun), finished, phrases and not finished)

    def take(self, step: Step, rest: str) -> list[str]:
        """Take the `rest` of the translation of a step, behind what was begun; return the words that it made certain."""
        words = [*self._begun, *rest.split()]
        before = len(self._begun)
        self._asked = step.text, step.finished
        if step.finished:
            self._before += words
            self._begun, self._tentative = [], []
            self._done = [*self._done, *step.text.split()]  # not what is understood by now, which may have changed meanwhile
            self._realign()
            self._tried.clear()
            self._asked = None
            return words[before:]
        if step.phrase:
            self._begun = words
        elif len(self._tried) == self._tried.maxlen:
            agreed = _common([words, *self._tried]) - self._patience.hold_words
            self._begun = words[: max(agreed, before)]
        if self._tried.maxlen:
            self._tried.append(words)
        self._tentative = words[len(self._begun) :]
        return self._begun[before:]

    def _sentence(self) -> tuple[list[str], bool]:
        """Return the words of the first sentence that is not translated, and whether it is whole."""
        open_words = self._words[len(self._done) :]
        found = sentences(" ".join(open_words))
        if not found:
            return [], False
        words = found[0].split()
        words = words[: head(words)]
        if len(words) < len(open_words):
            return words, len(self._done) + len(words) <= self._certain or self._ended
        return words, self._ended or (self._paused and self._marks_ends and bool(final_mark(found[0])))

    def _phrase_words(self, words: Sequence[str]) -> int:
        """Return how many words of the open sentence are whole phrases, as far as they are certain."""
        certain = words[: max(self._certain - len(self._done), 0)]
        return next((count for count in range(len(certain), 0, -1) if certain[count - 1].endswith(PHRASE_ENDS)), 0)

    def _realign(self) -> None:
        """Find the place behind the translated words again: a later transcript may count a word more or less before it."""
        done = self._done
        if not done or all(map(alike, done[-2:], self._words[max(len(done) - 2, 0) : len(done)])):
            return
        for shift in sorted(range(-_SHIFT, _SHIFT + 1), key=abs):
            place = len(done) + shift
            last = self._words[max(place - 2, 0) : max(place, 0)]
            if len(last) == min(2, len(done)) and all(map(alike, done[-2:], last)):
                self._done = self._words[:place]
                return


def _common(texts: Sequence[Sequence[str]]) -> int:
    """Return how many words all texts begin with in common."""
    count = 0
    for words in zip(*texts, strict=False):
        if len(set(words)) > 1:
            break
        count += 1
    return count
