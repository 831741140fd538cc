from __future__ import annotations

import numpy as np
import pytest
import torch
from faster_whisper.feature_extractor import FeatureExtractor
from torch import Tensor

from models.starter.recipe import asr_augment
from models.starter.recipe.asr_augment import bands_hz, masked, varied

FRAMES = 300


@pytest.fixture
def nothing_changes(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for share in ("WARPED", "STRETCHED", "COLOURED", "NOISY", "TALKED_OVER"):
        monkeypatch.setattr(asr_augment, share, 0.0)
    monkeypatch.setattr(asr_augment, "masked", lambda mel, lengths: mel)
    return monkeypatch


@pytest.fixture(scope="module")
def mel() -> Tensor:
    """Three sounds of 3 s: noise that comes and goes, a tone, and next to nothing."""
    at_s = np.arange(48_000) / 16_000
    numbers = np.random.default_rng(0)
    sounds = [numbers.standard_normal(48_000) * np.sin(4 * at_s), np.sin(2 * np.pi * 1000 * at_s), 1e-4 * numbers.standard_normal(48_000)]
    extract = FeatureExtractor(chunk_length=10)
    return torch.stack([torch.from_numpy(np.asarray(extract(sound.astype(np.float32))[:, :FRAMES].T)) for sound in sounds])


def test_the_bands_are_whispers() -> None:
    filters = FeatureExtractor(chunk_length=10).mel_filters
    middles = filters @ np.linspace(0, 8000, filters.shape[1]) / filters.sum(1)
    np.testing.assert_allclose(bands_hz(), middles, atol=5)


def test_what_shall_not_change_does_not(nothing_changes: pytest.MonkeyPatch, mel: Tensor) -> None:
    lengths = torch.tensor([FRAMES, FRAMES - 50, FRAMES])
    same, after = varied(mel, lengths, FRAMES + 20)
    assert torch.equal(after, lengths)
    there = (torch.arange(FRAMES)[None, :, None] < lengths[:, None, None]).expand_as(mel)
    torch.testing.assert_close(same[:, :FRAMES][there], mel[there], rtol=0, atol=2e-3)
    assert not same[:, FRAMES:].any()


def test_slower_speech_is_longer_and_what_would_not_fit_keeps_its_time(nothing_changes: pytest.MonkeyPatch, mel: Tensor) -> None:
    nothing_changes.setattr(asr_augment, "STRETCHED", 1.0)
    nothing_changes.setattr(asr_augment, "FASTEST", 1.19)
    _, after = varied(mel, torch.tensor([FRAMES, 100, 100]), FRAMES)
    assert after.tolist()[0] == FRAMES
    assert all(119 <= length <= 120 for length in after.tolist()[1:])


def test_a_longer_tract_moves_a_tone(nothing_changes: pytest.MonkeyPatch, mel: Tensor) -> None:
    nothing_changes.setattr(asr_augment, "WARPED", 1.0)
    moved, _ = varied(mel[[1] * 40], torch.full((40,), FRAMES), FRAMES)
    loudest = bands_hz()[moved.mean(1).argmax(1)]
    assert 1000 / 1.25 < loudest.min() < 950
    assert 1050 < loudest.max() < 1000 * 1.25


def test_another_microphone_changes_the_bands_and_not_when_something_is_loud(nothing_changes: pytest.MonkeyPatch, mel: Tensor) -> None:
    nothing_changes.setattr(asr_augment, "COLOURED", 1.0)
    heard, _ = varied(mel[[0] * 40], torch.full((40,), FRAMES), FRAMES)
    change = heard - mel[[0] * 40]
    loud = mel[0].mean(1) > mel[0].mean()
    by_band = change[:, loud].mean(1)
    assert 0.05 < by_band.std(0).mean() < 0.3  # of four powers of ten
    assert by_band.diff(dim=1).abs().max() < 0.05  # smoothly
    assert change[:, loud].std(1).mean() < 0.02  # the same at all times


def test_noise_stands_behind_what_is_said(nothing_changes: pytest.MonkeyPatch, mel: Tensor) -> None:
    nothing_changes.setattr(asr_augment, "NOISY", 1.0)
    nothing_changes.setattr(asr_augment, "SNR_DB", (10.0, 10.0))
    noisy, _ = varied(mel, torch.full((3,), FRAMES), FRAMES)
    power, before = (10 ** (each * 4 - 4) for each in (noisy, mel))
    assert (power.mean((1, 2)) / before.mean((1, 2))).tolist() == pytest.approx([1.1] * 3, rel=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_comes_of_it_is_a_spectrogram(seed: int, mel: Tensor) -> None:
    torch.manual_seed(seed)
    heard, after = varied(mel, torch.tensor([FRAMES, 20, FRAMES]), FRAMES + 40)
    assert heard.isfinite().all()
    assert heard.shape == (3, FRAMES + 40, 80)
    for one, length in zip(heard, after.tolist(), strict=True):
        assert not one[length:].any()


def test_masks_hide_a_little() -> None:
    torch.manual_seed(0)
    mel = torch.rand(20, FRAMES, 80)
    hidden = masked(mel, torch.full((20,), FRAMES)) != mel
    assert 0.02 < hidden.float().mean() < 0.3
