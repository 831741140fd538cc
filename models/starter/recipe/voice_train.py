"""Train a voice: lengths, pitch and voicing against the teacher's; filters by the spectra of their sound, made with the teacher's."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.starter.recipe.muon import Optimizers
from models.starter.recipe.precision import autocast
from models.starter.recipe.training import run_in, use_cores
from models.starter.recipe.voice_data import HOP_SAMPLES, Aligned, Shard, sentences_of
from models.starter.recipe.voice_model import Voice, VoiceShape
from models.starter.recipe.voice_sound import Sound

HOPS_A_BATCH = 4000
"""32 s of speech."""

STFT_SAMPLES = (256, 512, 1024)
FLOOR = 1e-4
"""Amplitudes below this, of a sine in full swing, count as silence: the teachers' PCM16 has steps of 3e-5."""


@dataclass(frozen=True)
class Batch:
    """`ids` and `hops` (b, n); `mask`, `pitch_hz` and `voiced` (b, hops); `samples` (b, hops * HOP_SAMPLES)."""

    ids: Tensor
    hops: Tensor
    mask: Tensor
    pitch_hz: Tensor
    voiced: Tensor
    samples: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch where the model is."""
        return Batch(*(getattr(self, f.name).to(device) for f in fields(self)))


def collate(chosen: Sequence[Aligned]) -> Batch:
    """Return sentences as one batch, padded behind."""

    def padded(rows: Sequence[np.ndarray], fill: float = 0) -> Tensor:
        longest = max(row.size for row in rows)
        return torch.from_numpy(np.stack([np.pad(row, (0, longest - row.size), constant_values=fill) for row in rows]))

    return Batch(
        padded([s.ids for s in chosen]),
        padded([s.hops for s in chosen]),
        padded([np.ones(s.pitch_hz.size, np.float32) for s in chosen]),
        padded([s.pitch_hz for s in chosen], 100),
        padded([s.voiced.astype(np.float32) for s in chosen]),
        padded([s.pcm.astype(np.float32) / 32768 for s in chosen]),
    )


def batches(sentences: Sequence[Aligned], rng: random.Random) -> Iterator[list[int]]:
    """Yield numbers of sentences of like length, in random order, each once."""
    sizes = [sentence.pitch_hz.size for sentence in sentences]
    order = sorted(range(len(sizes)), key=lambda i: sizes[i] + rng.random() * 20)
    found: list[list[int]] = [[]]
    for i in order:
        if found[-1] and sizes[i] * (len(found[-1]) + 1) > HOPS_A_BATCH:
            found.append([])
        found[-1].append(i)
    rng.shuffle(found)
    yield from found


@dataclass(frozen=True)
class Losses:
    """How far a batch is from its teacher."""

    length: Tensor
    pitch: Tensor
    voicing: Tensor
    spectrum: Tensor

    @property
    def total(self) -> Tensor:
        return 0.3 * self.length + 2 * self.pitch + 0.3 * self.voicing + self.spectrum


def losses(voice: Voice, sound: Sound, batch: Batch) -> Losses:
    """Return the losses, each a mean over what counts."""
    with autocast(batch.samples.device):
        encoded = voice.encode(batch.ids)
        log_hops = voice.log_hops(encoded)
        frames = voice.decode(encoded, batch.hops, batch.mask)
    spoken = (batch.ids > 0).float()
    length = ((log_hops.float() - batch.hops.float().log1p()).abs() * spoken).sum() / spoken.sum()
    weight = batch.voiced + 0.05 * batch.mask
    pitch = ((frames.pitch_hz / batch.pitch_hz).log().abs() * weight).sum() / weight.sum()
    doubt = F.binary_cross_entropy_with_logits(frames.log_odds, batch.voiced, batch.mask, reduction="sum") / batch.mask.sum()
    noise = torch.randn(batch.samples.shape[0], 2, batch.samples.shape[1], device=batch.samples.device)
    made = sound(batch.pitch_hz, batch.voiced, frames.pulse_filter, frames.noise_filter, noise)
    made = made * batch.mask.repeat_interleave(HOP_SAMPLES, 1)[:, None]
    distances = [_energy_distance(made, batch.samples, size) for size in STFT_SAMPLES]
    return Losses(length, pitch, doubt, torch.stack(distances).mean() / batch.mask.mean())


def _energy_distance(made: Tensor, wanted: Tensor, size: int) -> Tensor:
    """Return how far sounds with two draws of noise are from the wanted one, less half of how far they are from each other.

    The distance alone would be least for the median of all noises, which is none: a buzz (Gritsenko et al. 2020, arXiv:2008.01160).
    """
    window = torch.hann_window(size, device=made.device)

    def features(samples: Tensor) -> tuple[Tensor, Tensor]:
        bins = torch.stft(samples, size, size // 4, window=window, return_complex=True)
        amplitude = (torch.view_as_real(bins).square().sum(-1) + (FLOOR * size / 4) ** 2).sqrt()
        return amplitude, amplitude.log()

    first, second, theirs = features(made[:, 0]), features(made[:, 1]), features(wanted)
    loudness = theirs[0].mean()

    def distance(a: tuple[Tensor, Tensor], b: tuple[Tensor, Tensor]) -> Tensor:
        return 0.5 * (a[0] - b[0]).abs().mean() / loudness + (a[1] - b[1]).abs().mean()

    return (distance(first, theirs) + distance(second, theirs) - distance(first, second)) / 2


def train(folder: Path, *, minutes: float, threads: int, seed: int = 0) -> None:
    """Train on the shards in `folder` for `minutes` of compute in total, over as many runs as it takes; write `folder/checkpoint.pt`."""
    device = use_cores(threads, seed)
    sentences = [sentence for path in sorted(folder.glob("shard-*.npz")) for sentence in sentences_of(Shard.load(path))]
    voice, sound = Voice(VoiceShape()).to(device), Sound().to(device)
    optimizers = Optimizers(voice, matrices="encoder. decoder.", muon_lr=0.02, adam_lr=2e-3)
    run = run_in(folder, minutes, threads, device)
    run.resume(voice, optimizers)
    rng = random.Random(seed + run.step)  # other batches than those before the stop
    hours = sum(sentence.pcm.size for sentence in sentences) / 16_000 / 3600
    print(
        f"{len(sentences)} sentences, {hours:.1f} h, {sum(p.numel() for p in voice.parameters()) / 1e6:.2f} M parameters, step {run.step}",
        flush=True,
    )
    began = time.monotonic()
    while run.progress < 1:
        for chosen in batches(sentences, rng):
            found = losses(voice, sound, collate([sentences[i] for i in chosen]).to(device))
            found.total.backward()  # type: ignore[no-untyped-call]
            optimizers.step(run.rate)
            run.stepped(voice, optimizers)
            if run.step % 50 == 0:
                print(
                    f"{run.step} spectrum {found.spectrum.item():.3f} length {found.length.item():.3f} pitch {found.pitch.item():.4f} voicing {found.voicing.item():.3f} "
                    f"{run.spent_s / 60:.1f} min, {(time.monotonic() - began) / 60:.1f} here",
                    flush=True,
                )
            if run.progress >= 1:
                break
