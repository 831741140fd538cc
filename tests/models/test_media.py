"""Any sound becomes samples; what is sent to us opens nothing else. (Formats and rates: tests/clients/cli/test_media.py.)"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ
from assistant.errors import InputError
from clients.cli.media import write_wav
from models.media import decoded


def test_bytes_become_samples(tmp_path: Path) -> None:
    write_wav(tmp_path / "x.wav", [np.full(LISTEN_RATE_HZ, 0.5, np.float32)], LISTEN_RATE_HZ)
    blocks = list(decoded("The file", io.BytesIO((tmp_path / "x.wav").read_bytes())))
    assert np.concatenate(blocks) == pytest.approx(np.full(LISTEN_RATE_HZ, 0.5), abs=1e-4)


def test_a_playlist_that_is_sent_opens_no_file_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_wav(tmp_path / "private.wav", [np.full(LISTEN_RATE_HZ, 0.5, np.float32)], LISTEN_RATE_HZ)
    with pytest.raises(InputError, match="The file cannot be read as audio"):
        list(decoded("The file", io.BytesIO(b"ffconcat version 1.0\nfile private.wav\n")))
