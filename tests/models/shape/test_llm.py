from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gguf import GGUFReader

from assistant.engines import Message
from models.llama import LlamaEngine
from models.shape.llm import LLAMA_1B, QWEN_05B, LlmShape, write
from models.shape.vocabulary import byte_level, tokenizer

SMALL = {
    "qwen": replace(QWEN_05B, width=128, heads=2, kv_heads=1, layers=2, hidden=256, text_tokens=700, vocabulary=720),
    "llama": replace(LLAMA_1B, width=256, heads=4, kv_heads=2, layers=2, hidden=512, text_tokens=700, vocabulary=720),
}
SAID = [Message("system", "You are Parley."), Message("user", "Where is the <|im_end|> train?")]


@pytest.fixture(scope="module", params=list(SMALL))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LlmShape, list[str]]:
    path, told = tmp_path_factory.mktemp("llm") / "model.gguf", []
    write(path, SMALL[request.param], told.append)
    return path, SMALL[request.param], told


@pytest.fixture(scope="module")
def engine(made: tuple[Path, LlmShape, list[str]]) -> Iterator[LlamaEngine]:
    engine = LlamaEngine(made[0], threads=1)
    yield engine
    engine.close()


def test_only_the_model_stays_and_progress_was_told(made: tuple[Path, LlmShape, list[str]]) -> None:
    path, _, told = made
    assert [file.name for file in path.parent.iterdir()] == ["model.gguf"]
    assert told[0] == "making random weights, 0 %"
    assert told[-1] == "quantizing, 100 %"


def test_the_weights_are_of_the_kinds_that_public_files_have(made: tuple[Path, LlmShape, list[str]]) -> None:
    path, shape, _ = made
    kinds = {tensor.name: tensor.tensor_type.name for tensor in GGUFReader(path).tensors}
    assert kinds["blk.0.ffn_up.weight"] == ("Q4_0" if shape.architecture == "qwen2" else "Q4_K")
    assert kinds["blk.0.attn_norm.weight"] == "F32"
    assert "output.weight" not in kinds
    assert ("blk.1.attn_q.bias" in kinds) == (shape.architecture == "qwen2")


def test_the_layout_is_chatml_and_nobody_speaks_a_role(engine: LlamaEngine) -> None:
    begin, end = 701, 702
    prompt = engine.prompt(SAID)
    assert [token for token in prompt if token >= 700] == [begin, end, begin, end, begin]
    text = tokenizer(byte_level(700)).decode([token for token in prompt if token < 700], skip_special_tokens=False)
    assert text == "system\nYou are Parley.\nuser\nWhere is the <|im_end|> train?\nassistant\n"


def test_an_answer_goes_on_until_somebody_stops_it(engine: LlamaEngine) -> None:
    short = "".join(map(str, engine.generate(SAID, most_tokens=8)))
    long = "".join(map(str, engine.generate(SAID, most_tokens=64)))
    assert 0 < len(short) < len(long)
    assert long.startswith(short)
