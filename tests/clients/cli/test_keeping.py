"""A talk on this machine becomes a conversation like the server's: scripts of facts in, what is kept out."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.audio import silence
from assistant.events import (
    Event,
    Failed,
    Final,
    Interrupted,
    PlaybackDone,
    PlaybackStarted,
    ReplyAudio,
    ReplyDone,
    ReplyPhrase,
    ReplyStarted,
    ReplyStopped,
    SpeechConfirmed,
    SpeechEnded,
    SpeechPaused,
    Stamped,
    ToolCalled,
    Translated,
    Written,
)
from assistant.settings import Settings, read_settings
from clients.cli.keeping import Recorder, kept
from clients.cli.stage import Stage
from server.realtime.items import Item
from server.store.archive import archive
from server.store.database import DAY_S, Database, Kept
from server.store.places import conversations
from tests.clients.cli.conftest import Parley

SOUND = silence(1600)
ENDED = SpeechEnded(1, 1.0, 1.2)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def talk(*facts: Event, settings: Settings | None = None) -> Stage:
    """Let these be the facts of a talk, half a second apart."""

    async def work() -> Stage:
        stage = Stage(full=False, verbose=False)
        async with kept(settings or Settings(), stage):
            for number, fact in enumerate(facts):
                stage(Stamped(number / 2, fact))
        return stage

    return asyncio.run(work())


def found() -> list[Kept]:
    database = Database(conversations(), create=False)
    try:
        return [one for name, *_ in database.overview() if (one := database.read(name))]
    finally:
        database.close()


def only() -> Kept:
    [one] = found()
    return one


def said(items: Sequence[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(item["role"], item["text"], item["heard"]) for item in items if item["type"] == "message"]


def answer(turn: int, *phrases: str) -> list[Event]:
    spoken = [fact for phrase in phrases for fact in (ReplyPhrase(turn, phrase), ReplyAudio(turn, SOUND, 16_000, phrase))]
    return [ReplyStarted(turn), *spoken]


def test_a_turn_with_a_tool() -> None:
    talk(
        SpeechPaused(1, 1.0, 1.2), Final(1, "What is 7 times 8?", "en"), ENDED, ReplyStarted(1),
        ToolCalled(1, "calculate", {"expression": "7 * 8"}, "That's 56."), *answer(1, "That's 56."), ReplyDone(1, "That's 56."),
        PlaybackStarted(1), PlaybackDone(1),
    )  # fmt: skip
    one = only()
    assert [(item["type"], item["status"]) for item in one.items] == [
        ("message", "completed"), ("function_call", "completed"), ("function_call_output", "completed"), ("message", "completed"),
    ]  # fmt: skip
    user, call, output, reply = one.items
    assert (user["role"], user["text"]) == ("user", "What is 7 times 8?")
    assert (call["name"], call["arguments"]) == ("calculate", '{"expression": "7 * 8"}')
    assert (output["call_id"], output["output"]) == (call["call_id"], "That's 56.")
    assert (reply["role"], reply["text"], reply["heard"]) == ("assistant", "That's 56.", None)
    [turn] = one.turns
    assert turn["response"] == reply["id"]
    assert turn["marks_ms"]["playing"] > turn["marks_ms"]["endpoint"] > 0
    assert [Item.from_kept(item).as_kept() for item in one.items] == list(one.items)


def test_of_a_stopped_reply_what_was_heard() -> None:
    talk(Final(1, "Count.", "en"), *answer(1, "One,", "two,", "three."), ReplyDone(1, "One, two, three."), ReplyStopped(1, "One, two,"))
    assert said(only().items) == [("user", "Count.", None), ("assistant", "One, two, three.", "One, two,")]


def test_a_reply_that_was_stopped_while_it_was_written() -> None:
    talk(Final(1, "Count.", "en"), *answer(1, "One,", "two,"), ReplyStopped(1, "One,"))
    [_, reply] = only().items
    assert (reply["text"], reply["heard"], reply["status"]) == ("One, two,", "One,", "incomplete")


def test_who_goes_on_before_the_answer_says_it_once(parley: Parley, capsys: pytest.CaptureFixture[str]) -> None:
    talk(Final(1, "Set a", "en"), ReplyStarted(1), SpeechConfirmed(2, 0.0, 0.0), ReplyStopped(1, ""), Final(2, "Set a timer.", "en"))
    one = only()
    assert [item["taken_up"] for item in one.items] == [True, False]
    capsys.readouterr()
    assert parley("sessions", "show", one.id).out.split() == ["user", "Set", "a", "timer."]


def test_an_answer_that_a_key_stopped_before_it_sounded_leaves_the_question() -> None:
    talk(Final(1, "Count.", "en"), ReplyStarted(1), Interrupted(1), ReplyStopped(1, ""))
    assert [item["taken_up"] for item in only().items] == [False]


def test_a_turn_that_fails() -> None:
    talk(Final(1, "Count.", "en"), *answer(1, "One,"), Failed(1, "It broke.", "engine_error"))
    assert [item["status"] for item in only().items] == ["completed", "incomplete"]


def test_an_announcement_has_no_question() -> None:
    talk(*answer(3, "Your timer is up."), ReplyDone(3, "Your timer is up."))
    assert said(only().items) == [("assistant", "Your timer is up.", None)]


def test_an_interpreted_talk_has_both_languages(parley: Parley, capsys: pytest.CaptureFixture[str]) -> None:
    talk(
        Translated(1, "es", "¿Dónde", "", 0.5), Written(1, ENDED, "Where is the station?", "en"),
        Translated(1, "es", "¿Dónde", "está", 1.0), ReplyPhrase(1, "¿Dónde está"),
        Translated(1, "es", "¿Dónde está la estación?", "", 1.0, final=True), ReplyDone(1, ""), ReplyStopped(1, ""),
        Written(2, ENDED, "Allí.", "es"), Translated(2, "en", "There.", "", 1.0, final=True),
    )  # fmt: skip
    one = only()
    assert [(item["language"], item["text"], item["status"]) for item in one.items] == [
        ("en", "Where is the station?", "completed"), ("es", "¿Dónde está la estación?", "completed"),
        ("es", "Allí.", "completed"), ("en", "There.", "completed"),
    ]  # fmt: skip
    capsys.readouterr()
    assert parley("sessions", "show", one.id).out.splitlines() == [
        "       en  Where is the station?",
        "     → es  ¿Dónde está la estación?",
        "       es  Allí.",
        "     → en  There.",
    ]


def test_who_says_nothing_leaves_nothing() -> None:
    talk(SpeechConfirmed(1, 0.0, 0.0), ENDED, Final(1, "", "en"))
    assert found() == []


def test_nothing_is_kept_by_who_does_not_want_it(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talk(Final(1, "Count.", "en"), settings=read_settings(None, ["server.keep_days=0"]))
    assert list(state.iterdir()) == []
    assert "kept" not in capsys.readouterr().out


def test_what_is_too_old_is_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    now_s = 1_000_000.0

    async def earlier() -> None:
        async with archive(conversations(), 30.0, lambda: now_s, lambda _: None) as opened:
            Recorder(opened.store, lambda: now_s - 2 * DAY_S)(Stamped(0.0, Final(1, "Old.", "en")))

    asyncio.run(earlier())
    assert said(only().items) == [("user", "Old.", None)]
    talk(Final(1, "New.", "en"), settings=read_settings(None, ["server.keep_days=1"]))
    assert said(only().items) == [("user", "New.", None)]
    assert "kept for 1 days" in capsys.readouterr().out


def test_a_talk_that_cannot_be_kept_goes_on(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (state / "parley").write_text("no folder")
    talk(Final(1, "Count.", "en"))
    out = " ".join(capsys.readouterr().out.split())
    assert "This talk is not kept. The file of conversations" in out
    assert "Count." in out


def test_only_its_owner_reads_it() -> None:
    talk(Final(1, "Count.", "en"))
    assert os.stat(conversations()).st_mode & 0o077 == 0


def test_two_at_once_lose_nothing() -> None:
    """A talk and a server, or two talks, write the same file."""

    async def work() -> None:
        stages = [Stage(full=False, verbose=False) for _ in range(4)]

        async def one(stage: Stage) -> None:
            async with kept(Settings(), stage):
                for turn in range(50):
                    stage(Stamped(0.0, Final(turn, f"Number {turn}.", "en")))
                    await asyncio.sleep(0)

        async with asyncio.TaskGroup() as group:
            for stage in stages:
                group.create_task(one(stage))

    asyncio.run(work())
    assert [len(one.items) for one in found()] == [50] * 4


def test_list_export_and_delete(parley: Parley, monkeypatch: pytest.MonkeyPatch) -> None:
    talk(Final(1, "Count.", "en"), *answer(1, "One."), ReplyDone(1, "One."))
    name = only().id
    monkeypatch.setenv("COLUMNS", "60")
    assert f" {name} " in parley("sessions", "list").out, "whole, to be copied"
    assert '"Count."' in parley("sessions", "export", name).out
    assert parley("sessions", "delete", name).out == "Deleted 1.\n"
    assert found() == []
