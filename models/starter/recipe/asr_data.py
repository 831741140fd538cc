"""Speech for the recognizer: sentences spoken by synthetic speakers, placed in noise, as log-mel features."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soxr
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from models.espeak import Espeak
from models.starter.recipe import requests, slots, talk
from models.starter.recipe.acoustics import somewhere
from models.starter.recipe.corpus import Lang, sentences
from models.starter.recipe.digits import OTHERS, Digit, digits
from models.starter.recipe.followups import Earlier, follow_up
from models.starter.recipe.hearing import punctuate
from models.starter.recipe.interjections import interjection
from models.starter.recipe.noises import noise
from models.starter.recipe.pauses import Paused, spoken
from models.starter.recipe.scale import Scale
from models.starter.recipe.speakers import ACCENTS, VARIANTS, Speakers, some_manner

MOST_SECONDS = 9.5
FRAMES_A_SECOND = 100

UNHEARD_OF = 0.4
"""Share of the sentences about Tom and Mary that are about somebody else, so that names are heard by their sound."""

NAME = re.compile(r"\b(?:Tom|Mary|Tomás|María|John|Juan)\b")
_BEGINNINGS = "b br c cl d dr f fl g gr h j k l m n p pl pr r s st t tr v z".split()
_VOWELS = "a a e e i o o u".split()
_ENDINGS = "n r s l ma no ra la do ro ven lin dez ton rik net".split()

IN_A_ROW = (1, 1, 1, 2, 3, 4, 5, 6, 7)
"""Digits that are said one after the other."""

INTERJECTED = 0.12
"""Interjections a sentence."""

JOINED = 0.3
"""Share of the utterances of two sentences: so a recognizer learns to tell their end from a comma."""


class Shard(NamedTuple):
    """Utterances one after the other: `mel` (80, sum of `lengths`) float16, `texts` and `lengths` (n,) in frames."""

    mel: NDArray[np.float16]
    lengths: NDArray[np.int64]
    texts: list[str]

    def save(self, path: Path) -> None:
        partial = path.with_suffix(".part.npz")
        np.savez(partial, mel=self.mel, lengths=self.lengths, texts=np.array(self.texts))
        partial.rename(path)

    @staticmethod
    def load(path: Path) -> Shard:
        with np.load(path) as file:
            return Shard(file["mel"], file["lengths"], file["texts"].tolist())


def spoken_texts(lang: Lang, rng: random.Random) -> Iterator[str]:
    """Yield texts to speak without end: mostly Tatoeba, in some of which people have unheard-of names, interjections, and in English requests and numbers."""
    corpus = sentences("train", lang)
    while True:
        rng.shuffle(corpus)
        for sentence in corpus:
            yield NAME.sub(lambda _: made_up(rng), sentence) if rng.random() < UNHEARD_OF else sentence
            if lang == "en" and rng.random() < 0.5:
                yield _request_text(rng)
            if rng.random() < INTERJECTED:
                yield interjection(lang, rng, rng.choice(corpus))


def made_up(rng: random.Random) -> str:
    """Return a name that nobody has, and everybody can say."""
    syllables = rng.choice([1, 2, 2, 2, 3])
    middle = "".join(rng.choice(_BEGINNINGS) + rng.choice(_VOWELS) for _ in range(syllables))
    return (middle + rng.choice(_ENDINGS)).capitalize()


def _request_text(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.6:
        return punctuate(requests.sample(rng).text)
    if kind < 0.7:
        earlier = Earlier(requests.sample(rng), "That's 12.")
        return punctuate((follow_up(earlier, rng) or earlier.request).text)
    if kind < 0.8:
        return punctuate(talk.small_talk(rng).text)
    if kind < 0.9:
        return punctuate(talk.deferred(rng).text)
    return punctuate(" ".join(slots.number_words(rng.randint(0, 9)) for _ in range(rng.choice(IN_A_ROW))))


def place(speech: Samples, rng: random.Random, *, clean: bool = False, broken_off: bool = False) -> Samples:
    """Return the speech at a random level between two stretches of silence, as a microphone somewhere hears it unless `clean`.

    Behind speech that is `broken_off` there is no silence: so a recognizer hears somebody who is still speaking.
    """
    before, after = rng.randint(0, 8000), 0 if broken_off else rng.randint(1600, 8000)
    placed = np.concatenate([silence(before), speech, silence(after)])
    if not clean:
        placed = somewhere(placed, rng)
    placed *= rng.uniform(0.1, 0.9) / max(float(np.abs(placed).max()), 1e-6)
    return placed.astype(np.float32)


def shards(lang: Lang, scale: Scale, number: int) -> dict[str, Callable[[], Shard]]:
    """Return what makes each file that a recognizer learns from: `number` sets of whole utterances, half as many with pauses, a quarter as many broken off, and some more."""
    makes: dict[str, Callable[[], Shard]] = {}
    for n in range(number):
        if n % 32 == 0:
            makes[f"nothing-{n // 32:03d}"] = partial(make_noise_shard, scale.noises, seed=900 + n // 32)
            if lang == "en":
                makes[f"digits-{n // 32:03d}"] = partial(make_digit_shard, scale.digits, seed=950 + n // 32)
        makes[f"{n:03d}"] = partial(make_shard, lang, scale.utterances, seed=1000 + n)
        if n % 4 == 1:
            makes[f"broken-off-{n // 4:03d}"] = partial(make_shard, lang, scale.utterances, seed=2000 + n // 4, broken_off=True)
        if n % 2 == 1:
            makes[f"paused-{n // 2:03d}"] = partial(make_paused_shard, lang, scale.utterances, seed=3000 + n // 2)
    return {f"shard-{name}.npz": make for name, make in makes.items()}


def make_noise_shard(count: int, seed: int) -> Shard:
    """Return `count` sounds without speech, their texts empty."""
    rng, extractor = random.Random(seed), FeatureExtractor(chunk_length=10)
    mels = [np.asarray(extractor(noise(rng)), np.float16) for _ in range(count)]
    return Shard(np.concatenate(mels, axis=1), np.array([m.shape[1] for m in mels]), [""] * count)


def make_digit_shard(count: int, seed: int) -> Shard:
    """Return `count` rows of one to seven digits that a person says, higher or lower and faster or slower than the person did."""
    rng, extractor = random.Random(seed), FeatureExtractor(chunk_length=10)
    people = [digits(speaker) for speaker in OTHERS]
    mels: list[NDArray[np.float16]] = []
    kept: list[str] = []
    while len(kept) < count:
        said = rng.choices(rng.choice(people), k=rng.choice(IN_A_ROW))
        speech = _in_a_row(said, rng)
        if speech.size < (MOST_SECONDS - 1) * LISTEN_RATE_HZ:
            mels.append(np.asarray(extractor(place(speech, rng)), np.float16))
            kept.append(punctuate(" ".join(digit.word for digit in said)))
    return Shard(np.concatenate(mels, axis=1), np.array([m.shape[1] for m in mels]), kept)


def _in_a_row(said: list[Digit], rng: random.Random) -> Samples:
    other_rate_hz, pieces = LISTEN_RATE_HZ * rng.uniform(0.82, 1.2), [silence(0)]
    for digit in said:
        samples = soxr.resample(digit.samples, LISTEN_RATE_HZ, other_rate_hz)
        pieces += [(samples / max(float(np.abs(samples).max()), 1e-6)).astype(np.float32), silence(rng.randint(300, 6000))]
    return np.concatenate(pieces[:-1])


def make_shard(lang: Lang, count: int, seed: int, *, broken_off: bool = False) -> Shard:
    """Return `count` utterances, whole or broken off inside a word; the same seed gives the same shard."""
    rng = random.Random(seed)
    speakers, extractor = Speakers(lang), FeatureExtractor(chunk_length=10)
    texts = spoken_texts(lang, rng)
    mels: list[NDArray[np.float16]] = []
    kept: list[str] = []
    while len(kept) < count:
        text = next(texts)
        before = next(texts) if rng.random() < JOINED else ""
        if broken_off:
            speech, text = speakers.begin(f"{before} {text}".strip(), rng)
        else:
            speech = speakers.say(text, rng, before)
            text = f"{before} {text}".strip()
        if not LISTEN_RATE_HZ // 10 < speech.size < (MOST_SECONDS - 1) * LISTEN_RATE_HZ:
            continue
        mel: NDArray[Any] = extractor(place(speech, rng, broken_off=broken_off))
        mels.append(mel.astype(np.float16))
        kept.append(text)
    return Shard(np.concatenate(mels, axis=1), np.array([m.shape[1] for m in mels]), kept)


def make_paused_shard(lang: Lang, count: int, seed: int) -> Shard:
    """Return `count` utterances with a pause inside, in noise: whole, or as far as the pause, in which nothing says that they are over."""
    rng, espeak, extractor = random.Random(seed), Espeak(), FeatureExtractor(chunk_length=10)
    texts = spoken_texts(lang, rng)
    mels: list[NDArray[np.float16]] = []
    kept: list[str] = []
    while len(kept) < count:
        manner = some_manner(f"{rng.choice(ACCENTS[lang])}+{rng.choice(VARIANTS)}", rng)
        if (paused := spoken(next(texts), lang, espeak, manner, rng)) is None:
            continue
        samples, text = _heard_so_far(paused, rng)
        if samples.size < MOST_SECONDS * LISTEN_RATE_HZ:
            mels.append(np.asarray(extractor(samples), np.float16))
            kept.append(text)
    return Shard(np.concatenate(mels, axis=1), np.array([m.shape[1] for m in mels]), kept)


def _heard_so_far(paused: Paused, rng: random.Random) -> tuple[Samples, str]:
    begins_s, ends_s = paused.pause_s
    if paused.before and rng.random() < 0.6:
        until_s, text = begins_s + min(rng.uniform(0.05, 0.5), ends_s - begins_s), paused.before
    else:
        until_s, text = paused.end_s + rng.uniform(0.05, 0.5), paused.text
    return paused.samples[: round(until_s * LISTEN_RATE_HZ)], text
