"""What of a reply the user has really heard, from what was sent to the speaker and how much of it was played."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from assistant.engines import Word
from assistant.words import spread


@dataclass
class _Phrase:
    """A phrase, where its sound lies in the reply, and its words there if the voice told them; all in seconds."""

    text: str
    start_s: float
    end_s: float
    words: list[Word] = field(default_factory=list)

    def heard(self, played_s: float) -> str:
        end = 0
        for word in self.words or spread(self.text, self.start_s, self.end_s):
            if played_s <= word.start_s or played_s < (word.start_s + word.end_s) / 2:
                break
            end = self.text.index(word.text, end) + len(word.text)
        return self.text[:end]


class Playback:
    """The sound of one reply, word by word. The words of a voice that tells none are spread over the phrase by their letters."""

    def __init__(self) -> None:
        self._phrases: list[_Phrase] = []
        self.seconds = 0.0
        """All that was sent."""

    def begin(self, phrase: str) -> None:
        """Take the next phrase; what is pushed from now on is its sound."""
        self._phrases.append(_Phrase(phrase, self.seconds, self.seconds))

    def push(self, seconds: float, words: Iterable[Word]) -> None:
        """Count sound that was sent to the speaker, and the words in it, with their times from its start."""
        phrase = self._phrases[-1]
        phrase.words += (Word(word.text, self.seconds + word.start_s, self.seconds + word.end_s) for word in words)
        self.seconds += seconds
        phrase.end_s = self.seconds

    def heard(self, played_s: float) -> str:
        """Return the words of which at least half was played, as they were written; a word cut at its first sound was not heard."""
        played_s = min(played_s, self.seconds)  # a clock runs on when the speaker has run dry
        heard: list[str] = []
        for phrase in self._phrases:
            if not (part := phrase.heard(played_s)):
                break
            heard.append(part)
        return " ".join(heard)
