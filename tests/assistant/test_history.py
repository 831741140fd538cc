from __future__ import annotations

from assistant.history import History


def told(history: History, asked: str = "now") -> list[str]:
    return [f"{m.role}: {m.content}" for m in history.messages("sys", asked)]


def test_turns_stand_in_order_between_the_system_line_and_the_question() -> None:
    history = History(4)
    history.user("one")
    history.assistant("uno")
    assert told(history) == ["system: sys", "user: one", "assistant: uno", "user: now"]


def test_only_what_was_heard_stays() -> None:
    history = History(4)
    history.user("one")
    history.assistant("uno, dos, tres")
    history.heard("uno,")
    assert told(history) == ["system: sys", "user: one", "assistant: uno,", "user: now"]


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
