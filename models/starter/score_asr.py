"""How good a recognizer is: sentences in known and unseen voices, in noise, what is no speech, names it is told of, and how well it knows itself."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples
from models.starter.measure import NORMALISER, Score, normalised, percent, scorer
from models.starter.recipe import asr_data
from models.starter.recipe.acoustics import in_noise
from models.starter.recipe.asr_data import made_up
from models.starter.recipe.corpus import Lang, sentences
from models.starter.recipe.noises import noise
from models.starter.recipe.speakers import Speakers
from models.whisper import WhisperEngine

NOISE_DB = 10.0
"""How far loud parts of the speech stand above the noise."""

CLIPS = 200
"""Sounds without speech."""

EXPECTED = 5
"""Names it is told to expect, of which one is said."""

BINS = 10
"""Of probabilities, for the calibration error."""


def recognition(path: Path, lang: Lang, n: int, seed: int) -> list[Score]:
    """Score the recognizer in `path` on `n` test sentences in voices it learned from, in others, and in others in noise, on one thread."""
    engine, name = WhisperEngine(path, lang, threads=1), f"asr-{lang}"
    lines: list[Score] = []
    for voices, held_out in (("known voices", False), ("unseen voices", True)):
        rng, texts = random.Random(seed), sentences("test", lang)
        rng.shuffle(texts)
        speakers = Speakers(lang, held_out=held_out)
        spoken = said(texts, speakers, n, rng)
        lines += _understood(engine, name, voices, spoken, f"{speakers.names}, clean")
        if held_out:
            numbers = np.random.default_rng(seed)
            noisy = [(text, in_noise(samples, NOISE_DB, numbers)) for text, samples in spoken]
            lines += _understood(engine, name, f"{voices}, noise", noisy, f"{speakers.names}, {NOISE_DB:g} dB above noise of many colours")
            lines.append(_calibration(engine, name, [*spoken, *noisy]))
            lines += _expected(engine, name, texts, speakers, n, rng)
    return [*lines, _nothing(engine, name, seed)]


def said(texts: Sequence[str], speakers: Speakers, n: int, rng: random.Random) -> list[tuple[str, Samples]]:
    """Return the first `n` texts that are neither too short nor too long for a window, and how they sound."""
    found: list[tuple[str, Samples]] = []
    for text in texts:
        speech = speakers.say(text, rng)
        if LISTEN_RATE_HZ // 10 < speech.size < (asr_data.MOST_SECONDS - 1) * LISTEN_RATE_HZ:
            found.append((text, asr_data.place(speech, rng, clean=True)))
        if len(found) == n:
            break
    return found


def _understood(engine: WhisperEngine, name: str, which: str, spoken: Sequence[tuple[str, Samples]], voices: str) -> list[Score]:
    jiwer = scorer("jiwer")
    engine.recognize(spoken[0][1])  # the first pass also sets up the runtime
    began = time.perf_counter()
    heard = [normalised(engine.recognize(samples).text) for _, samples in spoken]
    took_s = time.perf_counter() - began
    meant = [normalised(text) for text, _ in spoken]
    right = sum(a == b for a, b in zip(meant, heard, strict=True))
    audio_s = sum(samples.size for _, samples in spoken) / LISTEN_RATE_HZ
    return [
        Score(f"{name} WER %, {which}", 100 * jiwer.wer(meant, heard), len(spoken), f"Tatoeba test, {voices}; {NORMALISER}"),
        Score(f"{name} sentences right %, {which}", 100 * right / len(spoken), len(spoken), NORMALISER),
        Score(f"{name} real-time factor, {which}", took_s / audio_s, len(spoken), f"one thread, {audio_s:.0f} s of audio"),
    ]


def _calibration(engine: WhisperEngine, name: str, spoken: Sequence[tuple[str, Samples]]) -> Score:
    """Score how far a word's probability is from how often such words are right (expected calibration error of Naeini et al. 2015)."""
    probabilities, right = list[float](), list[bool]()
    for text, samples in spoken:
        words = engine.recognize(samples, times=True).words
        heard = [normalised(word.text) for word in words]
        matching = {
            place for block in SequenceMatcher(a=normalised(text).split(), b=heard, autojunk=False).get_matching_blocks()
            for place in range(block.b, block.b + block.size)
        }  # fmt: skip
        probabilities += [word.probability for word in words]
        right += [place in matching for place in range(len(words))]
    p, correct = np.array(probabilities), np.array(right, float)
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    error = sum(abs(p[bins == b].sum() - correct[bins == b].sum()) for b in range(BINS)) / max(p.size, 1)
    return Score(f"{name} calibration error of words", float(error), p.size, f"{BINS} bins; unseen voices, clean and in noise")


def _expected(engine: WhisperEngine, name: str, texts: Sequence[str], speakers: Speakers, n: int, rng: random.Random) -> list[Score]:
    """Score how often names that nobody has are heard right, told of them and not."""
    plain, told = list[float](), list[float]()
    for text in texts:
        if not (match := asr_data.NAME.search(text)):
            continue
        names = [made_up(rng) for _ in range(EXPECTED)]
        wanted = names[0]
        for _, samples in said([text[: match.start()] + wanted + text[match.end() :]], speakers, 1, rng):
            rng.shuffle(names)
            for expected, into in (("", plain), (", ".join(names), told)):
                heard = normalised(engine.recognize(samples, expected=expected).text).split()
                into.append(wanted.lower() in heard)
        if len(told) == n:
            break
    how = f"made-up names in test sentences, {speakers.names}"
    return [
        percent(f"{name} names right %", plain, how),
        percent(f"{name} names right %, told of {EXPECTED}", told, how),
    ]


def _nothing(engine: WhisperEngine, name: str, seed: int) -> Score:
    rng = random.Random(seed)
    heard = [float(bool(engine.recognize(noise(rng)).text)) for _ in range(CLIPS)]
    return percent(f"{name} words in what is no speech, % of clips", heard, "silence, noise and music")
