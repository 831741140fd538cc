"""`parley talk --url`: a spoken talk with a real server through virtual devices, as a person starts it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.desktop.screen import screen
from tests.clients.desktop.serving import Serving, serving
from tests.clients.desktop.virtual_sound import ROOT, Program, VirtualSound, left_behind, likeness, soon, spoken, until

RECORDINGS = ROOT / "clients" / "cli" / "recordings"
EIGHT, MILES = RECORDINGS / "seven-times-eight.wav", RECORDINGS / "miles.wav"
READY = "Speak; Ctrl-C ends."
ATTEMPTS = 5
HEADPHONES = ("--set", "echo_cancellation=off", "--set", "interrupts=true")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("server")) as started:
        yield started


def ends_cleanly(program: Program) -> None:
    program.interrupt()
    assert program.ended() == 0
    assert "Traceback" not in program.err
    assert left_behind(program.process.pid) == []


def spoken_turns(server: Serving) -> list[tuple[str, str, str | None]]:
    """Return who said what, and what was heard of it, in the newest conversation."""
    return [(item["role"], item["text"], item["heard"]) for item in server.kept()[0].items if item["type"] == "message"]


def test_a_spoken_turn(virtual_sound: VirtualSound, server: Serving) -> None:
    with virtual_sound.parley("talk", "-v", "--url", server.url) as parley, virtual_sound.recorded() as recording:
        parley.until(READY)
        virtual_sound.say(EIGHT)
        parley.until("That's 56.")
        wanted = spoken("That's 56.")
        until(lambda: likeness(recording(), wanted) > 0.5, "the answer is on the tape")
        until(lambda: "PlaybackDone turn=1" in parley.err, "the speaker tells of the end")
        loaded = Path(f"/proc/{parley.process.pid}/maps").read_text()
        assert not [name for name in ("ctranslate2", "llama", "onnxruntime", "espeak") if name in loaded], "no models here"
        assert len(list(Path(f"/proc/{parley.process.pid}/task").iterdir())) < 10
        ends_cleanly(parley)
    assert re.search(
        r"^ +you  What is seven times eight\?\n +tool  calculate\(expression='7 \* 8'\)\n +parley  That's 56\.$", parley.out, re.M
    )
    assert re.search(r"first phrase .* ms\n(.*\n)*.*playing .* ms", parley.err), "the bars have the server's part and ours"
    assert spoken_turns(server) == [("user", "What is seven times eight?", None), ("assistant", "That's 56.", None)]


def test_barge_in(virtual_sound: VirtualSound, server: Serving) -> None:
    with virtual_sound.parley(*HEADPHONES, "talk", "-v", "--url", server.url) as parley:
        parley.until(READY)
        for turn in range(1, 2 * ATTEMPTS, 2):  # on a busy machine the answer is over before the interruption is heard
            virtual_sound.say(MILES)
            until(lambda turn=turn: f"PlaybackStarted turn={turn}" in parley.err, "it speaks")
            virtual_sound.say(EIGHT)
            until(lambda turn=turn: f"PlaybackDone turn={turn + 1}" in parley.err, "it has answered that")
            if "(stopped after" in parley.out:
                break
        ends_cleanly(parley)
    stopped = re.search(r"\(stopped after '(.*)'\)", parley.out)
    assert stopped
    assert f"PlaybackDone turn={turn}" not in parley.err
    [(said, heard)] = [(said, heard) for _, said, heard in spoken_turns(server) if heard is not None]
    assert said == heard
    assert "3 miles is about 4.83 kilometers.".startswith(heard)
    assert abs(len(heard.split()) - len(stopped.group(1).split())) <= 1


@pytest.mark.parametrize("cancellation", ["auto", "off"])
def test_does_not_answer_itself(virtual_sound: VirtualSound, server: Serving, cancellation: str) -> None:
    options = ["--set", f"echo_cancellation={cancellation}"]
    for _ in range(ATTEMPTS):  # a busy machine lets the loop from speaker to microphone stall, and the echo's delay jumps
        with virtual_sound.echo(), virtual_sound.parley(*options, "talk", "-v", "--url", server.url) as parley:
            parley.until(READY)
            virtual_sound.say(EIGHT)
            until(lambda: "PlaybackDone turn=" in parley.err, "the answer ends")
            virtual_sound.say(MILES)
            answered = soon(lambda: "PlaybackDone turn=2" in parley.err)
            ends_cleanly(parley)
        assert ("does not listen while it speaks: no echo cancellation (it is turned off)." in parley.out) == (cancellation == "off")
        if answered and "ReplyStopped" not in parley.err and "turn=3" not in parley.err:
            return
    raise AssertionError(f"it answered itself, or not at all, {ATTEMPTS} times: {parley.err}")


def test_a_server_that_is_killed_and_started_anew(virtual_sound: VirtualSound, tmp_path: Path) -> None:
    with serving(tmp_path) as server, virtual_sound.parley("talk", "--url", server.url) as parley:
        parley.until(READY)
        virtual_sound.say(EIGHT)
        parley.until("That's 56.")
        server.kill()
        parley.until("(connection lost: ")
        server.start(server.port)
        parley.until("(connection lost: no longer)")
        parley.until("The conversation goes on.")
        virtual_sound.say(MILES)
        parley.until("4.83")
        ends_cleanly(parley)
        assert len(server.kept()) == 1
        assert [text for who, text, _ in spoken_turns(server) if who == "user"] == [
            "What is seven times eight?",
            "How many kilometers are in three miles.",
        ]


def test_a_key_from_the_environment(virtual_sound: VirtualSound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("sk-very-secret")
    with serving(tmp_path, "--key-file", str(tmp_path / "key")) as server:
        with virtual_sound.parley("talk", "--url", server.url) as parley:
            assert parley.ended() == 2
            assert parley.out == ""
            assert re.fullmatch(r"parley: localhost:\d+ wants a key; put it into the environment variable PARLEY_KEY\.\n", parley.err)
        monkeypatch.setitem(virtual_sound.environment, "PARLEY_KEY", "sk-wrong")
        with virtual_sound.parley("talk", "--url", server.url) as parley:
            assert parley.ended() == 2
            assert "does not take the key" in parley.err
            assert "sk-wrong" not in parley.err
        monkeypatch.setitem(virtual_sound.environment, "PARLEY_KEY", "sk-very-secret")
        with virtual_sound.parley("talk", "-v", "--url", server.url) as parley:
            parley.until(READY)
            assert "sk-very-secret" not in Path(f"/proc/{parley.process.pid}/cmdline").read_text()
            ends_cleanly(parley)
            assert "sk-very-secret" not in parley.out + parley.err


def one_sentence(program: Program, what: str) -> None:
    assert program.ended() == 2
    assert program.out == ""
    assert re.fullmatch(r"parley: [^\n]+\.\n", program.err), program.err
    assert what in program.err


def test_mistakes(virtual_sound: VirtualSound, server: Serving) -> None:
    for words, what in (
        (("talk", "--url", "http://localhost"), "write one such as ws://localhost:8765/v1/realtime"),
        (("talk", "--url", "ws://localhost:9/"), "start parley serve there"),
        (("talk", "--url", server.url.replace("realtime", "rooms")), "does not speak the Realtime protocol there"),
        (("talk", "--url", server.url.replace("ws:", "wss:")), "write ws:// instead of wss://"),
        (("talk", "--url", server.url, "--interpret", "en", "es"), "leave out --url"),
        (("--set", "wake=hey parley", "talk", "--url", server.url), "leave out wake, or --url"),
        (("--set", "key=sk-secret", "talk", "--url", server.url), "PARLEY_KEY"),
        (("--set", "push_to_talk=true", "talk", "--url", server.url), "Push-to-talk needs a terminal"),
        (("talk", "--url", server.url, "--microphone", "no-such-device"), "There is no microphone"),
    ):
        with virtual_sound.parley(*words) as parley:
            one_sentence(parley, what)


def test_on_a_terminal_with_its_keys(virtual_sound: VirtualSound, server: Serving, tmp_path: Path) -> None:
    with screen(virtual_sound, tmp_path) as shown:
        shown.talk("push_to_talk=true", "--url", server.url)
        assert f"localhost:{server.port}" in shown.text()
        virtual_sound.say(EIGHT)
        assert "seven" not in shown.text()
        shown.press("Space")
        shown.until("hearing you")
        virtual_sound.say(EIGHT)
        shown.press("Space")
        shown.until("That's 56.")
        until(lambda: re.search(r"latency \d+ p50 \d+ p95 \d+ ms", shown.text()), "the bar")
        shown.until("listening ")
        shown.press("l")
        shown.until("open microphone")
        virtual_sound.say(MILES)
        shown.until("speaking")
        shown.press("i")
        shown.until("[stopped]")
        seen = shown.text()
        assert re.search(r"█ understood \d+", seen), seen
        shown.press("s")
        shown.until("Saved as parley-")
        [saved] = tmp_path.glob("parley-*.txt")
        assert re.search(r"^you: How many kilometers are in three miles", saved.read_text(), re.MULTILINE)
        assert re.search(r"^parley: .*\[stopped\]$", saved.read_text(), re.MULTILINE)
        shown.press("q")
        shown.ends(0)
        shown.is_alone()


def test_starts_without_engines() -> None:
    code = "import clients.cli.calling, sys; print([m for m in ('onnxruntime', 'ctranslate2', 'llama_cpp', 'av') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
