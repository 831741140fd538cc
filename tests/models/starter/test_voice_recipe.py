"""The recipe of the voices: what is learned from, the sound, and the file that comes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from models.starter.recipe import voice_export
from models.starter.recipe.voice_align import Sounded, ends
from models.starter.recipe.voice_data import HOP_SAMPLES, Shard, make_shard, sentences_of
from models.starter.recipe.voice_model import Voice, VoiceShape
from models.starter.recipe.voice_pitch import pitches
from models.starter.recipe.voice_sound import NOISES, PULSES, Sound, pulses
from models.starter.recipe.voice_teachers import symbols

TINY = VoiceShape(width=32, hidden=48)


# what is learned from


def said(symbols: str, each_s: float = 0.1) -> list[Sounded]:
    return [Sounded(symbol, (n + 1) * each_s) for n, symbol in enumerate(symbols)]


@pytest.mark.parametrize(
    ("phonemes", "symbols", "tenths"),
    [
        ("^kat$", "_kat_", [1, 2, 3, 4, 5]),
        ("^kˈaː t$", "kat", [0, 1, 1, 2, 2, 2, 3, 3]),
        ("^a, t$", "a_t", [0, 1, 2, 2, 3, 3]),  # a pause belongs to the comma
        ("^a t$", "a_t", [0, 1, 2, 3, 3]),
        ("^kɾat$", "ktat", [0, 1, 2, 3, 4, 4]),  # each its own sign for the same sound
        ("^kat$", "kast", [0, 1, 3, 4, 4]),  # more than was asked for: it counts to the sound before
        ("^kast$", "kat", [0, 1, 2, 2, 3, 3]),  # less
    ],
)
def test_each_phoneme_gets_the_time_of_its_sound(phonemes: str, symbols: str, tenths: list[int]) -> None:
    found, unlike = ends(phonemes, said(symbols))
    assert [round(10 * end_s) for end_s in found] == tenths
    assert unlike < 0.5


def test_other_words_are_noticed() -> None:
    assert ends("^ˈaʊə$", said("fliːs"))[1] > 0.8


def test_two_sounds_in_one_phone_share_its_time() -> None:
    assert symbols([("tʃ", 0.2), ("a", 0.3)]) == [("t", 0.1), ("ʃ", 0.2), ("a", 0.3)]


def test_pitch_is_found_and_drawn_through() -> None:
    hz = 100 * 2 ** np.linspace(0, 1, 16_000)
    tone = sum(np.sin(k * 2 * np.pi * np.cumsum(hz) / 16_000) / k for k in range(1, 20)).astype(np.float32) / 3
    hiss = np.random.default_rng(0).standard_normal(8000).astype(np.float32) * 0.1
    found, voiced = pitches(np.concatenate([tone[:8000], hiss, tone[8000:]]), HOP_SAMPLES)
    assert voiced[3:59].all()
    assert not voiced[67:122].any()
    assert voiced[129:184].all()
    np.testing.assert_allclose(found[5:58], hz[64 + 128 * 5 : 128 * 58 : 128], rtol=0.01)
    assert (np.diff(found[60:126]) >= 0).all()
    quiet = pitches(np.zeros(1280, np.float32), HOP_SAMPLES)
    assert quiet[0].size == 10
    assert not quiet[1].any()


@pytest.fixture(scope="module")
def shard() -> Shard:
    return make_shard("es", 12, seed=1)


def test_a_shard_fits_together_and_survives_the_disk(shard: Shard, tmp_path: Path) -> None:
    shard.save(tmp_path / "shard.npz")
    loaded = sentences_of(Shard.load(tmp_path / "shard.npz"))
    assert [path.name for path in tmp_path.iterdir()] == ["shard.npz"]
    assert [sentence.text for sentence in loaded] == shard.texts
    for sentence in loaded:
        assert sentence.ids.size == sentence.hops.size
        assert sentence.hops.min() >= 0
        assert sentence.hops.sum() == sentence.pitch_hz.size == sentence.voiced.size == sentence.pcm.size // HOP_SAMPLES
        assert 0.2 < sentence.voiced.mean() < 0.95
        assert np.abs(sentence.pcm[: 2 * HOP_SAMPLES]).max() < 3000  # it begins in silence, as it ends
        assert np.abs(sentence.pcm[-4 * HOP_SAMPLES :]).max() < 3000


# the sound


def test_flat_filters_change_nothing() -> None:
    sound, noise = Sound(), torch.randn(2, 3, 20 * HOP_SAMPLES)
    pitch, voicing = torch.full((2, 20), 123.0), torch.tensor([[0.0], [0.5]]).expand(2, 20)
    made = sound(pitch, voicing, torch.zeros(2, 20, PULSES), torch.zeros(2, 20, NOISES), noise)
    wanted = noise + (torch.tensor([[0.0], [0.5]]) * pulses(pitch, sound.ramp))[:, None]
    half = HOP_SAMPLES // 2  # at the edges half a window is missing
    torch.testing.assert_close(made[..., half:-half], wanted[..., half:-half], rtol=0, atol=1e-4)


def test_pulses_keep_their_pitch_and_power_however_long() -> None:
    train = pulses(torch.full((1, 125 * 60), 250.0), Sound().ramp)[0]
    assert float(train.square().mean()) == pytest.approx(1, rel=0.1)
    torch.testing.assert_close(train[:640], train[-640:], rtol=0, atol=0.02)  # whole turns of 64 samples, a minute apart


def test_a_filter_rings_behind_its_pulse_and_not_before() -> None:
    noise = torch.zeros(1, 1, 20 * HOP_SAMPLES)
    noise[0, 0, 1000] = 1
    bent = torch.randn(1, 20, NOISES, generator=torch.Generator().manual_seed(0)) / (1 + torch.arange(NOISES))
    made = Sound()(torch.full((1, 20), 100.0), torch.zeros(1, 20), torch.zeros(1, 20, PULSES), bent, noise)[0, 0]
    assert made[:1000].square().sum() < 1e-3 * made[1000:].square().sum()


# the export


def interface(ids: list[int], length: float = 1.0, noise: float = 1.0) -> dict[str, np.ndarray]:
    padded = [number for phoneme in ids for number in (phoneme, 0)][:-1]
    return {"input": np.array([padded]), "input_lengths": np.array([len(padded)]), "scales": np.array([noise, length, 0.8], np.float32)}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Voice, onnxruntime.InferenceSession]:
    torch.manual_seed(0)
    voice, folder = Voice(TINY).eval(), tmp_path_factory.mktemp("voice")
    voice.length[-1].bias.data += 1.5
    for parameter in voice.parameters():
        parameter.data = parameter.data.half().float()  # what the file keeps of it
    voice_export.write(voice, "en", folder)
    assert sorted(path.name for path in folder.iterdir()) == ["voice.onnx", "voice.onnx.json"]
    return voice, onnxruntime.InferenceSession(str(folder / "voice.onnx"))


@torch.no_grad()
def test_export_computes_what_pytorch_does(exported: tuple[Voice, onnxruntime.InferenceSession]) -> None:
    voice, session = exported
    given = interface([1, *range(14, 60), 2], length=1.7)
    samples, hops = session.run(None, given)
    wanted, wanted_hops = voice_export.Speaking(voice, Sound()).eval()(*map(torch.from_numpy, given.values()))
    np.testing.assert_array_equal(hops, wanted_hops)
    assert hops[1::2].sum() == 0
    assert samples.shape == (1, 1, 1, int(hops.sum()) * HOP_SAMPLES)
    assert samples.size > 100 * HOP_SAMPLES
    np.testing.assert_allclose(samples, wanted, atol=0.02 * float(wanted.abs().max()))


def test_scales_do_what_piper_says(exported: tuple[Voice, onnxruntime.InferenceSession]) -> None:
    _, session = exported
    ids = [1, *range(14, 60), 2]
    usual, slow = (session.run(None, interface(ids, length))[0] for length in (1.0, 2.0))
    assert slow.size == pytest.approx(2 * usual.size, rel=0.1)
    assert np.array_equal(usual, session.run(None, interface(ids))[0])
    assert np.abs(session.run(None, interface(ids, noise=0.0))[0] - usual).max() > 0
    assert session.run(None, interface([1, 2], length=1e-6))[0].size == HOP_SAMPLES
