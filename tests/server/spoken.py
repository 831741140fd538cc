"""Speech of a script that survives the wire: the words of `Vocabulary` are single samples' work, and resampling blurs those."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.engines import Hearing, Recognition, Word
from assistant.errors import EngineError
from models.scripted import HEARING

WORD_S = 0.3
_BASE, _STEP = 0.2, 0.02


@dataclass
class LevelRecognizer:
    """A `Recognizer` of whole texts, each said at a level of its own, at most 35; half of the sound is half of the words."""

    pass_s: float = 0.05
    hearing: Hearing = HEARING
    failing: bool = False
    _texts: list[str] = field(default_factory=list)

    def say(self, text: str) -> Samples:
        """Return the text as 16 kHz samples, 0.3 s a word."""
        if text not in self._texts:
            self._texts.append(text)
        return np.full(round(len(text.split()) * WORD_S * LISTEN_RATE_HZ), _BASE + _STEP * self._texts.index(text), np.float32)

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        """Return the words of the text whose level the sound has.

        Raises:
            EngineError: `failing` is set.
        """
        await asyncio.sleep(self.pass_s)
        if self.failing:
            raise EngineError("This recognizer fails, as it was told.")
        loud = np.flatnonzero(np.abs(samples) > _BASE / 2)
        if not loud.size or not self._texts:
            return Recognition("", language)
        number = round((float(np.median(np.abs(samples[loud]))) - _BASE) / _STEP)
        text = self._texts[min(max(number, 0), len(self._texts) - 1)].split()
        start_s, count = loud[0] / LISTEN_RATE_HZ, max(1, round(loud.size / LISTEN_RATE_HZ / WORD_S))
        words = [Word(word, start_s + WORD_S * i, start_s + WORD_S * (i + 1)) for i, word in enumerate(text[:count])]
        return Recognition(" ".join(word.text for word in words), language, tuple(words) if times else ())
