from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.attention import Attention
from assistant.wake import WakePhrase
from clients.cli.controls import Controls, save
from clients.desktop.ears import TAIL_S, Ears, Way
from clients.terminal.keys import TELLS_RELEASES
from clients.terminal.model import Action, Model

SPEECH = np.full(512, 0.5, np.float32)
ALL = (Way.OPEN, Way.PUSH, Way.WAKE)


class Talk:
    """Controls and what they control."""

    def __init__(self, way: Way = Way.OPEN) -> None:
        self.now_s, self.interrupts, self.changes = 0.0, 0, list[Way]()
        self.attention, self.ears, self.model = Attention(lambda _: None, 8.0), Ears(way), Model()
        self.attention.phrase = WakePhrase("hey parley")
        self.controls = Controls(
            self.ears, self.attention, ALL, interrupt=self._interrupt, change=self.changes.append, now_s=lambda: self.now_s,
            timers=lambda: [("5 minute timer", 12.0)],
        )  # fmt: skip
        self.controls.show_on(self.model)

    def _interrupt(self) -> None:
        self.interrupts += 1

    @property
    def shown(self) -> tuple[str, str, str]:
        return self.model.status.microphone, self.model.status.talk, self.model.status.welcome


def test_ways_of_listening_take_turns() -> None:
    talk, shown = Talk(), []
    for _ in range(4):
        shown.append((talk.ears.way, talk.model.status.microphone, talk.attention.phrase is not None))
        talk.controls.do(Action.LISTEN)
    assert shown == [
        (Way.OPEN, "open microphone", False),
        (Way.PUSH, "push-to-talk", False),
        (Way.WAKE, "say “hey parley”", True),
        (Way.OPEN, "open microphone", False),
    ]
    assert talk.changes == [Way.OPEN, Way.PUSH, Way.WAKE, Way.OPEN, Way.PUSH]


def test_push_to_talk_interrupts_and_opens_until_it_is_let_go() -> None:
    talk = Talk(Way.PUSH)
    assert talk.shown == ("push-to-talk", "talk", "Press the space bar, speak, and press it again.")
    talk.model.key(TELLS_RELEASES, 0.0)
    talk.controls.do(Action.TALK)
    assert talk.interrupts == 1
    assert talk.shown == ("push-to-talk: open", "hold to talk", "Hold the space bar while you speak.")
    talk.controls.do(Action.TALKED)
    talk.controls.do(Action.TALK)  # the tail of the same
    assert talk.interrupts == 1
    talk.controls.do(Action.TALKED)
    talk.now_s = TAIL_S + 0.1
    assert talk.ears.push(SPEECH, talk.now_s).over
    assert talk.model.status.microphone == "push-to-talk"


def test_the_key_of_push_to_talk_does_nothing_elsewhere() -> None:
    talk = Talk()
    talk.controls.do(Action.TALK)
    assert (talk.interrupts, talk.ears.talking) == (0, False)


def test_muted() -> None:
    talk = Talk(Way.PUSH)
    talk.controls.do(Action.TALK)
    talk.controls.do(Action.MUTE)
    assert talk.shown == ("muted", "", "The microphone is muted; m opens it.")
    assert not talk.ears.push(SPEECH, 0.0).samples.any()
    talk.controls.do(Action.TALK)
    assert not talk.ears.talking
    talk.controls.do(Action.MUTE)
    assert talk.model.status.microphone == "push-to-talk"


def test_awake_is_told() -> None:
    talk = Talk(Way.WAKE)
    talk.attention.wake(0.0)
    talk.controls.refresh()
    assert talk.model.status.microphone == "awake"
    talk.now_s = 9.0
    talk.controls.refresh()
    assert talk.model.status.microphone == "say “hey parley”"
    assert talk.model.status.timers == (("5 minute timer", 12.0),)


def test_interrupt_and_quit() -> None:
    talk = Talk()
    talk.controls.do(Action.INTERRUPT)
    assert (talk.interrupts, talk.controls.over) == (1, False)
    talk.controls.do(Action.QUIT)
    assert talk.controls.over


def test_a_transcript_is_saved_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert save([]) == "There is nothing to save yet."
    assert list(tmp_path.iterdir()) == []
    said = save(["you: ¿Qué?", "parley: That."])
    (path,) = tmp_path.iterdir()
    assert said == f"Saved as {path.name}."
    assert path.read_text(encoding="utf-8").splitlines()[1:] == ["", "you: ¿Qué?", "parley: That."]


def test_a_transcript_that_cannot_be_saved_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder := tmp_path / "gone").mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert save(["you: x"]).startswith("Not saved: No such file or directory; start parley in a folder")
