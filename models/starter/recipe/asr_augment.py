"""Other voices, other microphones, other noise, other gaps, made from log-mel features while training: every time an utterance comes, it sounds different."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from models.starter.recipe.asr_model import MEL_BANDS

WARPED, LONGEST_TRACT = 0.6, 1.16
"""Share of the utterances whose formants move, and by which factor at most: vocal tracts differ by as much (VTLP, Jaitly and Hinton 2013)."""

STRETCHED, SLOWEST, FASTEST = 0.5, 1.2, 0.85
"""Share of the utterances that are said in another time, and how many times as long they become."""

COLOURED, TILT_DB, BUMP_DB = 0.5, 8.0, 4.0
"""Share of the utterances that another microphone hears, by how much its highest band may differ from its lowest, and each of its three bumps from none."""

NOISY, SNR_DB = 0.5, (2.0, 30.0)
"""Share of the utterances that come in (more) noise, and how far their mean power stands above it."""

TALKED_OVER, TALKER_DB = 0.08, (12.0, 30.0)
"""Share of the utterances behind which somebody else is heard, much softer: only who is near is written down."""

BELOW_PEAK, LOG_SCALE, LOG_SHIFT = 8.0, 4.0, 4.0
"""Whisper's features: log10 of power, at most 8 below its peak, plus 4, over 4."""

_BEND_HZ, _MELS_A_HZ, _LOG_STEP = 1000.0, 3 / 200, math.log(6.4) / 27
"""Slaney's mel scale: linear up to 1 kHz, logarithmic above."""

NYQUIST_HZ = 8000.0
NOISE_SLOPE = (0.0, 2.0)
"""By which power of the frequency the power of a noise falls: white to brown."""


def bands_hz() -> Tensor:
    """Return the middle of each of Whisper's mel bands in Hz, (80,)."""
    mels = torch.linspace(0, float(_mels(torch.tensor(NYQUIST_HZ))), MEL_BANDS + 2)[1:-1]
    bend = _BEND_HZ * _MELS_A_HZ
    return torch.where(mels < bend, mels / _MELS_A_HZ, _BEND_HZ * torch.exp((mels - bend) * _LOG_STEP))


def _mels(hz: Tensor) -> Tensor:
    bend = _BEND_HZ * _MELS_A_HZ
    return torch.where(hz < _BEND_HZ, hz * _MELS_A_HZ, bend + torch.log(hz.clamp(min=_BEND_HZ) / _BEND_HZ) / _LOG_STEP)


def varied(mel: Tensor, lengths: Tensor, frames: int) -> tuple[Tensor, Tensor]:
    """Return (b, frames, 80) features, each in another voice, time and noise, and their lengths (b,); zero behind their end.

    Args:
        mel: (b, n, 80) features as Whisper's extractor gives them.
        lengths: (b,) how many frames of each are features.
        frames: of the result: what becomes longer than that keeps its time.
    """
    mel, lengths = _said_otherwise(mel, lengths, frames)
    there = torch.arange(frames, device=mel.device)[None, :, None] < lengths[:, None, None]
    power = 10 ** (mel.clamp(max=3.0) * LOG_SCALE - LOG_SHIFT) * there
    heard = _in_noise(power * _microphone(mel.shape[0], mel.device), lengths)
    heard = _talked_over(heard, power)
    logs = torch.log10(heard.clamp(min=1e-10))
    peak = torch.where(there, logs, -torch.inf).amax((1, 2), keepdim=True)
    mel = (torch.maximum(logs, peak - BELOW_PEAK) + LOG_SHIFT) / LOG_SCALE
    return masked(mel, lengths) * there, lengths


def _said_otherwise(mel: Tensor, lengths: Tensor, frames: int) -> tuple[Tensor, Tensor]:
    count, device = mel.shape[0], mel.device
    tract = torch.where(_some(count, WARPED, device), _between(count, 1 / LONGEST_TRACT, LONGEST_TRACT, device), 1.0)
    slower = torch.where(_some(count, STRETCHED, device), _between(count, FASTEST, SLOWEST, device), 1.0)
    slower = torch.where((lengths * slower).round() <= frames, slower, 1.0)
    top, bottom = _mels(torch.tensor(NYQUIST_HZ)), 0.0
    step = (float(top) - bottom) / (MEL_BANDS + 1)
    from_bands = _mels((bands_hz().to(device)[None] * tract[:, None]).clamp(max=NYQUIST_HZ)) / step - 1
    from_frames = torch.arange(frames, device=device)[None] / slower[:, None]
    # grid_sample's coordinates: -1 is the outer edge of the first sample, 1 of the last
    x = (from_bands.clamp(0, MEL_BANDS - 1) * 2 + 1) / MEL_BANDS - 1
    y = (from_frames.clamp(max=mel.shape[1] - 1) * 2 + 1) / mel.shape[1] - 1
    grid = torch.stack([x[:, None, :].expand(-1, frames, -1), y[:, :, None].expand(-1, -1, MEL_BANDS)], dim=-1)
    moved = F.grid_sample(mel[:, None], grid, padding_mode="border", align_corners=False)[:, 0]
    return moved, (lengths * slower).round().long()


def _microphone(count: int, device: torch.device) -> Tensor:
    """Return by how much microphones of `count` kinds raise or lower the power of each band, (count, 1, 80): smoothly, some not at all."""
    across = torch.linspace(0, 1, MEL_BANDS, device=device)[None]
    gain_db = _between(count, -TILT_DB, TILT_DB, device)[:, None] * (across - 0.5)
    for bumps in (1, 2, 3):
        turned = _between(count, 0, 2 * math.pi, device)[:, None]
        gain_db = gain_db + _between(count, 0, BUMP_DB, device)[:, None] * torch.cos(math.pi * bumps * across + turned)
    gain_db = torch.where(_some(count, COLOURED, device)[:, None], gain_db, 0.0)
    return (10 ** (gain_db / 10))[:, None, :]


def _in_noise(power: Tensor, lengths: Tensor) -> Tensor:
    """Add noise of some colour: in a mel band, the power of noise is spread like a sum of a few squares."""
    count, device = power.shape[0], power.device
    slope = _between(count, *NOISE_SLOPE, device)
    colour = (bands_hz().to(device)[None] / _BEND_HZ) ** -slope[:, None]
    freedom = (bands_hz().to(device) / 400).clamp(1, 8)  # bins of the transform in a band
    spread = torch._standard_gamma(freedom.expand_as(power)) / freedom
    noise = colour[:, None, :] * spread
    mean = power.sum((1, 2)) / (lengths * MEL_BANDS).clamp(min=1)
    wanted = mean / noise.mean((1, 2)) * 10 ** (-_between(count, *SNR_DB, device) / 10)
    wanted = torch.where(_some(count, NOISY, device), wanted, 0.0)
    return power + wanted[:, None, None] * noise


def _talked_over(power: Tensor, said: Tensor) -> Tensor:
    count, device = power.shape[0], power.device
    other = said.roll(1, 0)
    wanted = said.mean((1, 2)) / other.mean((1, 2)).clamp(min=1e-12) * 10 ** (-_between(count, *TALKER_DB, device) / 10)
    wanted = torch.where(_some(count, TALKED_OVER, device), wanted, 0.0)
    return power + wanted[:, None, None] * other


def masked(mel: Tensor, lengths: Tensor) -> Tensor:
    """Return the features with two stripes of bands and one stretch of time at their mean (SpecAugment, arXiv:1904.08779)."""
    count, frames, bands = mel.shape
    device = mel.device
    hidden = torch.zeros(count, frames, bands, dtype=torch.bool, device=device)
    band, frame = torch.arange(bands, device=device)[None, None], torch.arange(frames, device=device)[None, :, None]
    for _ in range(2):
        width, at = _between(count, 0, 11, device).floor(), _between(count, 0, bands - 10, device).floor()
        hidden |= (band >= at[:, None, None]) & (band < (at + width)[:, None, None])
    width = _between(count, 0, 9, device).floor()
    at = (torch.rand(count, device=device) * (lengths - width).clamp(min=0)).floor()
    hidden |= (frame >= at[:, None, None]) & (frame < (at + width)[:, None, None])
    return torch.where(hidden, mel.mean((1, 2), keepdim=True), mel)


def _some(count: int, share: float, device: torch.device) -> Tensor:
    return torch.rand(count, device=device) < share


def _between(count: int, low: float, high: float, device: torch.device) -> Tensor:
    return low + (high - low) * torch.rand(count, device=device)
