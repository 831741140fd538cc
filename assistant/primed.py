"""A recognizer that knows a glossary: it is told what to expect, and what it is known to mishear is put right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.audio import Samples
from assistant.engines import Engines, Hearing, Recognition, Recognizer
from assistant.glossary import Glossary

MOST_CHARACTERS = 400
"""Of what it is told to expect: a recognizer reads that again with each pass."""


@dataclass(frozen=True)
class Primed:
    """A `Recognizer`."""

    recognizer: Recognizer
    glossary: Glossary
    phrases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By language: what else is likely."""

    @property
    def hearing(self) -> Hearing:
        return self.recognizer.hearing

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        terms = ", ".join([*filter(None, [expected]), *self.glossary.words(language), *self.phrases.get(language, ())])
        if len(terms) > MOST_CHARACTERS:
            terms = terms[: MOST_CHARACTERS + 1].rpartition(", ")[0]  # half a term would be another word
        found = await self.recognizer.recognize(samples, language=language, known=known, times=times, expected=terms)
        text = self.glossary.correct(found.text, language)
        # Other words have no times: who needs them goes without, as with a recognizer that knows none.
        return found if text == found.text else replace(found, text=text, words=())


def primed(engines: Engines, glossary: Glossary, phrases: Mapping[str, Sequence[str]] | None = None) -> Engines:
    """Return the engines with recognizers that know the glossary and `phrases` by language; the same if there are none."""
    if not glossary and not phrases:
        return engines
    recognizers = {language: Primed(each, glossary, phrases or {}) for language, each in engines.recognizers.items()}
    return replace(engines, recognizers=recognizers)
