"""`parley say` through PulseAudio: what it plays is what the voice said, and it ends whenever it has to."""

from __future__ import annotations

import numpy as np
import pytest

from tests.clients.desktop.virtual_sound import VirtualSound, left_behind, likeness, spoken, until

LONG = "This sentence is repeated. " * 40


def test_is_heard_from_the_virtual_speaker(virtual_sound: VirtualSound) -> None:
    wanted = spoken("Good morning.")
    with virtual_sound.recorded() as recording, virtual_sound.parley("say", "Good morning.") as parley:
        assert parley.ended() == 0, parley.err
        until(lambda: recording().size > wanted.size, "the recording is long enough")
        until(lambda: likeness(recording(), wanted) > 0.8, "the sentence is on the tape")
        assert parley.err == ""
        assert left_behind(parley.process.pid) == []


def test_ends_at_once_at_ctrl_c(virtual_sound: VirtualSound) -> None:
    with virtual_sound.recorded() as recording, virtual_sound.parley("say", LONG) as parley:
        until(lambda: np.abs(recording()).max() > 0.1, "it speaks")
        parley.interrupt()
        assert parley.ended() == 130
        assert "Traceback" not in parley.err
        assert left_behind(parley.process.pid) == []


def test_says_in_one_sentence_that_the_speaker_is_gone(mortal_sound: VirtualSound) -> None:
    with mortal_sound.parley("say", LONG) as parley:
        with mortal_sound.recorded() as recording:
            until(lambda: np.abs(recording()).max() > 0.1, "it speaks")
        mortal_sound.stop()
        assert parley.ended() == 2
        assert parley.err.count("\n") == 1
        assert "is gone" in parley.err


@pytest.mark.parametrize("text", ["", "  "])
def test_there_must_be_something_to_say(virtual_sound: VirtualSound, text: str) -> None:
    with virtual_sound.parley("say", text) as parley:
        assert parley.ended() == 2
        assert "nothing to say" in parley.err
