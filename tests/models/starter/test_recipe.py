from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import ctranslate2
import numpy as np
import onnxruntime
import pytest
import torch
from tokenizers import Tokenizer
from torch import nn

from assistant.audio import silence
from assistant.engines import Message
from models.llama import LlamaEngine
from models.starter import FOLDER
from models.starter.recipe import asr_ct2, asr_tokens, corpus, llm_data, llm_gguf, piper_tiny, precision, requests, talk
from models.starter.recipe.asr_data import make_paused_shard, make_shard
from models.starter.recipe.asr_model import MEL_BANDS, Asr, AsrShape
from models.starter.recipe.conversation import ASSISTANT_PROMPT, CALL, DEFER, END, UNFINISHED, Conversation, Turn
from models.starter.recipe.hearing import written
from models.starter.recipe.llm_model import Llm, LlmShape
from models.starter.recipe.muon import Optimizers
from models.starter.recipe.scale import FULL
from models.starter.recipe.speakers import Speakers
from models.starter.recipe.training import Run
from models.whisper import WhisperEngine

TRICKY = (
    "It's 12:45, 3.5 km — ¿qué? ¡Sí!", "¿Dónde está la estación? Él dijo: «mañana».", "  two  spaces\n\nand\ttabs ", "WE'LL see, I'Ve 1234567 of them...",
    '<|call|>convert {"value": 5, "from": "miles", "to": "kilometers"}', "日本語 😀 naïve", "e\u0301l",
)  # fmt: skip


def loud(model: nn.Module, spread: float) -> None:
    """Random weights that make every part of the model matter."""
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.data += torch.randn(parameter.shape, generator=generator) * spread


# the recognizer's export


@pytest.fixture(scope="module")
def asr() -> tuple[Asr, Tokenizer]:
    torch.manual_seed(0)
    tokenizer = asr_tokens.make_tokenizer(corpus.sentences("dev", "en"))
    model = Asr(AsrShape(tokenizer.get_vocab_size(), asr_tokens.CTC_SYMBOLS, width=64, heads=2, encoder_layers=2, decoder_layers=2))
    loud(model, 0.1)
    letters = re.compile("Ġ?[a-z]+")
    for number in range(tokenizer.get_vocab_size()):
        if not letters.fullmatch(str(tokenizer.id_to_token(number))):
            model.embed.weight.data[number] = 0  # what it says can be read
    return model.eval(), tokenizer


@torch.no_grad()
def test_asr_ct2_computes_what_pytorch_does(asr: tuple[Asr, Tokenizer], tmp_path: Path) -> None:
    model, tokenizer = asr
    asr_ct2.write(model, tokenizer, "en", tmp_path / "asr", "float32")
    mel = torch.randn(1, MEL_BANDS, 300)
    wanted = model.encode(mel)
    whisper = ctranslate2.models.Whisper(str(tmp_path / "asr"), compute_type="float32", intra_threads=1)
    encoded = whisper.encode(ctranslate2.StorageView.from_array(mel.numpy()))
    np.testing.assert_allclose(np.array(encoded), wanted.numpy(), atol=1e-4)

    end, *prompt = (tokenizer.token_to_id(token) for token in (asr_tokens.END, asr_tokens.START, asr_tokens.NO_TIMES))
    tokens = list(prompt)
    for count in range(10):
        logits = model.decode(torch.tensor([tokens]), wanted)[0, -1]
        if count == 0:
            logits[end] = -torch.inf
        tokens.append(int(logits.argmax()))
    assert whisper.generate(encoded, [prompt], beam_size=1, max_length=20)[0].sequences_ids[0] == tokens[len(prompt) :]


@torch.no_grad()
@pytest.mark.parametrize("kept", ["float32", "int8"])
def test_the_recognizer_is_read_as_it_was_written(kept: str, asr: tuple[Asr, Tokenizer], tmp_path: Path) -> None:
    model, tokenizer = asr
    asr_ct2.write(model, tokenizer, "en", tmp_path, kept)
    weights = asr_ct2.read(tmp_path)
    assert {name for name in model.state_dict() if name not in weights} == {"ctc.weight", "ctc.bias"}
    for name, found in weights.items():
        wanted = model.state_dict()[name]
        off = float(wanted.abs().max()) / 127 if kept == "int8" and wanted.ndim > 1 else 0
        torch.testing.assert_close(found, wanted, rtol=1e-6, atol=off)


def test_asr_ct2_is_what_the_engine_loads(asr: tuple[Asr, Tokenizer], tmp_path: Path) -> None:
    model, tokenizer = asr
    asr_ct2.write(model, tokenizer, "en", tmp_path / "asr")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["asr"]
    assert {path.name for path in (tmp_path / "asr").iterdir()} == {
        "model.bin", "config.json", "vocabulary.json", "tokenizer.json", "preprocessor_config.json",
    }  # fmt: skip
    config = json.loads((tmp_path / "asr" / "config.json").read_text())
    assert config["suppress_ids_begin"] == []  # a transcript may be empty
    assert config["alignment_heads"] == [[1, 0], [1, 1]]
    engine = WhisperEngine(tmp_path / "asr", "en")
    assert engine.hearing.window_s == 9.5
    assert engine.hearing.marks_ends
    noise = np.random.default_rng(0).standard_normal(16_000).astype(np.float32) * 0.1
    heard = engine.recognize(noise, times=True)
    assert re.fullmatch("[a-z ]+", heard.text)
    assert [word.text for word in heard.words] == heard.text.split()
    assert all(0 <= word.start_s <= word.end_s <= 1.2 for word in heard.words)


# the language model's export


@pytest.fixture(scope="module")
def llm_tokenizer() -> Iterator[Tokenizer]:
    with pytest.MonkeyPatch.context() as patch:  # the real one's way, from less text
        patch.setattr(llm_data, "pairs", lambda split: corpus.pairs("dev"))
        patch.setattr(llm_data, "VOCAB", 2048)
        yield llm_data.make_tokenizer(FULL)


@pytest.fixture(scope="module")
def llm(llm_tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Llm, LlamaEngine]]:
    torch.manual_seed(0)
    model = Llm(LlmShape(llm_tokenizer.get_vocab_size(), width=64, layers=2, heads=4, kv_heads=2, hidden=128)).eval()
    loud(model, 0.1)
    path = tmp_path_factory.mktemp("llm") / "tiny.gguf"
    llm_gguf.write(model, llm_tokenizer, path)
    engine = LlamaEngine(path, threads=1)
    yield model, engine
    engine.close()


@torch.no_grad()
def test_the_language_model_is_read_as_it_was_written(llm: tuple[Llm, LlamaEngine], llm_tokenizer: Tokenizer, tmp_path: Path) -> None:
    llm_gguf.write(llm[0], llm_tokenizer, tmp_path / "coarse.gguf", "q4_0")
    llm_gguf.write(llm[0], llm_tokenizer, tmp_path / "tiny.gguf")
    assert (tmp_path / "coarse.gguf").stat().st_size < (tmp_path / "tiny.gguf").stat().st_size
    model, tokenizer = llm_gguf.read(tmp_path / "tiny.gguf")
    assert model.shape == llm[0].shape
    for name, wanted in llm[0].state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], wanted, rtol=0, atol=float(wanted.abs().max()) / 127)
    for text in TRICKY:
        assert tokenizer.encode(text).ids == llm_tokenizer.encode(text).ids


def test_llama_cpp_splits_text_as_the_training_did(llm: tuple[Llm, LlamaEngine], llm_tokenizer: Tokenizer) -> None:
    rng = random.Random(0)
    texts = [text for pair in rng.sample(corpus.pairs("test"), 100) for text in pair]
    texts += [written(requests.sample(rng).text, rng) for _ in range(50)]
    for text in (*texts, *TRICKY):
        assert llm[1].requests._vocabulary.tokens(text, special=True) == llm_tokenizer.encode(text).ids, text


def test_chat_layout_is_the_training_s(llm: tuple[Llm, LlamaEngine], llm_tokenizer: Tokenizer) -> None:
    first = Turn("What time is it?", f"{CALL}time {{}}", "It's ten o'clock.")
    last = Turn("Who was Plato?", f"{DEFER}{talk.DEFERRED}", talk.DEFERRED)
    [(tokens, weights)] = llm_data.encode([Conversation(ASSISTANT_PROMPT, (first, last))], llm_tokenizer)
    said = (("system", ASSISTANT_PROMPT), ("user", first.user), ("assistant", first.remembered), ("user", last.user))
    prompt = llm[1].prompt([Message(role, text) for role, text in said])
    assert prompt == tokens[: len(prompt)]
    assert weights[len(prompt) :] == [1.0] * (len(tokens) - len(prompt))
    counted = [token for token, weight in zip(tokens[: len(prompt)], weights, strict=False) if weight]
    users = [llm_tokenizer.encode(f"{turn.user}<|asst|>").ids for turn in (first, last)]
    assert counted == [token for user in users for token in user]  # and not the layout, nor the reply of before


def test_the_end_of_what_goes_on_is_not_learned(llm: tuple[Llm, LlamaEngine], llm_tokenizer: Tokenizer) -> None:
    text = "I would like"
    [(tokens, weights)] = llm_data.encode([Conversation("", (Turn(text, "Me", mark=UNFINISHED),))], llm_tokenizer)
    prompt = llm[1].prompt([Message("system", ""), Message("user", text + UNFINISHED)])
    assert prompt == tokens[: len(prompt)]
    said = len(llm_tokenizer.encode(text).ids)
    assert weights[: len(prompt)] == [0.0] * 2 + [llm_data.USER_WEIGHT] * said + [0.0] * (len(prompt) - 2 - said)


def test_an_answer_goes_on_from_its_beginning(llm: tuple[Llm, LlamaEngine]) -> None:
    engine, asked = llm[1], [Message("system", ASSISTANT_PROMPT), Message("user", "Where is it?")]
    whole = "".join(map(str, engine.generate(asked, most_tokens=12)))
    begun = engine.requests._vocabulary.name(engine.prompt(asked)[-1]) + whole
    assert begun.startswith("<|asst|>")
    words = whole.split(" ")
    half = " ".join(words[: len(words) // 2])
    tokens = engine.prompt([*asked, Message("assistant", half)])
    assert tokens == engine.prompt(asked) + engine.requests._vocabulary.tokens(half, special=False)


@torch.no_grad()
def test_the_chance_of_a_token_is_pytorch_s(llm: tuple[Llm, LlamaEngine], llm_tokenizer: Tokenizer) -> None:
    model, engine = llm
    asked = [Message("system", ASSISTANT_PROMPT), Message("user", "Where is it?")]
    share = model.logits(model(torch.tensor([engine.prompt(asked)])))[0, -1].softmax(-1)
    for token in (DEFER, CALL, END):
        assert engine.chance(asked, token) == pytest.approx(float(share[llm_tokenizer.token_to_id(token)]), rel=0.2)


@torch.no_grad()
def test_llama_cpp_answers_as_pytorch_does(llm: tuple[Llm, LlamaEngine]) -> None:
    model, engine = llm
    for text in ("Where is the train station?", "¿Dónde está la estación?", "What is 7 times 8?"):
        prompt = engine.prompt([Message("system", ASSISTANT_PROMPT), Message("user", text)])
        tokens = engine._llama.generate(prompt, temp=0.0, top_k=1, repeat_penalty=1.0, reset=True)
        answer = [next(tokens) for _ in range(12)]
        logits = model.logits(model(torch.tensor([[*prompt, *answer]])))[0, len(prompt) - 1 : -1]
        missed = logits.max(-1).values - logits[range(12), answer]
        assert (missed < 0.25 * logits.std(-1)).all()  # the likeliest token, or one that Q8_0 cannot tell from it
        assert (missed == 0).sum() >= 8


def test_llama_cpp_ends_an_answer_where_the_training_did(llm: tuple[Llm, LlamaEngine], llm_tokenizer: Tokenizer) -> None:
    ends = [token for token in range(llm_tokenizer.get_vocab_size()) if llm[1].requests._vocabulary.ends(token)]
    assert ends == [llm_tokenizer.token_to_id(END)]
    assert llm[1].memory_turns == llm_gguf.MEMORY_TURNS


# what is learned from


def test_a_shard_follows_from_its_seed() -> None:
    first, second, other = make_shard("en", 4, seed=5), make_shard("en", 4, seed=5), make_shard("en", 4, seed=6)
    assert first.texts == second.texts != other.texts
    np.testing.assert_allclose(first.lengths, second.lengths, atol=5)  # espeak-ng keeps the state of its noise from text to text
    assert first.mel.shape == (MEL_BANDS, first.lengths.sum())
    assert np.isfinite(first.mel).all()


# training


def test_schedule_warms_up_and_comes_down(tmp_path: Path) -> None:
    run = Run(tmp_path, budget_s=100, warmup_steps=10)
    rates = []
    for step, spent_s in ((0, 0), (4, 1), (50, 20), (100, 60), (150, 80), (200, 100), (201, 130)):
        run.step, run.spent_s = step, spent_s
        rates.append(run.rate)
    assert rates == pytest.approx([0.1, 0.5, 1, 1, 0.525, 0.05, 0.05])
    assert run.progress == 1


def test_a_stopped_training_goes_on_where_it_was(tmp_path: Path) -> None:
    def start() -> tuple[Run, nn.Module, Optimizers]:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
        return Run(tmp_path, budget_s=1000), model, Optimizers(model, matrices="0.", muon_lr=0.02, adam_lr=1e-3)

    def steps(count: int, run: Run, model: nn.Module, optimizers: Optimizers) -> None:
        for _ in range(count):
            model(torch.ones(3, 4)).square().sum().backward()
            optimizers.step(0.5)
            run.stepped(model, optimizers)

    whole, first, second = start(), start(), start()
    steps(5, *whole)
    assert not first[0].resume(*first[1:])
    steps(2, *first)
    first[0].save(*first[1:])
    assert second[0].resume(*second[1:])
    assert second[0].step == 2
    assert second[0].spent_s == first[0].spent_s > 0
    steps(3, *second)
    for name, wanted in whole[1].state_dict().items():
        torch.testing.assert_close(second[1].state_dict()[name], wanted, rtol=0, atol=0)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_matrices_are_multiplied_in_the_quicker_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = torch.device("cpu")
    for slow, quick in ((torch.bfloat16, torch.float32), (torch.float32, torch.bfloat16)):
        precision.quickest.cache_clear()
        monkeypatch.setattr(precision, "_took_s", lambda device, kind, slow=slow: float(kind is slow))
        assert precision.quickest(cpu) is quick
        with precision.autocast(cpu):
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is quick
    precision.quickest.cache_clear()


# the tiny voice


def test_tiny_voice_speaks_what_it_is_given() -> None:
    session = onnxruntime.InferenceSession(str(FOLDER / "voice-tiny" / "tiny.onnx"))

    def speak(phonemes: str, length: float = 1.0) -> np.ndarray:
        ids = [number for phoneme in f"^{phonemes}$" for number in (*piper_tiny.phoneme_ids()[phoneme], 0)]
        given = {"input": np.array([ids]), "input_lengths": np.array([len(ids)]), "scales": np.array([0.667, length, 0.8], np.float32)}
        sound, hops = session.run(None, given)
        assert sound.shape[:3] == (1, 1, 1)
        assert hops.shape == (len(ids),)
        assert hops.sum() * piper_tiny.HOP_SAMPLES == sound.size
        return sound[0, 0, 0]

    assert speak("həlˈoʊ").size == 960 * 8  # the six, the mark and the two ends, less the padding
    assert speak("həlˈoʊ", 1.5).size == 1440 * 8
    assert not np.array_equal(speak("pa"), speak("ta"))
    assert np.array_equal(speak(" "), silence(960 * 3))


def test_speech_that_breaks_off_is_labelled_with_its_whole_words() -> None:
    speakers, rng = Speakers("en"), random.Random(0)
    text = "I don't know where he lives."
    for _ in range(20):
        samples, begun = speakers.begin(text, rng)
        assert begun
        assert text.startswith(f"{begun} ")
        assert samples.size > 1000
    assert speakers.begin("Hello.", rng)[1] == ""


def test_speech_that_pauses_is_labelled_as_far_as_it_goes() -> None:
    shard = make_paused_shard("en", 12, seed=0)
    assert shard.mel.shape == (MEL_BANDS, shard.lengths.sum())
    assert np.isfinite(shard.mel).all()
    over = [text.endswith((".", "?", "!")) for text in shard.texts]
    assert any(over)
    assert not all(over)
    assert not any({"uh", "um"} & set(text.lower().split()) for text in shard.texts)
