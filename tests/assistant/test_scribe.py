"""When the scribe makes its passes; what it writes is tested in whole conversations."""

from __future__ import annotations

import pytest

from assistant.audio import CHUNK_SAMPLES, silence
from assistant.scribe import HUSH_CHUNKS, Scribe
from models.scripted import ScriptedRecognizer, Vocabulary


@pytest.mark.parametrize("seconds", [0, 60, 300, 1500])
def test_the_hush_is_as_long_after_half_an_hour(seconds: int) -> None:
    scribe = Scribe(
        ScriptedRecognizer(Vocabulary()), "en", begin=lambda: None, tell=lambda *_: None, every_s=lambda: 0.4, judged=lambda: False
    )
    for _ in range(round(seconds / 0.032)):
        scribe.push(silence(CHUNK_SAMPLES), 0.0)
    scribe.push(silence(CHUNK_SAMPLES), 0.9)
    silent = 0
    while not scribe.hushed:
        scribe.push(silence(CHUNK_SAMPLES), 0.0)
        silent += 1
    assert silent == HUSH_CHUNKS
