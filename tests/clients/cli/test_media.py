"""Sound in and out: any format, any rate, in blocks; files appear whole or not at all."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.errors import InputError
from clients.cli.media import decode, folder, write_wav, written


def tone(seconds: float, rate_hz: int) -> Samples:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def encode(path: Path, codec: str, rate_hz: int, layout: str, seconds: float) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        channels = 2 if layout == "stereo" else 1
        frame = av.AudioFrame.from_ndarray(np.tile(tone(seconds, rate_hz), (channels, 1)), format="fltp", layout=layout)
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate_hz, frame_size=stream.codec_context.frame_size or None)
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux(stream.encode(part))


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz", "layout"),
    [
        ("a.wav", "pcm_s16le", 8_000, "mono"),
        ("a.wav", "pcm_s16le", 44_100, "stereo"),
        ("a.flac", "flac", 16_000, "mono"),
        ("a.flac", "flac", 96_000, "stereo"),
        ("a.mp3", "libmp3lame", 22_050, "mono"),
        ("a.ogg", "libopus", 48_000, "stereo"),
        ("a.m4a", "aac", 44_100, "stereo"),
    ],
)
def test_any_sound_becomes_16_khz_mono(tmp_path: Path, name: str, codec: str, rate_hz: int, layout: str) -> None:
    path = tmp_path / name
    encode(path, codec, rate_hz, layout, 2.0)
    blocks = list(decode(str(path)))
    assert len(blocks) > 1
    heard = np.concatenate(blocks)
    assert heard.dtype == np.float32
    assert heard.size == pytest.approx(2 * LISTEN_RATE_HZ, rel=0.05)
    spectrum = np.abs(np.fft.rfft(heard[4000:28_000]))
    assert np.argmax(spectrum) * LISTEN_RATE_HZ / 24_000 == pytest.approx(440, abs=2)


def test_a_wav_of_our_own_comes_back(tmp_path: Path) -> None:
    samples = tone(1.0, LISTEN_RATE_HZ)
    assert write_wav(tmp_path / "x.wav", [samples[:5000], samples[5000:]], LISTEN_RATE_HZ) == 1.0
    with wave.open(str(tmp_path / "x.wav")) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate(), sound.getnframes()) == (1, 2, 16_000, 16_000)
    assert np.concatenate(list(decode(str(tmp_path / "x.wav")))) == pytest.approx(samples, abs=1e-4)


def test_a_file_that_breaks_off_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(b"old")

    def blocks() -> Iterator[Samples]:
        yield tone(0.1, LISTEN_RATE_HZ)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_wav(path, blocks(), LISTEN_RATE_HZ)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_that_breaks_meanwhile_is_not_the_files_fault(tmp_path: Path) -> None:
    with pytest.raises(BrokenPipeError), written(tmp_path / "x.wav"):
        raise BrokenPipeError
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made_or_refused(tmp_path: Path) -> None:
    folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        folder(tmp_path / "file")
    with pytest.raises(InputError, match="cannot be written"), written(tmp_path / "none" / "x"):
        pass
