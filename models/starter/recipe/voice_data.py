"""Lessons for a voice: sentences as a teacher says them, with the length of each of Piper's phonemes and the pitch of each hop."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.audio import LISTEN_RATE_HZ, Samples
from models.child import Child
from models.starter.recipe.asr_data import spoken_texts
from models.starter.recipe.corpus import Lang
from models.starter.recipe.piper_tiny import BEGIN, END, phoneme_ids
from models.starter.recipe.voice_align import ends
from models.starter.recipe.voice_pitch import pitches
from models.starter.recipe.voice_teachers import Teacher, teacher

HOP_SAMPLES = 128
"""8 ms: short enough for the burst of a plosive."""

LEAD_S, TAIL_S = 0.03, 0.16
"""Silence kept before and after a sentence: an answer is to begin at once, and two sentences are to stay apart."""

MOST_UNLIKE = 0.25
"""Edits a symbol, beyond which teacher and phonemes do not say the same."""

ESPEAK_VOICES: dict[Lang, str] = {"en": "en-us", "es": "es-419"}


class Shard(NamedTuple):
    """Sentences one after the other: `ids`, `hops` of each id, `counts` of ids a sentence; `pitch_hz` and `voiced` by hop; PCM16."""

    texts: list[str]
    counts: NDArray[np.int64]
    ids: NDArray[np.int64]
    hops: NDArray[np.int64]
    pitch_hz: NDArray[np.float32]
    voiced: NDArray[np.bool_]
    pcm: NDArray[np.int16]

    def save(self, path: Path) -> None:
        partial = path.with_suffix(".part.npz")
        np.savez(partial, **(self._asdict() | {"texts": np.array(self.texts)}))
        partial.rename(path)

    @staticmethod
    def load(path: Path) -> Shard:
        with np.load(path) as file:
            return Shard(**{name: file[name] for name in Shard._fields} | {"texts": file["texts"].tolist()})


class Aligned(NamedTuple):
    """One sentence of a shard."""

    text: str
    ids: NDArray[np.int64]
    hops: NDArray[np.int64]
    pitch_hz: NDArray[np.float32]
    voiced: NDArray[np.bool_]
    pcm: NDArray[np.int16]


class Phonemizer:
    """piper-tts's own phonemes of a text; its package is GPL-3, so this runs in a process of its own."""

    def __init__(self) -> None:
        from piper.phonemize_espeak import EspeakPhonemizer

        self._phonemizer: Any = EspeakPhonemizer()

    def phonemes(self, voice: str, text: str) -> list[list[str]]:
        """Return the phonemes of each sentence."""
        found: list[list[str]] = self._phonemizer.phonemize(voice, text)
        return found


def make_shard(lang: Lang, count: int, seed: int) -> Shard:
    """Return `count` sentences; the same seed gives the same shard.

    Raises:
        EngineUnavailable: the teacher is not installed.
    """
    speaker, texts = teacher(lang), spoken_texts(lang, random.Random(seed))
    found: list[Aligned] = []
    phonemizer = Child(Phonemizer, "phonemizer")
    try:
        while len(found) < count:
            text = next(texts)
            phonemes = phonemizer.call("phonemes", ESPEAK_VOICES[lang], text)
            if len(phonemes) == 1 and (aligned := align(text, phonemes[0], speaker)) is not None:
                found.append(aligned)
    finally:
        phonemizer.close()
    columns = {name: [getattr(sentence, name) for sentence in found] for name in Aligned._fields}
    joined = {name: np.concatenate(values) for name, values in columns.items() if name != "text"}
    return Shard(columns["text"], np.array([sentence.ids.size for sentence in found]), **joined)


def align(text: str, phonemes: Sequence[str], speaker: Teacher) -> Aligned | None:
    """Return a sentence with its times; None where the teacher says something else than the phonemes."""
    known = phoneme_ids()
    marked = [BEGIN, *(phoneme for phoneme in phonemes if phoneme in known), END]
    lesson = speaker.say(text)
    if not lesson.sounded or not lesson.samples.size:
        return None
    times, unlike = ends(marked, lesson.sounded)
    if unlike > MOST_UNLIKE:
        return None
    began_s = times[0] - LEAD_S  # before the teacher begins, where that is late with it
    padded = np.pad(lesson.samples, (round(LEAD_S * LISTEN_RATE_HZ), round(TAIL_S * LISTEN_RATE_HZ)))
    edges = np.round((np.array([*times[:-1], times[-2] + TAIL_S]) - began_s) * LISTEN_RATE_HZ / HOP_SAMPLES).astype(np.int64)
    hops, start = np.diff(edges, prepend=0), round((began_s + LEAD_S) * LISTEN_RATE_HZ)
    samples: Samples = padded[start : start + edges[-1] * HOP_SAMPLES]
    samples = np.pad(samples, (0, edges[-1] * HOP_SAMPLES - samples.size))
    pitch_hz, voiced = pitches(samples, HOP_SAMPLES)
    ids = np.array([known[phoneme][0] for phoneme in marked])
    return Aligned(text, ids, hops, pitch_hz, voiced, (samples.clip(-1, 1) * 32767).astype(np.int16))


def sentences_of(shard: Shard) -> list[Aligned]:
    """Return the sentences of a shard one by one."""
    behind = np.cumsum(shard.counts)[:-1]
    hops = np.split(shard.hops, behind)
    over = np.cumsum([lengths.sum() for lengths in hops])[:-1]
    columns = (
        shard.texts, np.split(shard.ids, behind), hops, np.split(shard.pitch_hz, over), np.split(shard.voiced, over),
        np.split(shard.pcm, over * HOP_SAMPLES),
    )  # fmt: skip
    return [Aligned(*values) for values in zip(*columns, strict=True)]
