"""Files written byte by byte, read by llama.cpp."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.engines import Message
from assistant.errors import InputError
from models.llama import LlamaEngine
from models.sequences import Need
from models.shape.llama import ShapeLlama
from models.shape.plain_gguf import Decoder, Mix, write


@pytest.mark.parametrize("mix", list(Mix))
def test_llama_cpp_computes_it_and_nothing_overflows(mix: Mix, tmp_path: Path) -> None:
    shape = Decoder(256, 512, 2, 3000, mix, kv_heads=2)
    path = tmp_path / "model.gguf"
    write(path, shape)
    assert path.stat().st_size == pytest.approx(shape.body_bytes + shape.head_bytes, rel=0.5)
    engine = LlamaEngine(path, threads=1)
    try:
        need = Need([5, 6, 7])
        for _ in engine.context.reach(need):
            pass
        logits = need.logits
        assert logits is not None
        assert np.isfinite(logits).all()
        assert 0 < logits.std() < 100
        assert engine.count([Message("user", "hello there")]) > 5
    finally:
        engine.close()
    scripted = ShapeLlama(path, threads=1, context=512)
    scripted.script("hello", ("Well, ", "yes."))
    assert [piece for piece in scripted.generate([Message("user", "hello")]) if piece] == ["Well, ", "yes."]
    scripted.close()


def test_no_room_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path / "nowhere" / "model.gguf", Decoder(256, 512, 1, 3000, Mix.Q4_0))
