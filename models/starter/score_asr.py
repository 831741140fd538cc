"""How good a recognizer is: sentences in known and unseen voices, in noise, people's digits, what is no speech, names it is told of, and how well it knows itself."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples
from models.starter.measure import NORMALISER, Score, calibration, error_rate, normalised, percent
from models.starter.recipe import asr_data
from models.starter.recipe.acoustics import in_noise
from models.starter.recipe.asr_data import made_up
from models.starter.recipe.corpus import Lang, sentences
from models.starter.recipe.digits import LEFT_OUT, OTHERS, digits
from models.starter.recipe.noises import noise
from models.starter.recipe.speakers import Speakers
from models.whisper import WhisperEngine

NOISE_DB = 10.0
"""How far loud parts of the speech stand above the noise."""

CLIPS = 200
"""Sounds without speech."""

EXPECTED = 5
"""Names it is told to expect, of which one is said."""

LONG = 9
"""Letters of a word that few others help to guess."""


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
            for noise in (None, numbers):
                lines += _expected(engine, name, texts, speakers, n, rng, noise)
    if lang == "en":
        lines += people(engine, name, seed)
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
    engine.recognize(spoken[0][1])  # the first pass also sets up the runtime
    began = time.perf_counter()
    heard = [normalised(engine.recognize(samples).text) for _, samples in spoken]
    took_s = time.perf_counter() - began
    meant = [normalised(text) for text, _ in spoken]
    audio_s = sum(samples.size for _, samples in spoken) / LISTEN_RATE_HZ
    there = [(word, right) for a, b in zip(meant, heard, strict=True) for word, right in zip(a.split(), _right(a, b)[0], strict=True)]
    long = [float(right) for word, right in there if len(word) >= LONG]
    return [
        error_rate(f"{name} WER %, {which}", meant, heard, f"Tatoeba test, {voices}"),
        percent(f"{name} sentences right %, {which}", [float(a == b) for a, b in zip(meant, heard, strict=True)], NORMALISER),
        *([percent(f"{name} long words right %, {which}", long, f"words of {LONG} letters and more")] if long else []),
        Score(f"{name} real-time factor, {which}", took_s / audio_s, len(spoken), f"one thread, {audio_s:.0f} s of audio"),
    ]


def _right(said: str, heard: str) -> tuple[list[bool], list[bool]]:
    """Return which words of what was said, and which of what was heard, stand in both where they belong."""
    a, b = said.split(), heard.split()
    blocks = SequenceMatcher(a=a, b=b, autojunk=False).get_matching_blocks()
    in_a = {place for block in blocks for place in range(block.a, block.a + block.size)}
    in_b = {place for block in blocks for place in range(block.b, block.b + block.size)}
    return [place in in_a for place in range(len(a))], [place in in_b for place in range(len(b))]


def _calibration(engine: WhisperEngine, name: str, spoken: Sequence[tuple[str, Samples]]) -> Score:
    """Score how far a word's probability is from how often such words are right."""
    told = []
    for text, samples in spoken:
        words = [word for word in engine.recognize(samples, times=True).words if normalised(word.text)]
        heard = " ".join(normalised(word.text).replace(" ", "") for word in words)
        told.append([(word.probability, right) for word, right in zip(words, _right(normalised(text), heard)[1], strict=True)])
    return calibration(f"{name} calibration error of words", told, "unseen voices, clean and in noise")


def _expected(
    engine: WhisperEngine,
    name: str,
    texts: Sequence[str],
    speakers: Speakers,
    n: int,
    rng: random.Random,
    noise: np.random.Generator | None,
) -> list[Score]:
    """Score how often names that nobody has are heard right, told of them and not, and how often one is written that was not said."""
    plain, told, put_in = list[float](), list[float](), list[float]()
    for text in texts:
        if not (match := asr_data.NAME.search(text)):
            continue
        names = [made_up(rng) for _ in range(EXPECTED)]
        wanted, *others = names
        for _, clean in said([text[: match.start()] + wanted + text[match.end() :]], speakers, 1, rng):
            samples = clean if noise is None else in_noise(clean, NOISE_DB, noise)
            rng.shuffle(names)
            for expected, into in (("", plain), (", ".join(names), told)):
                heard = normalised(engine.recognize(samples, expected=expected).text).split()
                into.append(wanted.lower() in heard)
            heard = normalised(engine.recognize(samples, expected=", ".join(others)).text).split()
            put_in.append(any(name.lower() in heard for name in others))
        if len(told) == n:
            break
    how, where = f"made-up names in test sentences, {speakers.names}", "" if noise is None else ", noise"
    return [
        percent(f"{name} names right %{where}", plain, how),
        percent(f"{name} names right %, told of {EXPECTED}{where}", told, how),
        percent(f"{name} names written that were not said %, told of {EXPECTED - 1}{where}", put_in, how),
        percent(f"{name} names right, points gained by being told{where}", [b - a for a, b in zip(plain, told, strict=True)], how),
    ]


def people(engine: WhisperEngine, name: str, seed: int) -> list[Score]:
    """Score the recognizer of English on digits that people say one by one: somebody whom no model learns from, and three whom it knows."""
    lines = []
    for who, speakers in (("a left-out person", (LEFT_OUT,)), ("people it learned from", OTHERS)):
        rng, spoken = random.Random(seed), [digit for speaker in speakers for digit in digits(speaker)]
        heard = [normalised(engine.recognize(asr_data.place(digit.samples, rng, clean=True)).text) for digit in spoken]
        how = f"single digits, Free Spoken Digit Dataset, 8 kHz: {', '.join(speakers)}"
        lines.append(error_rate(f"{name} WER %, digits of {who}", [digit.word for digit in spoken], heard, how))
    return lines


def _nothing(engine: WhisperEngine, name: str, seed: int) -> Score:
    rng = random.Random(seed)
    heard = [float(bool(engine.recognize(noise(rng)).text)) for _ in range(CLIPS)]
    return percent(f"{name} words in what is no speech, % of clips", heard, "silence, noise and music")
