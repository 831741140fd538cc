"""How much of everything a recipe takes: what a model needs, or just enough to go the whole way in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Amounts by step; a step takes what concerns it."""

    minutes: float
    """Compute to train for, unless somebody says otherwise."""
    shards: int
    """Sets of utterances for a recognizer, unless somebody says otherwise."""
    utterances: int
    """Of one such set."""
    noises: int
    """Sounds without speech for every 32 sets: about 2 % of what the recognizer hears, so that it says nothing there."""
    digits: int
    """Rows of people's digits for every 32 sets."""
    texts: int
    """That a recognizer's vocabulary is made from."""
    pairs: int | None
    """Of sentences, that the language model learns from; all without it."""
    requests: int
    """That its vocabulary is made from."""
    conversations: int
    """That are mixed and sorted into batches at a time."""
    voice_shards: int
    sentences: int
    """Of one set for a voice, half an hour in full: teachers are regular, so more time with the same sentences helps more than more sentences."""
    paused: int
    """Utterances from which the rule of completeness is fitted."""
    read: int
    """Texts from which it is fitted."""
    sittings: int
    """In which the recognizer's errors are mined."""
    sitting: int
    """Utterances of one."""


FULL = Scale(
    minutes=240,
    shards=32,
    utterances=1250,
    noises=1000,
    digits=2500,
    texts=100_000,
    pairs=None,
    requests=13_000,
    conversations=20_000,
    voice_shards=5,
    sentences=1000,
    paused=800,
    read=500,
    sittings=8,
    sitting=3000,
)
"""What the models that ship were made with."""

SMOKE = Scale(
    minutes=0.02,
    shards=4,
    utterances=4,
    noises=2,
    digits=2,
    texts=2000,
    pairs=1000,
    requests=300,
    conversations=40,
    voice_shards=1,
    sentences=6,
    paused=20,
    read=40,
    sittings=1,
    sitting=20,
)
"""Every part of every recipe, with models of the full size that have learned next to nothing."""
