from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import numpy as np

from assistant.audio import Samples
from assistant.engines import Hearing, Recognition
from assistant.glossary import Glossary, Term
from assistant.primed import MOST_CHARACTERS, Primed


@dataclass
class Told:
    """A recognizer that keeps what it is told to expect."""

    hearing: Hearing = field(default_factory=lambda: Hearing(window_s=9.5))
    expected: str = ""

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        self.expected = expected
        return Recognition("", language)


def test_a_recognizer_is_told_as_many_whole_terms_as_it_may_read() -> None:
    names = [f"Zaragoza{number}" for number in range(100)]
    told = Told()
    primed = Primed(told, Glossary([Term({"en": (name,), "es": (name,)}) for name in names]))
    asyncio.run(primed.recognize(np.zeros(0, np.float32), language="en"))
    heard = told.expected.split(", ")
    assert heard == names[: len(heard)]
    assert MOST_CHARACTERS - 15 < len(told.expected) <= MOST_CHARACTERS
