"""Speech with a pause inside, for judging when somebody has finished: where the pause lies and where speech ends is known exactly.

Test sentences, requests in unseen phrasings and small talk, spoken by espeak-ng, whose words have known times. The pause stands where
people make one: at a clause, or in a hesitation, which is drawn out or filled with an "uh". Noise goes on throughout. Two halves
share no sentence, no phrasing and no voice; those of the test half the recognizer never heard.
"""

from __future__ import annotations

import random
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.errors import InputError
from models.child import Child
from models.espeak import Espeak, Manner
from models.starter.recipe import requests, talk
from models.starter.recipe.corpus import Lang, pairs, sentences
from models.starter.recipe.hearing import punctuate
from models.starter.recipe.noises import hiss
from models.starter.recipe.speakers import ACCENTS, HELD_OUT, VARIANTS, some_manner, trimmed
from models.worker import Worker

Half: TypeAlias = Literal["dev", "test"]
"""What rules are fitted on, and what they are judged on."""

PAUSE_S = (0.2, 1.2)
SNR_DB = (15.0, 30.0)
LEAD_S = (0.3, 0.6)
TAIL_S = 2.0
"""Noise behind the end: longer than any rule waits."""

TALK_SHARE = 0.1
"""Of small talk, much of which is a single word: a short text may be complete."""

FILLED, DRAWN_OUT = 1 / 3, 0.4
"""Shares of the hesitations."""


@dataclass(frozen=True)
class _Words:
    """Where people pause: in front of some words, and, looking for the next one, behind some."""

    before: frozenset[str]
    behind: frozenset[str]
    fillers: tuple[str, ...]


_ARTICLES = "a an any every her his its my no our some that the their these this those your"
_PREPOSITIONS = "about after at before behind between by for from in into of on over than through to under until with without"
_CONJUNCTIONS = "and because but if or since so when where which while who"
_OPERATORS = "divided minus multiplied plus times"
_VERBS = "am are can could did do does has have how is was were what will would"
_SPANISH_BEFORE = "a con de desde en entre hasta para por sin sobre cuando donde pero porque que quien si y o"
_SPANISH_BEHIND = "el la los las un una mi tu su sus mis tus este esta ese esa del al es está son era ha he había puede quiero voy"
_WORDS: dict[Lang, _Words] = {
    "en": _Words(
        frozenset(f"{_PREPOSITIONS} {_CONJUNCTIONS} {_OPERATORS}".split()),
        frozenset(f"{_ARTICLES} {_PREPOSITIONS} {_CONJUNCTIONS} {_OPERATORS} {_VERBS}".split()),
        ("uh", "um"),
    ),
    "es": _Words(frozenset(_SPANISH_BEFORE.split()), frozenset(f"{_SPANISH_BEFORE} {_SPANISH_BEHIND}".split()), ("eh", "em")),
}


@dataclass(frozen=True)
class Paused:
    """One utterance at 16 kHz; seconds count from the start of `samples`."""

    text: str
    before: str
    """What was said when the pause began, without an "uh"; empty for a single word, which has no pause."""
    samples: Samples
    pause_s: tuple[float, float]
    """Where the pause begins and ends; the same for a single word."""
    end_s: float
    """Where speech ends."""


def texts(half: Half, lang: Lang, rng: random.Random) -> Iterator[str]:
    """Yield sentences that no training saw, each once; in English also requests in phrasings that none saw, and small talk."""
    known = {pair[0 if lang == "en" else 1] for pair in pairs("train")}
    own = [sentence for sentence in sentences("test", lang)[_part(half)] if sentence not in known]
    rng.shuffle(own)
    for sentence in own:
        yield sentence
        if lang == "en":
            yield _request(half, rng)
            if rng.random() < 2 * TALK_SHARE:
                yield punctuate(rng.choice(rng.choice(talk.TALK[_part(half)]).seen.split("|")))


async def paused_speech(half: Half, count: int, seed: int) -> AsyncGenerator[Paused, None]:
    """Yield `count` English utterances; the same seed gives the same ones, to the sample.

    Raises:
        InputError: more than the test split has.
    """
    worker = Worker(partial(Child, PausedSpeech, "paused speech"), "paused speech")
    try:
        async with aclosing(worker.stream("stream", "utterances", half, count, seed)) as made:
            async for paused in made:
                yield paused
    finally:
        await worker.close()


class PausedSpeech:
    """Makes the utterances, in a process of its own: espeak-ng is GPL-3, and what it said before changes a little how it speaks."""

    def utterances(self, half: Half, count: int, seed: int) -> Iterator[Paused]:
        """Yield `count` utterances. Raises InputError where there are not so many."""
        rng, espeak = random.Random(f"{half} {seed}"), Espeak()
        voices = VARIANTS if half == "dev" else HELD_OUT
        left = texts(half, "en", rng)
        for made in range(count):
            paused = None
            while paused is None:
                if (text := next(left, None)) is None:
                    raise InputError(f"There are only {made} utterances to listen to, not {count}; ask for fewer.")
                manner = some_manner(f"{rng.choice(ACCENTS['en'])}+{rng.choice(voices)}", rng)
                paused = spoken(text, "en", espeak, manner, rng)
            yield paused


def _part(half: Half) -> slice:
    return slice(half == "test", None, 2)


def _request(half: Half, rng: random.Random) -> str:
    intent = rng.choices(requests.INTENTS, [i.weight for i in requests.INTENTS])[0]
    phrasing = rng.choice(intent.unseen[_part(half)])
    return punctuate(requests.expand(phrasing, intent.fill(rng).slots, rng))


def spoken(text: str, lang: Lang, espeak: Espeak, manner: Manner, rng: random.Random) -> Paused | None:
    """Speak a text with a pause; None where it is not known where a word begins, or nothing is to be heard on one side."""
    words, sound, rate_hz = text.split(), espeak.synthesize(text, manner), espeak.sample_rate_hz
    if len(words) == 1:
        return _placed(text, "", faded(trimmed(sound, rate_hz)), silence(0), rng)
    starts = _starts(text, espeak, rate_hz)
    if not starts:
        return None
    hesitates, at = _place(words, tuple(starts), _WORDS[lang], rng)
    last_word = max((start for start in starts.values() if start < starts[at]), default=0)
    first, last, after = (trimmed(part, rate_hz) for part in np.split(sound, [last_word, starts[at]]))
    way = rng.random()
    if hesitates and way < FILLED:
        filler = trimmed(espeak.synthesize(rng.choice(_WORDS[lang].fillers), manner), rate_hz)
        last = np.concatenate([last, silence(rng.randint(0, 800)), filler])
    elif hesitates and way < FILLED + DRAWN_OUT:
        last = stretched(last, rng.uniform(1.2, 1.8))
    if not last.size or not after.size:
        return None
    return _placed(text, " ".join(words[:at]), faded(np.concatenate([first, last])), faded(after), rng)


def _starts(text: str, espeak: Espeak, rate_hz: int) -> dict[int, int]:
    """Return the words but the first, counted from 0, whose first sample is known: espeak-ng speaks some words as one with the next."""
    numbers = {match.start(): number for number, match in enumerate(re.finditer(r"\S+", text))}
    found = {numbers[position]: round(at_s * rate_hz) for position, at_s in espeak.word_starts if position in numbers}
    return {number: start for number, start in found.items() if number}


def _place(words: Sequence[str], borders: Sequence[int], known: _Words, rng: random.Random) -> tuple[bool, int]:
    """Return whether somebody would hesitate or end a clause, and in front of which word of `borders`, counted from 0."""
    plain = [re.sub(r"\W", "", word.lower()) for word in words]
    clauses = [at for at in borders if words[at - 1][-1] in ",;:" or plain[at] in known.before]
    hesitations = [at for at in borders if plain[at - 1] in known.behind]
    if clauses and (not hesitations or rng.random() < 0.5):
        return False, rng.choice(clauses)
    return True, rng.choice(hesitations or borders)


def _placed(text: str, before: str, first: Samples, second: Samples, rng: random.Random) -> Paused:
    """Put an utterance into noise, at a random level; without a second part there is no pause."""
    lead_s, pause_s = rng.uniform(*LEAD_S), rng.uniform(*PAUSE_S) if second.size else 0.0
    lead, pause, tail = (silence(round(seconds * LISTEN_RATE_HZ)) for seconds in (lead_s, pause_s, TAIL_S))
    speech = np.concatenate([first, second])
    noise = hiss(lead.size + speech.size + pause.size + tail.size, np.random.default_rng(rng.getrandbits(32)))
    noise *= np.sqrt(np.mean(speech**2) / np.mean(noise**2)) * 10 ** (-rng.uniform(*SNR_DB) / 20)
    samples = np.concatenate([lead, first, pause, second, tail]) + noise
    samples *= rng.uniform(0.1, 0.9) / np.abs(samples).max()
    begins, resumes = lead.size + first.size, lead.size + first.size + pause.size
    ends = resumes + second.size
    return Paused(
        text, before, samples.astype(np.float32), (begins / LISTEN_RATE_HZ, resumes / LISTEN_RATE_HZ), ends / LISTEN_RATE_HZ
    )  # fmt: skip


def faded(samples: Samples, fade: int = 128) -> Samples:
    """Return the sound with both ends faded over `fade` samples: speech that was cut apart must not click."""
    ramp = np.minimum(1, np.arange(1, samples.size + 1) / fade)
    return (samples * ramp * ramp[::-1]).astype(np.float32)


def stretched(samples: Samples, factor: float) -> Samples:
    """Return the sound `factor` times as long at the same pitch: overlapping frames, each taken where it continues the one before best."""
    frame, hop, reach = 512, 256, 128
    if samples.size < 2 * frame:
        return samples
    window = np.hanning(frame + 1)[:frame]
    frames = int((samples.size * factor - frame) / hop)
    out, at = np.zeros(frame + frames * hop), 0
    out[:frame] += window * samples[:frame]
    for number in range(1, frames + 1):
        wanted = samples[at + hop : at + hop + frame]  # how the sound went on
        middle = min(round(number * hop / factor), samples.size - frame)
        starts = range(max(0, middle - reach), min(samples.size - frame, middle + reach) + 1)
        at = max(starts, key=lambda start: float(samples[start : start + wanted.size] @ wanted))
        out[number * hop : number * hop + frame] += window * samples[at : at + frame]
    return out.astype(np.float32)
