"""Who the voices learn from: flite's `slt` for English, a parametric voice of a real person; espeak-ng where there is nothing better."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import soxr

from assistant.audio import LISTEN_RATE_HZ, Samples
from models.espeak import Espeak, Manner
from models.starter.recipe import flite
from models.starter.recipe.corpus import Lang
from models.starter.recipe.voice_align import PAUSE, Sounded

FLITE_SYMBOLS: Mapping[str, str] = {
    "aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "aʊ", "ax": "ə", "ay": "aɪ", "ch": "tʃ", "dh": "ð", "eh": "ɛ", "er": "ɚ",
    "ey": "eɪ", "g": "ɡ", "hh": "h", "ih": "ɪ", "iy": "i", "jh": "dʒ", "ng": "ŋ", "ow": "oʊ", "oy": "ɔɪ", "r": "ɹ", "sh": "ʃ",
    "th": "θ", "uh": "ʊ", "uw": "u", "y": "j", "zh": "ʒ", "pau": PAUSE,
}  # fmt: skip
"""The phones of flite that Piper writes otherwise; one phone may be two of Piper's."""

SPANISH = Manner("es-419", rate_wpm=155)


class Lesson(NamedTuple):
    """A sentence as a teacher says it: samples at 16 kHz and its symbols with their times."""

    samples: Samples
    sounded: list[Sounded]


class Teacher(Protocol):
    """Says sentences."""

    def say(self, text: str) -> Lesson: ...


class Flite:
    """flite's voice `slt`."""

    def say(self, text: str) -> Lesson:
        """Say a sentence.

        Raises:
            EngineUnavailable: flite is not installed.
        """
        said = flite.say(text, "slt", "-psdur")
        phones = re.findall(r"(\S+):([\d.]+)", said.printed)
        ends = [(FLITE_SYMBOLS.get(name, name), float(end)) for name, end in phones]
        return Lesson(_at_listen_rate(said.samples, said.rate_hz), symbols(ends))


class EspeakTeacher:
    """espeak-ng in one voice."""

    def __init__(self, manner: Manner) -> None:
        self._espeak, self._manner = Espeak(), manner

    def say(self, text: str) -> Lesson:
        samples = self._espeak.synthesize(text, self._manner)
        rate_hz, starts = self._espeak.sample_rate_hz, self._espeak.phoneme_starts
        edges = [*(start_s for _, start_s in starts[1:]), samples.size / rate_hz]
        phones = [(name.strip("ˈˌ") or PAUSE, end_s) for (name, _), end_s in zip(starts, edges, strict=True)]
        return Lesson(_at_listen_rate(samples, rate_hz), symbols(phones))


def teacher(lang: Lang) -> Teacher:
    """Return the teacher of a language."""
    return Flite() if lang == "en" else EspeakTeacher(SPANISH)


def symbols(phones: Sequence[tuple[str, float]]) -> list[Sounded]:
    """Return phones, with the times of their ends, as single symbols; those of one phone share its time evenly."""
    found: list[Sounded] = []
    start = 0.0
    for name, end in phones:
        found += [Sounded(symbol, start + (end - start) * (n + 1) / len(name)) for n, symbol in enumerate(name)]
        start = end
    return found


def _at_listen_rate(samples: Samples, rate_hz: int) -> Samples:
    return samples if rate_hz == LISTEN_RATE_HZ else soxr.resample(samples, rate_hz, LISTEN_RATE_HZ, quality="HQ")
