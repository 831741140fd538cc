"""A small Whisper shape model, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.shape.whisper import WhisperShape, write

SMALL = WhisperShape(width=64, layers=2, heads=2)


@pytest.fixture(scope="package")
def small_whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whisper")
    write(folder, SMALL)
    return folder
