"""`parley talk` as a person starts it: a spoken question into a virtual microphone, the spoken answer out of a virtual speaker."""

from __future__ import annotations

import os
import re
import subprocess
import termios

import pytest

from tests.clients.desktop.virtual_sound import COMMAND, RATE_HZ, ROOT, Program, VirtualSound, left_behind, likeness, spoken, until

QUESTION = ROOT / "clients" / "cli" / "recordings" / "seven-times-eight.wav"
READY = "Speak; Ctrl-C ends."


def answers(program: Program) -> list[str]:
    """Return the phrases that it printed as its own."""
    return re.findall(r"^ +parley  (.+)$", program.out, re.MULTILINE)


def ends_cleanly(program: Program) -> None:
    program.interrupt()
    assert program.ended() == 0
    assert "Traceback" not in program.err
    assert left_behind(program.process.pid) == []


def test_answers_a_spoken_question_aloud(virtual_sound: VirtualSound) -> None:
    with virtual_sound.parley("talk") as parley, virtual_sound.recorded() as recording:
        parley.until(READY)
        virtual_sound.say(QUESTION)
        parley.until("56")
        for phrase in answers(parley):
            wanted = spoken(phrase)
            until(lambda wanted=wanted: likeness(recording(), wanted) > 0.5, f"{phrase!r} is on the tape")
        ends_cleanly(parley)
        assert re.search("seven times eight", parley.out, re.IGNORECASE)


@pytest.mark.parametrize("cancellation", ["auto", "off"])
def test_does_not_answer_itself(virtual_sound: VirtualSound, cancellation: str) -> None:
    """The microphone hears the speaker, as in a room: that starts no turn, and stops no reply."""
    options = ["--set", f"echo_cancellation={cancellation}"]
    with virtual_sound.echo(), virtual_sound.parley(*options, "talk", "-v") as parley, virtual_sound.recorded() as recording:
        parley.until(READY)
        virtual_sound.say(QUESTION)
        parley.until("56")
        until(lambda: "PlaybackDone turn=1" in parley.err, "the answer ends")
        played = recording().size
        until(lambda: recording().size > played + 1.5 * RATE_HZ, "its echo is over")
        ends_cleanly(parley)
        assert "ReplyStarted turn=2" not in parley.err
        assert "ReplyStopped" not in parley.err
        assert ("does not listen while it speaks: no echo cancellation (it is turned off)." in parley.out) == (cancellation == "off")
        assert "first audio" in parley.err, "the bars of the turn are shown"


def test_ends_cleanly_while_it_speaks(virtual_sound: VirtualSound) -> None:
    with virtual_sound.parley("talk", "-v") as parley:
        parley.until(READY)
        virtual_sound.say(QUESTION)
        until(lambda: "PlaybackStarted" in parley.err, "it speaks")
        ends_cleanly(parley)


def test_says_in_one_sentence_that_there_are_no_devices(mortal_sound: VirtualSound) -> None:
    mortal_sound.stop()
    with mortal_sound.parley("talk") as parley:
        assert parley.ended() == 2
        assert re.fullmatch(r"parley: There is no microphone to use; connect one, [^\n]+\n", parley.err)
        assert left_behind(parley.process.pid) == []
    with mortal_sound.parley("talk", "--devices") as parley:
        assert parley.ended() == 2
        assert parley.err == "parley: The system knows no sound device at all; connect one, or see whether its sound server runs.\n"


def test_says_that_nothing_comes_from_the_microphone_until_something_does(virtual_sound: VirtualSound) -> None:
    """The virtual one gives zeros as long as nobody plays anything into it, as one does that is muted."""
    with virtual_sound.parley("talk") as parley:
        parley.until(READY)
        parley.until("Nothing comes from the microphone")
        virtual_sound.say(QUESTION)
        parley.until("The microphone is heard now.")
        parley.until("56")
        ends_cleanly(parley)


@pytest.mark.parametrize("words", [["--interpret", "en", "es"], ["--url", "ws://localhost:9/"]])
def test_a_pack_that_would_not_be_used_is_refused(virtual_sound: VirtualSound, words: list[str]) -> None:
    with virtual_sound.parley("talk", "--pack", "shop", *words) as parley:
        assert parley.ended() == 2
        assert re.fullmatch(r"parley: [^\n]+; leave out --pack, or --\w+\.\n", parley.err)


def test_lists_the_devices(virtual_sound: VirtualSound) -> None:
    with virtual_sound.parley("talk", "--devices") as parley:
        assert parley.ended() == 0
        listed = re.findall(r"^\d: (\w+) \(\d+ in, \d+ out\)(.*)$", parley.out, re.MULTILINE)
        assert listed == [("pulse", ""), ("default", ", the usual microphone and speaker")]
        assert parley.err == ""


@pytest.mark.parametrize("wanted", ["no-such-device", "99"])
@pytest.mark.parametrize("kind", ["microphone", "speaker"])
def test_an_unknown_device_is_one_sentence(virtual_sound: VirtualSound, kind: str, wanted: str) -> None:
    with virtual_sound.parley("talk", f"--{kind}", wanted) as parley:
        assert parley.ended() == 2
        assert parley.out == ""
        assert re.fullmatch(rf"parley: There is no {kind} [^\n]*{wanted}[^\n]*pulse[^\n]*\n", parley.err)


class Terminal:
    """A terminal with `parley talk` on it."""

    def __init__(self, sound: VirtualSound, *words: str, typed_after: str) -> None:
        """Press Ctrl-C as soon as this was written, and wait for the end."""
        ours, theirs = os.openpty()
        with open(ours, "r+b", buffering=0) as self._ours, open(theirs, "r+b", buffering=0) as self._theirs:
            os.set_blocking(ours, False)
            self.before = termios.tcgetattr(theirs)
            command = ["setsid", "--ctty", *COMMAND, "talk", *words]
            environment = sound.environment | {"TERM": "xterm", "COLUMNS": "100"}
            with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
                try:
                    self.written = ""
                    until(lambda: typed_after in self._read() or process.poll() is not None, f"{typed_after!r} on the terminal")
                    self._ours.write(b"\x03")
                    until(lambda: process.poll() is not None, "the end")
                finally:
                    process.kill()
            self._read()
            self.status = process.returncode
            self.left = left_behind(process.pid)
            self.after = termios.tcgetattr(theirs)

    def _read(self) -> str:
        self.written += (self._ours.read(65_536) or b"").decode(errors="replace")
        return self.written


@pytest.mark.parametrize(("words", "moment"), [([], "Loading the models"), (["--plain"], READY), ([], "Say something.")])
def test_ctrl_c_leaves_the_terminal_as_it_was(virtual_sound: VirtualSound, words: list[str], moment: str) -> None:
    terminal = Terminal(virtual_sound, *words, typed_after=moment)
    assert terminal.status == 0
    assert terminal.left == []
    assert terminal.after == terminal.before
    assert "Traceback" not in terminal.written
    assert terminal.written.rfind("\x1b[?25h") >= terminal.written.rfind("\x1b[?25l"), "the cursor is to be seen"
    assert (READY in terminal.written) == (moment == READY)
