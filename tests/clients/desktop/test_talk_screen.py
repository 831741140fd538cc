"""`parley talk` on a real terminal: what a person sees of a spoken conversation, and that the terminal is given back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from clients.desktop.devices import LOST_S
from tests.clients.desktop.screen import PROMPT, Screen, screen
from tests.clients.desktop.virtual_sound import COMMAND, ROOT, VirtualSound, until

RECORDINGS = ROOT / "clients" / "cli" / "recordings"
EIGHT, MILES, TIMER = (RECORDINGS / f"{name}.wav" for name in ("seven-times-eight", "miles", "five-minutes"))


def lines(shown: str) -> list[str]:
    return [line.rstrip() for line in shown.splitlines()]


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (40, 24)])
def test_a_conversation(virtual_sound: VirtualSound, tmp_path: Path, columns: int, rows: int) -> None:
    with screen(virtual_sound, tmp_path, columns, rows) as shown:
        shown.talk()
        assert "Say something." in shown.text()
        with subprocess.Popen(["paplay", "--device=microphone", str(EIGHT)], env=virtual_sound.environment):
            shown.until("hearing you")
            until(lambda: re.search(r"you +What is.* …", shown.text()), "words while they are spoken")
        shown.until("speaking")
        spoken = r"\x1b\[[0-9;]*\b4m(\x1b\[[0-9;]*m)*That's"
        until(lambda: re.search(spoken, shown.text(styled=True)), f"what was heard is underlined:\n{shown.text(styled=True)!r}")
        shown.until("listening ")
        virtual_sound.say(TIMER)
        shown.until("5 minute timer 4:5")
        seen = shown.until("listening ")
        for words in (
            "What is seven times eight?",
            "calculate(",
            "That's 56.",
            "Set a timer for five minutes.",
            "Timer set for 5 minutes.",
        ):
            assert words in seen
        assert re.search(r"latency \d+ p50 \d+ p95 \d+ ms", seen)
        assert ("turn 2" in seen) == (columns >= 60)
        assert max(map(len, lines(seen))) <= columns
        shown.press("q")
        shown.ends(0)
        shown.is_alone()


def test_every_key(virtual_sound: VirtualSound, tmp_path: Path) -> None:
    with screen(virtual_sound, tmp_path) as shown:
        shown.talk()
        shown.press("m")
        shown.until("microphone muted")
        shown.until("not listening")
        virtual_sound.say(EIGHT)
        assert "seven" not in shown.text()
        shown.press("m")
        shown.until("open microphone")
        shown.press("?")
        shown.until("What is shown")
        shown.press("Escape")
        until(lambda: "What is shown" not in shown.text(), "the page is gone")
        shown.press("s")
        shown.until("nothing to save")
        virtual_sound.say(MILES)
        shown.until("speaking")
        shown.press("i")
        shown.until("[stopped]")
        shown.press("s")
        shown.until("Saved as parley-")
        saved = next(tmp_path.glob("parley-*.txt")).read_text()
        assert re.search(r"^you: How many kilometers are in three miles", saved, re.MULTILINE)
        assert re.search(r"^parley: .*\[stopped\]$", saved, re.MULTILINE)
        shown.resize(40, 20)
        shown.until("l listen")
        shown.resize(100, 30)
        shown.until("listen mode")
        assert "How many kilometers" in shown.text()
        shown.press("q")
        shown.ends(0)


def test_push_to_talk(virtual_sound: VirtualSound, tmp_path: Path) -> None:
    with screen(virtual_sound, tmp_path) as shown:
        shown.talk("push_to_talk=true")
        assert "Press the space bar" in shown.text()
        virtual_sound.say(EIGHT)
        assert "seven" not in shown.text()
        shown.press("Space")
        shown.until("push-to-talk: open")
        virtual_sound.say(EIGHT)
        shown.press("Space")
        shown.until("56")
        shown.until("speaking")
        shown.press("Space")  # who talks is not talked to
        shown.until("[stopped]")
        virtual_sound.say(MILES)
        shown.press("Space")
        shown.until("4.83")
        shown.press("l")
        shown.until("open microphone")
        shown.press("C-c")
        shown.ends(0)


def ctrl_c(shown: Screen, _: int) -> None:
    shown.press("C-c")


def terminate(_: Screen, pid: int) -> None:
    os.kill(pid, signal.SIGTERM)


@pytest.mark.parametrize(("end", "status"), [(ctrl_c, 0), (terminate, 143)])
def test_the_terminal_is_given_back(virtual_sound: VirtualSound, tmp_path: Path, end: Callable[[Screen, int], None], status: int) -> None:
    with screen(virtual_sound, tmp_path) as shown:
        shown.talk()
        end(shown, child_of(shown.pid))
        shown.ends(status)
        shown.is_alone()


def test_only_behind_the_wake_phrase(virtual_sound: VirtualSound, tmp_path: Path, spoken_phrases: dict[str, Path]) -> None:
    with screen(virtual_sound, tmp_path) as shown:
        shown.talk("wake=hey parley")
        assert "Say “hey parley”, and what you want." in shown.text()
        virtual_sound.say(spoken_phrases["chatter"])
        virtual_sound.say_until(spoken_phrases["request"], lambda: "That's 56." in shown.text(), "the answer")
        assert "weather" not in shown.text()
        assert not re.search("parley, what", shown.text(), re.IGNORECASE)
        shown.until("awake")
        shown.until("listening ")
        virtual_sound.say(MILES)
        shown.until("4.83")
        shown.press("s")
        shown.until("Saved")
        assert "weather" not in next(tmp_path.glob("parley-*.txt")).read_text()
        shown.until("say “hey parley”\n")
        shown.press("q")
        shown.ends(0)


def test_the_wake_phrase_in_a_pipe(virtual_sound: VirtualSound, spoken_phrases: dict[str, Path]) -> None:
    with virtual_sound.parley("--set", "wake=hey parley", "talk", "-v") as parley:
        parley.until("Speak; Ctrl-C ends.")
        virtual_sound.say(spoken_phrases["chatter"])
        virtual_sound.say_until(spoken_phrases["request"], lambda: "That's 56." in parley.out, "the answer")
        assert not re.search("weather|hey", parley.out + parley.err, re.IGNORECASE)


def test_between_two_people_in_a_pipe(virtual_sound: VirtualSound, spoken_phrases: dict[str, Path]) -> None:
    with virtual_sound.parley("talk", "--interpret", "en", "es") as parley:
        parley.until("Speak; Ctrl-C ends.")
        virtual_sound.say(spoken_phrases["spanish"])
        parley.until("      es  ¿Dónde está la estación?")
        parley.until("  parley  W")


def test_the_translation_grows_while_somebody_speaks_and_is_spoken_behind_it(
    virtual_sound: VirtualSound, spoken_phrases: dict[str, Path]
) -> None:
    with virtual_sound.parley("talk", "--interpret", "en", "es", "-v") as parley:
        parley.until("Speak; Ctrl-C ends.")
        grown = r"Translated turn=(\d+)\b(?=.*Written turn=\1\b).*?PlaybackDone turn=\1\b"
        virtual_sound.say_until(spoken_phrases["long"], lambda: re.search(grown, parley.err, re.DOTALL), "a translation before the end")
        for turn in set(re.findall(r"ReplyAudio turn=(\d+)", parley.err)):
            assert parley.err.index(f"Written turn={turn} ") < parley.err.index(f"ReplyAudio turn={turn} ")


def test_between_two_people(virtual_sound: VirtualSound, tmp_path: Path, spoken_phrases: dict[str, Path]) -> None:
    with screen(virtual_sound, tmp_path) as shown, virtual_sound.recorded() as recording:
        shown.talk("--interpret", "en", "es")
        assert "English ⇄ Spanish" in shown.text()
        virtual_sound.say(spoken_phrases["english"])
        shown.until("→ es  No sé dónde vive.")
        shown.until("speaking")
        shown.until("listening ")
        virtual_sound.say(spoken_phrases["spanish"])
        shown.until("es  ¿Dónde está la estación?")
        shown.until("→ en  W")
        shown.until("speaking")
        shown.until("listening ")
        assert np.abs(recording()).max() > 0.05
        seen = shown.text()
        assert "en  I don't know where he lives." in seen
        assert seen.count("→") == 2, "nobody is interpreted twice, or into his own language"
        shown.press("q")
        shown.ends(0)


PHRASES = {
    "chatter": ("en", "The weather is very nice today."),
    "request": ("en", "Hey Parley, what is seven times eight?"),
    "english": ("en", "I don't know where he lives."),
    "long": ("en", "I don't know where he lives. The train leaves at nine o'clock, and I am very tired."),
    "spanish": ("es", "¿Dónde está la estación?"),
}


@pytest.fixture(scope="module")
def spoken_phrases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Let the program itself say what the people in these tests say."""
    folder = tmp_path_factory.mktemp("spoken")
    for name, (language, text) in PHRASES.items():
        command = [*COMMAND, "say", text, "--lang", language, "-o", str(folder / f"{name}.wav")]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return {name: folder / f"{name}.wav" for name in PHRASES}


def child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


@pytest.mark.parametrize("how", ["key", "signal"])
def test_stopped_and_continued(virtual_sound: VirtualSound, tmp_path: Path, how: str) -> None:
    with screen(virtual_sound, tmp_path) as shown:
        shown.talk()
        virtual_sound.say(EIGHT)
        shown.until("56")
        if how == "key":
            shown.press("C-z")
            stopped = shown.until("Stopped")
            assert "That's 56." not in stopped
        else:
            os.kill(child_of(shown.pid), signal.SIGSTOP)  # it cannot give the terminal back
            shown.until("Stopped")
            time.sleep(LOST_S + 0.5)  # as long as devices may be silent
        shown.run("fg")
        shown.until("56.")
        shown.until("listening ")
        virtual_sound.say(MILES)
        shown.until("4.83")
        shown.press("q")
        shown.ends(0)


def test_without_colours(virtual_sound: VirtualSound, tmp_path: Path) -> None:
    with screen(virtual_sound, tmp_path) as shown:
        shown.talk(before="NO_COLOR=1")
        virtual_sound.say(EIGHT)
        shown.until("56")
        assert not re.search(r"\x1b\[(\d+;)*3[0-7]m", shown.text(styled=True))
        shown.press("q")
        shown.ends(0)


def test_plain_on_a_terminal(virtual_sound: VirtualSound, tmp_path: Path) -> None:
    with screen(virtual_sound, tmp_path) as shown:
        shown.run(f"{' '.join(COMMAND)} talk --plain")
        shown.until("Speak; Ctrl-C ends.")
        virtual_sound.say(EIGHT)
        shown.until("  parley  That's 56.")
        assert PROMPT in shown.text(), "no screen of its own"
        shown.press("C-c")
        until(lambda: shown.text().count(PROMPT) == 2, "the end")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--set", "push_to_talk=true", "talk"], "Push-to-talk needs a terminal and its keys"),
        (["--set", "wake=hey", "talk"], "The wake phrase 'hey' has 3 letters; choose one of 5 to 40"),
        (["talk", "--interpret", "en", "en"], "Both languages are 'en'"),
        (["talk", "--interpret", "en", "xx"], "xx"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(virtual_sound: VirtualSound, words: list[str], sentence: str) -> None:
    with virtual_sound.parley(*words) as parley:
        assert parley.ended() == 2
        assert sentence in parley.err
        assert parley.err.count("\n") == 1
