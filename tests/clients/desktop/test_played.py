"""How much of a reply was heard."""

from __future__ import annotations

from clients.desktop.played import KEPT, Played


def test_replies_one_behind_the_other() -> None:
    played = Played()
    played.push("one", 1.0)
    played.push("two", 2.0)
    assert played.heard_s("one", 10.0) == 0.0, "nothing is heard before the speaker says so"
    played.started(10.0)
    assert (played.heard_s("one", 10.4), played.heard_s("two", 10.4)) == (0.4, 0.0) or abs(played.heard_s("one", 10.4) - 0.4) < 1e-9
    assert played.heard_s("one", 12.5) == 1.0
    assert abs(played.heard_s("two", 12.5) - 1.5) < 1e-9
    assert played.heard_s("two", 99.0) == 2.0, "no more than there was"
    assert played.heard_s("unknown", 99.0) == 0.0


def test_the_clock_stands_while_the_speaker_is_dry() -> None:
    played = Played()
    played.push("one", 1.0)
    played.started(0.0)
    played.drained()
    assert not played.waits
    played.push("one", 1.0)
    assert played.waits
    assert played.heard_s("one", 50.0) == 1.0
    played.started(60.0)
    assert played.heard_s("one", 60.5) == 1.5


def test_cleared_it_knows_nothing_and_never_much() -> None:
    played = Played()
    played.push("one", 1.0)
    played.clear()
    assert not played.waits
    assert played.heard_s("one", 1.0) == 0.0
    for number in range(3 * KEPT):
        played.push(str(number), 1.0)
    assert len(played._replies) == KEPT
