"""What a person sees of a conversation, in a terminal and in a pipe."""

from __future__ import annotations

import io

from rich.console import Console

from assistant.audio import silence
from assistant.events import Drafted, Event, Final, Partial, ReplyAudio, ReplyPhrase, SpeechStarted, Stamped, ToolCalled
from assistant.latency import Timing
from clients.cli.view import Conversation, bars, describe

FACTS: tuple[Event, ...] = (
    Partial(1, "what is", "six"),
    Partial(1, "what is sixn", "times"),
    Final(1, "What is [seven] times eight?", "en"),
    ToolCalled(1, "calculate", {"expression": "7 * 8"}, "That's 56."),
    ReplyPhrase(1, "That's 56."),
)


def shown(*, terminal: bool, width: int = 80) -> str:
    out = io.StringIO()
    conversation = Conversation(Console(file=out, force_terminal=terminal, width=width, color_system=None, highlight=False))
    for fact in FACTS:
        conversation(Stamped(0.0, fact))
    return out.getvalue()


def test_a_pipe_gets_whole_lines_only() -> None:
    assert shown(terminal=False).splitlines() == [
        "     you  What is [seven] times eight?",
        "    tool  calculate(expression='7 * 8')",
        "  parley  That's 56.",
    ]


def test_a_terminal_sees_words_come_and_be_replaced() -> None:
    lines = shown(terminal=True).split("\n")
    assert len(lines) == 4
    stages = lines[0].split("\r\x1b[2K")
    assert [stage.strip() for stage in stages] == ["", "you  what is six", "you  what is sixn times", "you  What is [seven] times eight?"]


def test_tentative_words_stay_on_one_line() -> None:
    stages = shown(terminal=True, width=24).split("\r\x1b[2K")
    assert max(len(stage.strip("\n")) for stage in stages[1:3]) < 24
    assert stages[2].endswith("what is sixn times")
    assert "What is [seven] times eight?" in shown(terminal=True, width=24)  # what is final is never cut


def test_bars_say_when_each_stage_was_reached() -> None:
    timing = Timing(1, 0.0, {"paused": 0.2, "drafted": 0.25, "endpoint": 0.4, "first_audio": 0.401})
    lines = bars(timing).plain.splitlines()
    assert [line.split()[0] for line in lines] == ["paused", "drafted", "endpoint", "first"]
    assert [line.split()[-2] for line in lines] == ["200", "250", "400", "401"]
    assert all("━" in line for line in lines)


def test_a_fact_on_one_line() -> None:
    assert describe(SpeechStarted(1, 0.5760000003, 1.0)) == "SpeechStarted turn=1 at_s=0.576 heard_s=1.0"
    assert describe(ReplyAudio(2, silence(8000), 16_000, "Hi.")) == "ReplyAudio turn=2 0.50 s of 'Hi.'"
    assert describe(Drafted(3, "final")) == "Drafted turn=3 stage='final'"
