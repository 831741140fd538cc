"""`parley talk` whose voice dies: it says so, and what was to be spoken is spoken all the same."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import numpy as np

from tests.clients.desktop.screen import screen
from tests.clients.desktop.virtual_sound import ROOT, VirtualSound, left_behind, until

RECORDINGS = ROOT / "clients" / "cli" / "recordings"
EIGHT, MILES, TIMER = (RECORDINGS / f"{name}.wav" for name in ("seven-times-eight", "miles", "five-minutes"))
READY = "Speak; Ctrl-C ends."
ENDED = "(no voice en: its process was ended by SIGKILL; it is started again)"
BACK = "(no voice en: no longer)"


def voices(pid: int) -> list[int]:
    """Return the processes that engines of this program run in."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split() + _of_threads(pid):
        with suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return sorted(set(found))


def _of_threads(pid: int) -> list[str]:
    return [child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def kill_voice(pid: int) -> None:
    """Kill it as the kernel does that runs out of memory."""
    (voice,) = voices(pid)
    os.kill(voice, signal.SIGKILL)


def test_a_voice_that_dies_is_started_again_at_once(virtual_sound: VirtualSound) -> None:
    with virtual_sound.parley("talk", "-v") as parley, virtual_sound.recorded() as recording:
        parley.until(READY)
        kill_voice(parley.process.pid)
        parley.until(BACK)
        assert parley.out.splitlines()[-2:] == [f"          {ENDED}", f"          {BACK}"]
        virtual_sound.say(EIGHT)
        parley.until("56")
        until(lambda: "PlaybackDone turn=1" in parley.err, "the answer is spoken")
        assert np.abs(recording()).max() > 0.05
        assert "Failed" not in parley.err


def test_a_turn_outlives_its_voice(virtual_sound: VirtualSound) -> None:
    with virtual_sound.parley("talk", "-v") as parley:
        parley.until(READY)
        pid = parley.process.pid
        (voice,) = voices(pid)
        os.kill(voice, signal.SIGSTOP)  # so that it is in the middle of the answer when it dies
        virtual_sound.say(MILES)
        until(lambda: "ReplyPhrase turn=1" in parley.err, "it is to speak")
        kill_voice(pid)
        until(lambda: "PlaybackDone turn=1" in parley.err, "the answer is spoken")
        virtual_sound.say(EIGHT)
        parley.until("56")
        until(lambda: "PlaybackDone turn=2" in parley.err, "the next answer is spoken")
        parley.interrupt()
        assert parley.ended() == 0
        assert "Failed" not in parley.err
        assert "Traceback" not in parley.err
        assert left_behind(pid) == []


def test_an_answer_that_was_only_begun_is_begun_once_more(virtual_sound: VirtualSound) -> None:
    with virtual_sound.parley("talk", "-v") as parley:
        parley.until(READY)
        (voice,) = voices(parley.process.pid)
        os.kill(voice, signal.SIGSTOP)
        virtual_sound.say(MILES)
        until(lambda: "Drafted turn=1 stage='first_phrase'" in parley.err, "it is asked to speak")
        kill_voice(parley.process.pid)
        until(lambda: "PlaybackDone turn=1" in parley.err, "the answer is spoken")
        assert "Failed" not in parley.err


def test_a_voice_that_dies_again_and_again_is_given_up_for_a_while(virtual_sound: VirtualSound, tmp_path: Path) -> None:
    with screen(virtual_sound, tmp_path) as shown:
        shown.talk()
        pid = int(Path(f"/proc/{shown.pid}/task/{shown.pid}/children").read_text().split()[0])
        before: list[int] = []

        def given_up() -> bool:
            nonlocal before
            if (found := voices(pid)) and found != before:
                before = found
                os.kill(found[0], signal.SIGKILL)
            return "no voice en: its process was ended by SIGKILL; it is tried again every" in " ".join(shown.text().split())

        until(given_up, "it is left alone")
        virtual_sound.say(EIGHT)
        shown.until("That's 56.")
        shown.until("listening ")
        shown.press("q")
        shown.ends(0)
        shown.is_alone()
