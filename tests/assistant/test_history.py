from __future__ import annotations

import pytest

from assistant.history import History


def told(history: History, asked: str = "now") -> list[str]:
    return [f"{m.role}: {m.content}" for m in history.messages("sys", asked)]


def test_turns_stand_in_order_between_the_system_line_and_the_question() -> None:
    history = History(4)
    history.user("one")
    history.assistant("uno")
    assert told(history) == ["system: sys", "user: one", "assistant: uno", "user: now"]


@pytest.mark.parametrize(
    ("heard", "remembered"),
    [
        ("uno,", "uno..."),
        ("uno, dos", "uno, dos..."),
        ("uno, dos: 3.5.", "uno, dos: 3.5..."),
        ("uno, dos: 3.5. ¿Y?", "uno, dos: 3.5.\n¿Y?"),
    ],
)
def test_only_what_was_heard_stays_and_shows_that_it_was_cut(heard: str, remembered: str) -> None:
    history = History(4)
    history.user("one")
    history.assistant("uno, dos: 3.5.\n¿Y?")
    history.heard(heard)
    assert told(history) == ["system: sys", "user: one", f"assistant: {remembered}", "user: now"]


def test_a_reply_that_was_cut_before_it_was_whole() -> None:
    history = History(4)
    history.user("zero")
    history.assistant("cero")
    history.user("one")
    history.heard("uno")
    assert told(history) == ["system: sys", "user: zero", "assistant: cero", "user: one", "assistant: uno...", "user: now"]


def test_words_without_an_answer_give_way() -> None:
    history = History(4)
    history.user("what is")
    assert told(history, "what is this") == ["system: sys", "user: what is this"]
    history.user("what is this")
    history.assistant("A test.")
    history.heard("")
    assert told(history) == ["system: sys", "user: now"]


def test_the_prompt_keeps_its_beginning_from_turn_to_turn() -> None:
    history, changes, before = History(4), 0, ["system: sys"]
    for number in range(20):
        history.user(f"q{number}")
        history.assistant(f"a{number}")
        now = told(history)[:-1]
        changes += now[: len(before)] != before
        assert len(now) <= 1 + 2 * 4
        before = now
    assert changes <= 10


def test_no_memory_at_all() -> None:
    history = History(0)
    history.user("one")
    history.assistant("uno")
    history.user("two")
    assert told(history, "two") == ["system: sys", "user: two"]
