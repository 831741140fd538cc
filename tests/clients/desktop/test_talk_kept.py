"""A talk on this machine is kept as it goes on: killed at any moment, it has lost nothing that was finished."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from server.store.database import Database, Kept
from tests.clients.desktop.virtual_sound import ROOT, VirtualSound, until

RECORDINGS = ROOT / "clients" / "cli" / "recordings"
EIGHT, MILES, TIMER = (RECORDINGS / f"{name}.wav" for name in ("seven-times-eight", "miles", "five-minutes"))


@pytest.fixture
def file(virtual_sound: VirtualSound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the talks of this test are kept."""
    monkeypatch.setitem(virtual_sound.environment, "XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "parley" / "conversations.db"


def conversations(file: Path) -> list[Kept]:
    database = Database(file, create=False)
    try:
        assert database._file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [kept for name, *_ in database.overview() if (kept := database.read(name))]
    finally:
        database.close()


def test_killed_while_it_speaks(virtual_sound: VirtualSound, file: Path) -> None:
    with virtual_sound.parley("talk", "-v") as parley:
        parley.until("Speak; Ctrl-C ends.")
        virtual_sound.say(EIGHT)
        until(lambda: "PlaybackDone turn=1" in parley.err, "it has answered")
        virtual_sound.say(MILES)
        until(lambda: "PlaybackStarted turn=2" in parley.err, "it speaks")
        parley.process.kill()
    [kept] = conversations(file)
    assert [item["type"] for item in kept.items] == ["message", "function_call", "function_call_output", "message"] * 2
    assert [item["text"] for item in kept.items if item["type"] == "message"][:3] == [
        "What is seven times eight?", "That's 56.", "How many kilometers are in three miles.",
    ]  # fmt: skip
    assert kept.items[-1]["text"].startswith("3 miles is about")
    assert len(kept.turns) == 1
    with virtual_sound.parley("sessions", "show", kept.id) as shown:
        assert shown.ended() == 0
        assert re.search(r"^ +user  What is seven times eight\?\n +tool  calculate\(.*\)\n +-> .*56\.\n", shown.out, re.MULTILINE)


def test_killed_at_random(virtual_sound: VirtualSound, file: Path) -> None:
    """What was played to its end before the kill is there after it."""
    rng = random.Random(11)
    for number in range(3):
        with virtual_sound.parley("talk", "-v") as parley:
            parley.until("Speak; Ctrl-C ends.")
            for recording in (EIGHT, TIMER):
                virtual_sound.say(recording)
            time.sleep(rng.uniform(0.1, 2.5))
            parley.process.kill()
            parley.process.wait()
            heard_out = {int(turn) for turn in re.findall(r"PlaybackDone turn=(\d+)", parley.err)}
            done = re.findall(r"ReplyDone turn=(\d+) text=['\"](.*)['\"]$", parley.err, re.MULTILINE)
        found = conversations(file)
        assert len(found) == number + 1
        texts = [item["text"] for item in found[0].items if item["role"] == "assistant"]
        assert all(text in texts for turn, text in done if int(turn) in heard_out)


def test_between_two_people(virtual_sound: VirtualSound, file: Path) -> None:
    with virtual_sound.parley("talk", "--interpret", "en", "es") as parley:
        parley.until("Speak; Ctrl-C ends.")
        virtual_sound.say(RECORDINGS / "translate-1.wav")
        parley.until("No sé dónde vive.")
        parley.interrupt()
        assert parley.ended() == 0
    [kept] = conversations(file)
    assert [(item["language"], item["role"]) for item in kept.items] == [("en", "user"), ("es", "assistant")]
    assert kept.items[1]["text"] == "No sé dónde vive."


def test_nothing_is_kept_by_who_does_not_want_it(virtual_sound: VirtualSound, file: Path) -> None:
    with virtual_sound.parley("--set", "server.keep_days=0", "talk") as parley:
        parley.until("Speak; Ctrl-C ends.")
        virtual_sound.say(EIGHT)
        parley.until("56")
        parley.interrupt()
        assert parley.ended() == 0
    assert not file.parent.exists()
