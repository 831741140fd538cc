"""Engines whose work is a shape model's and whose words are a script's."""

from __future__ import annotations

import math
from collections.abc import Sequence

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.engines import Hearing, Recognition, Word
from models.whisper import SHORTEST_S, WhisperEngine

TOKENS_A_WORD = 1.3
"""What Whisper's own vocabulary takes for everyday English."""


class ShapeWhisper:
    """A recognizer that encodes and decodes as a trained one would, and returns the script's words."""

    def __init__(self, whisper: WhisperEngine) -> None:
        """Let `whisper` do the work."""
        self._whisper = whisper
        self._script: tuple[Word, ...] = ()

    @property
    def hearing(self) -> Hearing:
        """What one must know of it."""
        return self._whisper.hearing

    def script(self, words: Sequence[Word], lead_s: float) -> None:
        """Say what the samples hold from now on, which begin `lead_s` before the time 0 of `words`."""
        self._script = tuple(Word(word.text, lead_s + word.start_s, lead_s + word.end_s) for word in words)

    def recognize(self, samples: Samples, *, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        """Return the words that have ended within 16 kHz `samples`, for the work of as many.

        Raises:
            EngineError: more audio than the window holds.
        """
        seconds = samples.size / LISTEN_RATE_HZ
        if seconds < SHORTEST_S:
            return Recognition("", self._whisper.language)
        heard = self._heard(seconds, known.split())
        encoded = self._whisper.encode(samples)
        # The known words are worked for like the others: CTranslate2 computes what is forced token by token, too.
        tokens, _ = self._whisper.decode(encoded, math.ceil(TOKENS_A_WORD * len(heard)) + 1, to_the_most=True)  # 1: the end is decoded too
        if times and heard:
            self._whisper.align(encoded, tokens, seconds)
        return Recognition(" ".join(word.text for word in heard), self._whisper.language, heard if times else ())

    def _heard(self, seconds: float, known: list[str]) -> tuple[Word, ...]:
        """Return the words that have ended within the samples; these begin with the script, or with the words `known`."""
        texts = [word.text for word in self._script]
        first = next((i for i in range(len(texts)) if texts[i : i + len(known)] == known), 0) if known else 0
        start_s = self._script[first - 1].end_s if first else 0.0
        return tuple(
            Word(word.text, word.start_s - start_s, word.end_s - start_s)
            for word in self._script[first:]
            if word.end_s - start_s <= seconds
        )
