"""The voice: phonemes to how long each lasts, and hop by hop to the pitch and the two filters of `voice_sound.py`.

A convolution is a linear layer over three neighbours side by side, so that Muon trains it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.starter.recipe.piper_tiny import SYMBOLS
from models.starter.recipe.voice_sound import NOISES, PULSES

ENCODER_STEPS = (1, 1, 2, 4, 1, 2)
"""How far away the neighbours are, by layer: in all 11 phonemes to each side."""

DECODER_STEPS = (1, 2, 4, 1, 2, 4)
PLACES, MOMENTS = 3, 5
MIDDLE_HZ = 150.0
QUIET = -5.0
"""Logarithm of the amplitude of untrained filters."""


@dataclass(frozen=True)
class VoiceShape:
    """Widths of the layers."""

    width: int = 192
    hidden: int = 448


class Frames(NamedTuple):
    """What the sound is made of, by hop."""

    pitch_hz: Tensor
    log_odds: Tensor
    """Of the voice sounding, and not only breath."""
    pulse_filter: Tensor
    noise_filter: Tensor


class Block(nn.Module):
    """A residual layer over each item and its neighbours `step` before and behind."""

    def __init__(self, shape: VoiceShape, step: int) -> None:
        super().__init__()
        self.step = step
        self.norm = nn.LayerNorm(shape.width)
        self.inner = nn.Linear(3 * shape.width, shape.hidden)
        self.outer = nn.Linear(shape.hidden, shape.width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        h = self.norm(x) * mask
        wide = F.pad(h, (0, 0, self.step, self.step))
        h = torch.cat([wide[:, : -2 * self.step], h, wide[:, 2 * self.step :]], -1)
        widened: Tensor = x + self.outer(F.gelu(self.inner(h)))
        return widened


class Voice(nn.Module):
    """Ids (batch, n), zero behind a text, to frames."""

    scales: Tensor

    def __init__(self, shape: VoiceShape) -> None:
        super().__init__()
        self.embed = nn.Embedding(SYMBOLS, shape.width)
        self.place = nn.Linear(PLACES, shape.width)
        self.encoder = nn.ModuleList(Block(shape, step) for step in ENCODER_STEPS)
        self.encoder_norm = nn.LayerNorm(shape.width)
        self.length = nn.Sequential(nn.Linear(shape.width, shape.width), nn.GELU(), nn.Linear(shape.width, 1))
        self.moment = nn.Linear(MOMENTS, shape.width)
        self.decoder = nn.ModuleList(Block(shape, step) for step in DECODER_STEPS)
        self.decoder_norm = nn.LayerNorm(shape.width)
        self.head = nn.Linear(shape.width, 2 + PULSES + NOISES)
        nn.init.normal_(self.embed.weight, std=0.5)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        orders = torch.cat([torch.zeros(2), torch.arange(PULSES), torch.arange(NOISES)])
        self.register_buffer("scales", 2 / (1 + orders) ** 0.7, persistent=False)

    def encode(self, ids: Tensor) -> Tensor:
        """Return what each id means where it stands, (batch, n, width)."""
        mask = (ids > 0).float()
        place, count = mask.cumsum(1) - 1, mask.sum(1, keepdim=True)
        left = count - 1 - place
        places = torch.stack([place / count, (-place / 8).exp(), (-left.clamp(min=0) / 8).exp()], -1)
        x = self.embed(ids) + self.place(places)
        for block in self.encoder:
            x = block(x, mask[..., None])
        encoded: Tensor = self.encoder_norm(x)
        return encoded

    def log_hops(self, encoded: Tensor) -> Tensor:
        """Return log(1 + hops) of each id."""
        found: Tensor = self.length(encoded)[..., 0]
        return found

    def decode(self, encoded: Tensor, hops: Tensor, mask: Tensor) -> Frames:
        """Return the frames.

        Args:
            encoded: by id, (batch, n, width).
            hops: whole numbers, (batch, n).
            mask: (batch, most hops of a text), 1 where there is a hop.
        """
        hops = hops.float()
        ended = hops.cumsum(1)
        moment = mask.cumsum(1) - 1
        number = (ended[:, None] <= moment[..., None]).sum(-1).clamp(max=hops.shape[1] - 1)
        length = hops.gather(1, number)
        since = moment - (ended.gather(1, number) - length)
        until = length - since
        moments = torch.stack(
            [since / length.clamp(min=1), (-since / 3).exp(), (-until.clamp(min=0) / 3).exp(), (1 + length).log() / 3, since / 20], -1
        )
        x = encoded.gather(1, number[..., None].expand(-1, -1, encoded.shape[-1])) + self.moment(moments)
        for block in self.decoder:
            x = block(x, mask[..., None])
        found = self.head(self.decoder_norm(x)).float() * self.scales
        pitch, log_odds, pulse_filter, noise_filter = found.split([1, 1, PULSES, NOISES], -1)
        quiet = F.pad(torch.full_like(pitch, QUIET), (0, NOISES - 1))
        return Frames(
            MIDDLE_HZ * pitch[..., 0].clamp(-1.5, 1.5).exp(),
            log_odds[..., 0],
            pulse_filter + F.pad(quiet, (0, PULSES - NOISES)),
            noise_filter + quiet,
        )
