"""The pitch of clean speech, by autocorrelation (Boersma 1993): synthetic teachers need no more."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from assistant.audio import LISTEN_RATE_HZ, Samples

WINDOW = 640
"""40 ms: three periods of the lowest pitch."""

LOWEST_HZ, HIGHEST_HZ = 75, 400
OCTAVE_COST = 0.02
"""Of each octave below the highest pitch: a period fits as well twice."""

VOICED = 0.5
"""Least correlation of a voiced frame; unvoiced sounds of synthetic speech stay below 0.4."""

SILENT = 0.01


def pitches(samples: Samples, hop: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return for each whole hop of samples its pitch in Hz, drawn through where there is none, and whether there is one."""
    count = samples.size // hop
    before = (WINDOW - hop) // 2
    padded = np.pad(samples[: count * hop], (before, WINDOW))
    frames = sliding_window_view(padded, WINDOW)[: count * hop : hop]
    window = np.hanning(WINDOW).astype(np.float32)
    correlation = _autocorrelation((frames - frames.mean(1, keepdims=True)) * window)
    correlation /= np.maximum(correlation[:, :1], 1e-9) * (_autocorrelation(window[None]) / np.sum(window**2))
    shortest, longest = LISTEN_RATE_HZ // HIGHEST_HZ, LISTEN_RATE_HZ // LOWEST_HZ
    lags = np.arange(shortest, longest + 1)
    middle = correlation[:, lags]
    peak = (middle >= correlation[:, lags - 1]) & (middle >= correlation[:, lags + 1])
    best = np.argmax(np.where(peak, middle - OCTAVE_COST * np.log2(lags / shortest), -1), 1)
    rows = np.arange(count)
    left, top, right = (correlation[rows, lags[best] + step] for step in (-1, 0, 1))
    shift = 0.5 * (left - right) / np.minimum(left - 2 * top + right, -1e-6)
    pitch = LISTEN_RATE_HZ / (lags[best] + np.clip(shift, -0.5, 0.5))
    voiced = (top > VOICED) & (np.abs(frames).max(1) > SILENT)
    voiced &= np.abs(np.log2(pitch / _median(pitch))) < 0.3  # no leaps
    voiced = _median(voiced, 5) > 0.5  # nor a single frame
    if not voiced.any():
        return np.full(count, LOWEST_HZ * 2, np.float32), voiced
    drawn = np.exp(np.interp(rows, rows[voiced], np.log(pitch[voiced])))
    return drawn.astype(np.float32), voiced


def _autocorrelation(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(frames, 2 * WINDOW)
    return np.fft.irfft(np.abs(spectrum) ** 2)[:, :WINDOW].astype(np.float32)


def _median(values: NDArray[Any], width: int = 7) -> NDArray[Any]:
    padded = np.pad(values, width // 2, mode="edge")
    medians: NDArray[Any] = np.median(sliding_window_view(padded, width), axis=1)
    return medians
