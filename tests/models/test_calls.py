"""A model's answer taken apart, in whatever pieces it comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.engines import Defer, Piece, ToolCall
from assistant.errors import CallTooLong, EngineError
from models.calls import CallParser


def parsed(*tokens: str) -> list[Piece]:
    parser = CallParser()
    pieces = [piece for token in tokens for piece in parser.push(token)] + parser.flush()
    joined: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def test_the_starter_models_calls() -> None:
    assert parsed("<|call|>", "time", " {", "}") == [ToolCall("time", {})]
    assert parsed("<|call|>", "convert", ' {"value": 3}') == [ToolCall("convert", {"value": 3})]
    assert parsed("<|call|>", "stop") == [ToolCall("stop", {})]
    assert parsed("<|defer|>", "I don't", " know.") == [Defer(), "I don't know."]


def test_the_calls_of_larger_models() -> None:
    body = '{"name": "time", "arguments": {"zone": "UTC"}}'
    call = ToolCall("time", {"zone": "UTC"})
    assert parsed("<tool_call>", f"\n{body}\n", "</tool_call>") == [call]
    assert parsed(*f"Let me see. <tool_call>{body}</tool_call>") == ["Let me see. ", call]
    assert parsed("<tool_call>", body) == [call]


def test_the_calls_of_qwen_since_3_5() -> None:
    call = "<tool_call>\n<function=convert>\n<parameter=value>\n3.5\n</parameter>\n<parameter=unit>\nmiles\n</parameter>\n</function>\n</tool_call>"
    assert parsed(*call) == [ToolCall("convert", {"value": 3.5, "unit": "miles"})]
    assert parsed("<tool_call>", "<function=time>\n</function>", "</tool_call>") == [ToolCall("time", {})]
    two_lines = "<function=note>\n<parameter=text>\nmilk\nand <b>\n</parameter>\n</function>"
    assert parsed("<tool_call>", two_lines) == [ToolCall("note", {"text": "milk\nand <b>"})]


def test_the_calls_of_lfm() -> None:
    calls = '[convert(value=3, unit="miles"), time()]'
    both = [ToolCall("convert", {"value": 3, "unit": "miles"}), ToolCall("time", {})]
    assert parsed("<|tool_call_start|>", calls, "<|tool_call_end|>") == both
    assert parsed(*f"So: <|tool_call_start|>{calls}<|tool_call_end|>") == ["So: ", *both]
    assert parsed("<|tool_call_start|>", "time()") == [both[1]]


@pytest.mark.parametrize(
    "broken", ["[time(", "[time(1 + x)]", "[a.b()]", '[time(x=open("f"))]', "[1]", "[time(**x)]", "[time(1)]", "(" * 500]
)
def test_lfms_calls_are_read_and_never_run(broken: str) -> None:
    with pytest.raises(EngineError, match="ask again"):
        parsed("<|tool_call_start|>", broken, "<|tool_call_end|>")


@pytest.mark.parametrize("broken", ['time {"a"', "time [1]", "time {} {}"])
def test_a_call_that_cannot_be_read(broken: str) -> None:
    with pytest.raises(EngineError, match="ask again"):
        parsed("<|call|>", broken)
    with pytest.raises(EngineError, match="ask again"):
        parsed("<tool_call>", '{"name": 3}', "</tool_call>")


@given(st.lists(st.text(alphabet="ab <|>tool_call_start/", max_size=8), max_size=20))
def test_words_pass_unchanged(tokens: list[str]) -> None:
    text = "".join(tokens)
    if "<tool_call>" not in text and "<|tool_call_start|>" not in text and "<|call|>" not in tokens:
        assert "".join(piece for piece in parsed(*tokens) if isinstance(piece, str)) == text


def test_an_answer_that_is_cut_has_no_half_a_call() -> None:
    parser = CallParser()
    assert parser.push("Let me see. <tool") == []
    assert parser.cut() == ["Let me see. <tool"]
    for tokens in (["<|call|>"], ["<|call|>", "tim"], ["<tool_call>", '{"name"']):
        parser = CallParser()
        for token in tokens:
            parser.push(token)
        with pytest.raises(CallTooLong):
            parser.cut()
