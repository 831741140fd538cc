"""The scores: that they measure what they say, with the model that ships."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import jiwer
import numpy as np
import pytest

from assistant.engines import Defer, Message, Piece, ToolCall
from assistant.errors import EngineError
from models.llama import LlamaEngine
from models.starter import FOLDER, STARTER, failures, measure, score, score_asr, score_llm
from models.starter.recipe import corpus, lexicon
from models.starter.recipe.digits import LEFT_OUT, OTHERS, digits
from models.starter.recipe.requests import Request
from models.starter.recipe.slots import ONES


@pytest.fixture(scope="module")
def engine() -> Iterator[LlamaEngine]:
    engine = LlamaEngine(FOLDER / STARTER.language_model, threads=1)
    yield engine
    engine.close()


def test_percent_and_its_interval() -> None:
    line = measure.percent("right", [1.0] * 80 + [0.0] * 20, "")
    assert (line.value, line.n) == (80, 100)
    assert line.low == pytest.approx(72, abs=2)
    assert line.high == pytest.approx(88, abs=2)


def test_auroc_and_its_interval() -> None:
    assert measure.auroc("", [3, 4], [1, 2], "").value == 1
    assert measure.auroc("", [1, 2], [3, 4], "").value == 0
    assert measure.auroc("", [1, 3], [1, 2], "").value == pytest.approx(2.5 / 4)
    rng = random.Random(0)
    line = measure.auroc("", [rng.gauss(1, 1) for _ in range(200)], [rng.gauss(0, 1) for _ in range(200)], "")
    assert line.low is not None
    assert line.high is not None
    assert line.low < line.value < line.high
    assert 0.05 < line.high - line.low < 0.15


def test_error_rates_are_jiwer_s() -> None:
    said, perceived = ["one two three", "four", "five six"], ["one too three", "", "five six seven"]
    line = measure.error_rate("", said, perceived, "")
    assert (line.value, line.n) == (pytest.approx(100 * jiwer.wer(said, perceived)), 3)
    assert line.value == 50
    assert measure.error_rate("", said, perceived, "", "characters").value == pytest.approx(100 * jiwer.cer(said, perceived))
    many = measure.error_rate("", ["a b c d"] * 200, ["a b c x", "a b c d"] * 100, "")
    assert many.low == pytest.approx(12.5 - 1.7, abs=0.5)
    assert many.high == pytest.approx(12.5 + 1.7, abs=0.5)


def test_calibration_is_how_far_probabilities_are_off() -> None:
    exact = measure.calibration("", [[(0.75, True), (0.75, True), (0.75, True), (0.75, False)]] * 50, "")
    assert (exact.value, exact.n, exact.low, exact.high) == (0, 200, 0, 0)
    sure = measure.calibration("", [[(1.0, True)], [(1.0, False)]] * 50, "")
    assert sure.value == 0.5
    assert sure.low == pytest.approx(0.4, abs=0.03)
    assert sure.high == pytest.approx(0.6, abs=0.03)
    assert measure.calibration("", [[(0.95, True)], [(0.15, False)], []], "").value == pytest.approx(0.1)
    assert measure.calibration("", [[], []], "").value == 0


def test_which_words_are_right() -> None:
    assert score_asr._right("where is the station", "there is station now") == ([False, True, False, True], [False, True, True, False])
    assert score_asr._right("yes", "") == ([False], [])


@pytest.mark.parametrize(("speaker", "takes"), [(LEFT_OUT, 20), *((speaker, 10) for speaker in OTHERS)])
def test_people_say_every_digit_as_often(speaker: str, takes: int) -> None:
    spoken = digits(speaker)
    assert [digit.word for digit in spoken] == [word for word in ONES[:10] for _ in range(takes)]
    for digit in spoken:
        assert 0.1 < digit.samples.size / 16_000 < 2.5
        assert 0.01 < float(np.abs(digit.samples).max()) < 1.1


class Told:
    """An engine that answers the same to everything; `asked` is what it was asked."""

    def __init__(self, *pieces: Piece) -> None:
        self._pieces = pieces
        self.asked: list[list[Message]] = []

    def generate(self, messages: Sequence[Message]) -> Iterator[Piece]:
        self.asked.append(list(messages))
        yield from ("", *self._pieces)


def test_a_call_is_right_with_its_name_and_arguments() -> None:
    wanted = Request("", "", "set_timer", (("minutes", 5),))
    assert score_llm.right(Told(ToolCall("set_timer", {"minutes": 5})), wanted, "")
    assert not score_llm.right(Told(ToolCall("set_timer", {"minutes": 6})), wanted, "")
    assert not score_llm.right(Told(ToolCall("set_alarm", {"minutes": 5})), wanted, "")
    assert not score_llm.right(Told("Five minutes."), wanted, "")
    passed = Request("", "", reply="<|defer|>I don't know that one.")
    assert score_llm.right(Told(Defer(), "I don't know that one."), passed, "")
    assert not score_llm.right(Told("I don't know that one."), passed, "")


def test_an_answer_that_cannot_be_read_is_wrong() -> None:
    class Broken:
        def generate(self, messages: Sequence[Message]) -> Iterator[Piece]:
            raise EngineError("no")

    assert score_llm.answer(Broken(), []) == []


def test_in_steps_what_was_said_stays() -> None:
    told = Told(" y")
    lines = score_llm.in_steps(told, "en", 5, seed=0)
    steps = told.asked[: 3 * lines[0].n]
    for first, second, third in zip(steps[::3], steps[1::3], steps[2::3], strict=True):
        assert [message.role for message in first] == ["system", "user"]
        assert first[1].content.endswith(" ...")
        assert second[1].content.endswith(" ...")
        assert second[2] == Message("assistant", " y")
        assert third[2] == Message("assistant", " y y")
        assert not third[1].content.endswith(" ...")
    assert [line.what for line in lines] == [
        "llm en->es in three steps chrF",
        "llm en->es at once chrF",
        "llm en->es said after 2/3 of the source, %",
    ]
    assert lines[2].value == pytest.approx(100 * 2 / 3)


def test_terms_are_right_where_they_stand_as_given(monkeypatch: pytest.MonkeyPatch) -> None:
    learned = lexicon.mine(corpus.pairs("dev") + corpus.pairs("test"))
    monkeypatch.setattr(score_llm, "_lexicon", lambda: learned)

    class Copying:
        def generate(self, messages: Sequence[Message]) -> Iterator[Piece]:
            yield messages[-1].content

    lines = {line.what: line for line in score_llm.terms(Copying(), "es", 40, seed=0)}
    assert {line.value for line in lines.values()} == {100}
    assert sum(line.n for line in lines.values()) >= 40
    assert {line.value for line in score_llm.terms(Told("---"), "es", 40, seed=0)} == {0}


def test_every_score_of_the_shipped_model(engine: LlamaEngine) -> None:
    lines = [
        line
        for s in (score_llm.calls, score_llm.after_others, score_llm.follow_ups, score_llm.deferral, score_llm.ends)
        for line in s(engine, 12, 0)
    ]
    lines += score.spoken_requests(engine, FOLDER / STARTER.recognizers["en"], 6, 0)
    by_name = {line.what: line for line in lines}
    assert len(by_name) == len(lines)
    for line in lines:
        assert line.low is not None
        assert line.high is not None
        assert line.low <= line.value + 1e-9
        assert line.value <= line.high + 1e-9


def test_what_was_talked_is_shown_as_the_app_shows_it() -> None:
    talked = score_llm.Talk(random.Random(0), score_llm._CLEAR)
    messages = score_llm._shown(talked, 3, 0.0)
    assert [message.role for message in messages] == ["user", "assistant"] * 3
    assert not any("<|" in message.content for message in messages)


@pytest.mark.parametrize("model", ["asr-en", "asr-es", "llm", "voice-en", "voice-es"])
def test_what_is_beyond_the_models_is_shown(model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    sounds = [str(FOLDER.parent.parent / "clients/cli/recordings/five-minutes.wav")] if model.startswith("asr") else []
    monkeypatch.setattr("sys.argv", ["failures", model, *sounds])
    failures.main()
    rows = [row.strip("| ").split(" | ") for row in capsys.readouterr().out.splitlines()]
    given = {
        "asr-en": failures.SPOKEN["en"],
        "asr-es": failures.SPOKEN["es"],
        "voice-en": failures.READ["en"],
        "voice-es": failures.READ["es"],
    }
    texts = given.get(model) or [*(text for _, text in failures.TRANSLATED), *failures.ASKED]
    assert [row[0] for row in rows] == [*texts, *(sound.rpartition("/")[2] for sound in sounds)]
    assert all(len(row) == 2 and row[1] for row in rows)


def test_a_file_without_sound_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["failures", "asr-en", str(tmp_path / "none.flac")])
    with pytest.raises(SystemExit, match="2"):
        failures.main()
    assert "none.flac" in capsys.readouterr().err
