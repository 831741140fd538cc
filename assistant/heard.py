"""What of a reply the user has really heard, from what was sent to the speaker and how much of it was played."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Playback:
    """The audio of one reply by phrase, in seconds."""

    phrases: list[tuple[str, float]] = field(default_factory=list)

    def push(self, phrase: str, seconds: float) -> None:
        """Count audio sent to the speaker; the parts of one phrase come one after the other."""
        if self.phrases and self.phrases[-1][0] == phrase:
            seconds += self.phrases.pop()[1]
        self.phrases.append((phrase, seconds))

    @property
    def seconds(self) -> float:
        """All that was sent."""
        return sum(seconds for _, seconds in self.phrases)

    def heard(self, played_s: float) -> str:
        """Return the phrases of which at least half was played; a phrase cut at its first syllable was not heard."""
        heard: list[str] = []
        for phrase, seconds in self.phrases:
            if played_s < seconds / 2:
                break
            heard.append(phrase)
            played_s -= seconds
        return " ".join(heard)
