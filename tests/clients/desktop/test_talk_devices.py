"""`parley talk` and the life of its devices: unplugged, moved, with another rate; and a process that is stopped for a while."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.clients.desktop.screen import screen
from tests.clients.desktop.virtual_sound import RATE_HZ, ROOT, Program, VirtualSound, left_behind, until

RECORDINGS = ROOT / "clients" / "cli" / "recordings"
EIGHT, MILES, TIMER = (RECORDINGS / f"{name}.wav" for name in ("seven-times-eight", "miles", "five-minutes"))
READY = "Speak; Ctrl-C ends."
GONE = r"^The (microphone|speaker) 'default' is gone; connect it again, or another one, and Parley goes on\.$"
BACK = "There is sound again: microphone 'default', speaker 'default'.\n"


def unplugged(sound: VirtualSound) -> Callable[[], None]:
    sound.unplug()
    return lambda: sound.plug(rate_hz=48_000)


def daemon_died(sound: VirtualSound) -> Callable[[], None]:
    sound.stop()
    return sound.start


def ends_well(parley: Program) -> None:
    parley.interrupt()
    assert parley.ended() == 0
    assert parley.err.count("Traceback") == 0
    assert left_behind(parley.process.pid) == []


@pytest.mark.parametrize("lose", [unplugged, daemon_died])
def test_devices_that_are_gone_are_waited_for(mortal_sound: VirtualSound, lose: Callable[[VirtualSound], Callable[[], None]]) -> None:
    with mortal_sound.parley("talk", "-v") as parley:
        parley.until(READY)
        mortal_sound.say(MILES)
        until(lambda: "PlaybackStarted turn=1" in parley.err, "it speaks")
        again = lose(mortal_sound)
        parley.until("is gone; ")
        assert len(re.findall(GONE, parley.out, re.MULTILINE)) == 1
        stopped = re.search(r"ReplyStopped turn=1 heard='(.*)'", parley.err)
        assert stopped, "as if somebody had interrupted it"
        assert "PlaybackDone" not in parley.err
        again()
        parley.until(BACK)
        mortal_sound.say(EIGHT)
        parley.until("56")
        until(lambda: "PlaybackDone turn=2" in parley.err, "the conversation goes on aloud")
        assert parley.out.count("is gone") == parley.out.count("There is sound again") == 1
        ends_well(parley)


def test_interpreting_goes_on_too(mortal_sound: VirtualSound) -> None:
    with mortal_sound.parley("talk", "--interpret", "en", "es", "-v") as parley:
        parley.until(READY)
        mortal_sound.say(EIGHT)
        until(lambda: "PlaybackStarted" in parley.err, "it speaks")
        mortal_sound.unplug()
        parley.until("is gone; ")
        assert "ReplyStopped" in parley.err
        mortal_sound.plug()
        parley.until(BACK)
        before = parley.err.count("PlaybackDone")
        mortal_sound.say(EIGHT)
        until(lambda: parley.err.count("PlaybackDone") > before, "the translation is spoken")
        ends_well(parley)


def test_it_can_be_ended_while_a_device_is_gone(mortal_sound: VirtualSound) -> None:
    with mortal_sound.parley("talk") as parley:
        parley.until(READY)
        mortal_sound.stop()
        parley.until("is gone; ")
        ends_well(parley)


def test_the_view_says_what_is_gone_until_it_is_back(mortal_sound: VirtualSound, tmp_path: Path) -> None:
    with screen(mortal_sound, tmp_path) as shown:
        shown.talk()
        mortal_sound.say(TIMER)
        shown.until("timer 4:5")
        mortal_sound.unplug()
        shown.until("no sound: The ")
        shown.until("timer 4:3")  # it is no notice that passes, and the clock goes on
        assert re.search(r"! no sound: The (microphone|speaker) 'default' is gone", shown.text())
        mortal_sound.plug()
        shown.until("There is sound again")
        assert "no sound" not in shown.text()
        mortal_sound.say(EIGHT)
        shown.until("That's 56.")
        mortal_sound.unplug()
        shown.until("no sound: The ")
        shown.press("q")
        shown.ends(0)


def test_the_default_device_is_followed(mortal_sound: VirtualSound) -> None:
    """PulseAudio and PipeWire move what plays on the default: nothing is to be said, and nothing is lost."""
    mortal_sound.add("headset", 48_000)
    with mortal_sound.parley("talk", "-v") as parley, mortal_sound.recorded("headset") as recording:
        parley.until(READY)
        mortal_sound.use("headset")
        mortal_sound.say(EIGHT)
        until(lambda: "PlaybackDone turn=1" in parley.err, "the answer is spoken")
        until(lambda: np.abs(recording()).max() > 0.05, "in the headset")
        assert "gone" not in parley.out
        ends_well(parley)


def stopped_for(parley: Program, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
    os.killpg(parley.process.pid, signal.SIGSTOP)
    end_s = time.monotonic() + seconds
    meanwhile()
    time.sleep(max(0.0, end_s - time.monotonic()))
    os.killpg(parley.process.pid, signal.SIGCONT)


def test_xruns_are_shown_and_told_at_the_end(virtual_sound: VirtualSound, tmp_path: Path) -> None:
    with screen(virtual_sound, tmp_path) as shown:
        shown.talk()
        pid = int(Path(f"/proc/{shown.pid}/task/{shown.pid}/children").read_text().split()[0])

        def late() -> bool:
            """Be so late that the speaker runs dry, but not so late that it is no fault of ours."""
            os.kill(pid, signal.SIGSTOP)
            shown.until("Stopped")
            time.sleep(0.7)
            shown.run("fg")
            shown.until("listening ")
            time.sleep(1)
            return "xruns" in shown.text()

        until(late, "the speaker ran dry")
        shown.press("q")
        shown.until("Sound was cut: xruns of the microphone")


def test_stopped_while_it_listens_it_does_not_hear_what_was_said_meanwhile(virtual_sound: VirtualSound) -> None:
    with virtual_sound.parley("talk", "-v") as parley:
        parley.until(READY)
        stopped_for(parley, 5.0, lambda: virtual_sound.say(EIGHT))
        time.sleep(1)
        virtual_sound.say(TIMER)
        parley.until("Timer set for 5 minutes.")
        assert not re.search("seven|eight|gone|again|Failed", parley.out + parley.err, re.IGNORECASE)
        ends_well(parley)


def test_stopped_while_it_speaks_it_does_not_say_the_rest(virtual_sound: VirtualSound) -> None:
    with virtual_sound.parley("talk", "-v") as parley, virtual_sound.recorded() as recording:
        parley.until(READY)
        virtual_sound.say(MILES)
        until(lambda: "PlaybackStarted turn=1" in parley.err, "it speaks")
        until(lambda: recording()[-RATE_HZ // 2 :].max() > 0.02, "it is heard")
        stopped_for(parley, 5.0)
        played = recording().size
        until(lambda: "ReplyStopped turn=1" in parley.err, "it notices")
        until(lambda: recording().size > played + 2 * RATE_HZ, "two seconds pass")
        still_s = np.count_nonzero(np.abs(recording()[played:]) > 0.01) / RATE_HZ
        assert still_s < 0.1, "no more than what was on its way to the driver"
        virtual_sound.say(EIGHT)
        parley.until("56")
        until(lambda: "PlaybackDone turn=2" in parley.err, "the conversation goes on aloud")
        assert not re.search("gone|again|Failed", parley.out + parley.err)
        ends_well(parley)
