"""What was said in a room, line by line: each in the language of its speaker, and in those of the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from server.grown import grown


@dataclass(slots=True)
class Text:
    """A line in one language."""

    committed: str = ""
    """Grows only."""
    tentative: str = ""
    """What may follow, and may still change."""
    final: bool = False
    """Nothing follows."""
    lag_s: float | None = None
    """How far the newest words trail the speaker; None for his own."""

    def grow(self, committed: str, tentative: str = "", *, final: bool = False, lag_s: float | None = None) -> None:
        """Take what is known now; nothing more once it is final."""
        if self.final:
            return
        self.committed, self.tentative = grown(self.committed, committed), "" if final else tentative
        self.final = final
        self.lag_s = self.lag_s if lag_s is None else lag_s

    def end(self) -> None:
        """Let nothing follow, for whatever reason."""
        self.tentative, self.final = "", True

    @property
    def whole(self) -> str:
        """All of it."""
        return f"{self.committed} {self.tentative}".strip()

    def wire(self) -> dict[str, Any]:
        """Return it as clients are told of it."""
        lag_s = None if self.lag_s is None else round(self.lag_s, 3)
        return {"committed": self.committed, "tentative": self.tentative, "final": self.final, "lag_s": lag_s}


@dataclass(slots=True)
class Line:
    """What one person said, or wrote, at once."""

    id: str
    person: str
    """The speaker's id; his `name` was this one then."""
    name: str
    began_s: float
    """On the room's clock; so is `ended_s`."""
    language: str
    """Of the speaker."""
    typed: bool = False
    ended_s: float = 0.0
    texts: dict[str, Text] = field(default_factory=dict)
    """By language."""

    def __post_init__(self) -> None:
        self.ended_s = max(self.ended_s, self.began_s)
        self.texts.setdefault(self.language, Text())

    @property
    def own(self) -> Text:
        """The text in the speaker's language."""
        return self.texts[self.language]

    @property
    def empty(self) -> bool:
        """Whether nothing is known of it yet."""
        return not self.own.whole

    @property
    def done(self) -> bool:
        """Whether all of it is final."""
        return all(text.final for text in self.texts.values())

    def end(self) -> None:
        """Let nothing follow in any language."""
        for text in self.texts.values():
            text.end()

    def wire(self, began_ms: int, languages: Iterable[str]) -> dict[str, Any]:
        """Return it as somebody is told of it who reads these languages, and the speaker's."""
        read = dict.fromkeys((self.language, *languages))
        return {
            "id": self.id, "person": self.person, "name": self.name, "began_at": began_ms, "typed": self.typed, "language": self.language,
            "texts": {language: self.texts[language].wire() for language in read if language in self.texts},
        }  # fmt: skip
