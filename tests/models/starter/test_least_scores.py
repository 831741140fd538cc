"""The models that ship are as good as they have to be, on a small sample that stays the same: a broken one does not land.

The bounds lie so far from what the shipped models reach there that another processor's rounding does not matter; a better model moves them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from models.llama import LlamaEngine
from models.starter import FOLDER, STARTER, score_asr, score_llm, score_voice
from models.starter.measure import Score
from models.starter.recipe.corpus import Lang

MOST = {
    "asr-en WER %, unseen voices": 15,
    "asr-en WER %, unseen voices, noise": 24,
    "asr-en calibration error of words": 0.14,
    "asr-en words in what is no speech, % of clips": 4,
    "asr-es WER %, unseen voices": 6,
    "asr-es WER %, unseen voices, noise": 14,
    "asr-es calibration error of words": 0.17,
    "asr-es words in what is no speech, % of clips": 4,
    "voice-en CER %": 6,
    "voice-es CER %": 3,
}
LEAST = {
    "llm en->es chrF": 57,
    "llm es->en chrF": 62,
    "llm calls right %, in total": 92,
    "llm follow-ups right %, in total": 88,
    "llm defer AUROC, all": 0.95,
    "llm P(end) AUROC, en": 0.9,
    "llm P(end) AUROC, es": 0.91,
    "llm P(end) AUROC, requests": 0.94,
}


def check(lines: Iterable[Score], count: int) -> None:
    """Hold every line that has a bound to it; `count` of them have one."""
    values = {line.what: line.value for line in lines}
    bound = [name for name in values if name in MOST or name in LEAST]
    assert len(bound) == count
    assert {name: value for name in bound if (value := values[name]) > MOST.get(name, value) or value < LEAST.get(name, value)} == {}


@pytest.fixture(scope="module")
def llm() -> Iterator[LlamaEngine]:
    engine = LlamaEngine(FOLDER / STARTER.language_model, threads=1)
    yield engine
    engine.close()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_recognizers(lang: Lang) -> None:
    check(score_asr.recognition(FOLDER / STARTER.recognizers[lang], lang, 40, seed=0), 4)


@pytest.mark.parametrize("source", ["en", "es"])
def test_translations(llm: LlamaEngine, source: Lang) -> None:
    check(score_llm.translation(llm, source, 80, seed=0), 1)


def test_tool_calls(llm: LlamaEngine) -> None:
    check([*score_llm.calls(llm, 80, seed=0), *score_llm.follow_ups(llm, 60, seed=0)], 2)


def test_what_is_passed_on_and_where_sentences_end(llm: LlamaEngine) -> None:
    check([*score_llm.deferral(llm, 60, seed=0), *score_llm.ends(llm, 60, seed=0)], 4)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_voices(lang: Lang) -> None:
    voice, listener = FOLDER / STARTER.voices[lang] / "voice.onnx", FOLDER / STARTER.recognizers[lang]
    check(score_voice.intelligibility(voice, lang, listener, 25, seed=0), 1)
