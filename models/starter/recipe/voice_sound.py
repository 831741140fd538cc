"""What turns frames into sound: pulses at the pitch and noise, each through a filter of its own, by an inverse STFT.

Both filters are minimum-phase and written as mel-cepstra: few numbers, smooth, dense where the ear hears finely; the phase comes with
them. It has no weights, so a voice learns only what to say. Each frame filters a window of the sources that is two hops long.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from assistant.audio import LISTEN_RATE_HZ
from models.starter.recipe.voice_data import HOP_SAMPLES

FFT_SAMPLES = 1024
"""Room for the longest ringing of a filter behind its window: 48 ms."""

BINS = FFT_SAMPLES // 2 + 1
WARP = 0.42
"""Bends 16 kHz into nearly the mel scale."""

PULSES, NOISES = 50, 30
"""Coefficients of the two filters."""

HIGHEST_HARMONIC_HZ = 7600.0


class Sound(nn.Module):
    """Frames to samples."""

    window: Tensor
    forwards: Tensor
    backwards: Tensor
    real: Tensor
    imaginary: Tensor
    ramp: Tensor

    def __init__(self) -> None:
        super().__init__()
        samples, bins = torch.arange(FFT_SAMPLES, dtype=torch.float64), torch.arange(BINS, dtype=torch.float64)
        angles = 2 * math.pi / FFT_SAMPLES * bins[:, None] * samples[None]
        waves = torch.cat([angles.cos(), -angles.sin()])
        window = torch.hann_window(2 * HOP_SAMPLES, dtype=torch.float64)  # two halves of neighbours add up to one
        shares = torch.full((BINS,), 2 / FFT_SAMPLES, dtype=torch.float64)
        shares[[0, -1]] /= 2
        omega = math.pi * bins / (BINS - 1)
        warped = omega + 2 * torch.atan(WARP * omega.sin() / (1 - WARP * omega.cos()))
        orders = torch.arange(max(PULSES, NOISES), dtype=torch.float64)
        for name, value in {
            "forwards": waves[:, None, : 2 * HOP_SAMPLES] * window,
            "backwards": (waves * shares.repeat(2)[:, None])[:, None],
            "real": (orders[:, None] * warped).cos(),
            "imaginary": -(orders[:, None] * warped).sin(),
            "ramp": (torch.arange(HOP_SAMPLES, dtype=torch.float64) + 0.5) / HOP_SAMPLES,
        }.items():
            self.register_buffer(name, value.float(), persistent=False)

    def forward(self, pitch_hz: Tensor, voicing: Tensor, pulse_filter: Tensor, noise_filter: Tensor, noise: Tensor) -> Tensor:
        """Return samples (batch, draws, hops * HOP_SAMPLES): the same pulses with each of the draws of noise.

        Args:
            pitch_hz: (batch, hops), above zero.
            voicing: share of the pulses that sounds, (batch, hops).
            pulse_filter: mel-cepstrum of the logarithm of the amplitude, (batch, hops, PULSES).
            noise_filter: the same for the noise, (batch, hops, NOISES).
            noise: white, of variance one, (batch, draws, hops * HOP_SAMPLES).
        """
        batch, draws, count = noise.shape
        voiced = self._filtered(pulses(pitch_hz, self.ramp)[:, None], pulse_filter) * voicing[:, None, None]
        spectrum = (voiced + self._filtered(noise, noise_filter)).flatten(0, 1)
        added = F.conv_transpose1d(spectrum, self.backwards, stride=HOP_SAMPLES)
        return added[:, 0, HOP_SAMPLES // 2 : HOP_SAMPLES // 2 + count].view(batch, draws, count)

    def _filtered(self, sources: Tensor, cepstrum: Tensor) -> Tensor:
        """Return the spectra of sources (batch, draws, samples) behind one filter: real parts on imaginary ones, (batch, draws, 2 * BINS, hops)."""
        framed = F.conv1d(F.pad(sources.flatten(0, 1)[:, None], (HOP_SAMPLES // 2, HOP_SAMPLES // 2)), self.forwards, stride=HOP_SAMPLES)
        framed = framed.view(*sources.shape[:2], *framed.shape[1:])
        real, imaginary = framed[:, :, :BINS], framed[:, :, BINS:]
        count = cepstrum.shape[-1]
        amplitude = (cepstrum @ self.real[:count]).exp().transpose(1, 2)
        phase = (cepstrum @ self.imaginary[:count]).transpose(1, 2)
        filter_re, filter_im = (amplitude * phase.cos())[:, None], (amplitude * phase.sin())[:, None]
        return torch.cat([real * filter_re - imaginary * filter_im, real * filter_im + imaginary * filter_re], 2)


def pulses(pitch_hz: Tensor, ramp: Tensor) -> Tensor:
    """Return all harmonics of the pitch below `HIGHEST_HARMONIC_HZ`, in phase, of power one: (batch, hops * HOP_SAMPLES)."""
    before = torch.cat([pitch_hz[:, :1], pitch_hz[:, :-1]], 1)
    after = torch.cat([pitch_hz[:, 1:], pitch_hz[:, -1:]], 1)
    begins, ends = ((before + pitch_hz) / 2)[..., None], ((pitch_hz + after) / 2)[..., None]
    pitch = (begins + (ends - begins) * ramp).flatten(1)
    turns = (pitch / LISTEN_RATE_HZ).double().cumsum(1)  # in doubles: long speech is many turns, and a harmonic takes a share of one
    phase = math.pi * (turns - turns.floor()).float()
    harmonics = (HIGHEST_HARMONIC_HZ / pitch).floor()
    sine = phase.sin()
    near = sine.abs() < 1e-4
    summed = torch.where(near, harmonics, ((2 * harmonics + 1) * phase).sin() / (2 * torch.where(near, 1.0, sine)) - 0.5)
    return summed * 2 * (pitch / LISTEN_RATE_HZ).sqrt()
