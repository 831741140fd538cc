"""Who is in a room, what was said, who may do what and when it ends: on a clock of the test's."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.realtime.refusals import Refused
from server.rooms.room import SEAT_S, SHOWN_LINES, Bounds, Room, token

EPOCH_S = 1_700_000_000.0


def room(**bounds: int) -> Room:
    return Room("Café", 0.0, 3600.0, EPOCH_S, Bounds(**bounds))


def code(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.wire_code


def test_tokens_are_long_and_all_different() -> None:
    made = {token() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(each) >= 32 and each.isascii() and all(c.isalnum() or c in "-_" for c in each) for each in made)
    here = room()
    ann = here.join("Ann", "en", 0.0)
    assert len({here.invitation, here.host, ann.seat, here.id}) == 4
    assert here.opens_for(here.invitation)
    assert here.opens_for(here.host)
    for wrong in ("", "x", ann.seat, here.invitation[:-1], "schlüssel"):
        assert not here.opens_for(wrong)


def test_a_seat_is_kept_for_two_minutes() -> None:
    here = room()
    ann = here.join("Ann", "en", 0.0, hears=True)
    here.change(ann, 1.0, muted=True)
    here.away(ann, 10.0)
    assert here.people[ann.id].wire()["away"]
    assert here.tick(10.0 + SEAT_S - 0.1) == []
    assert here.due_s() == 10.0 + SEAT_S
    assert here.back(ann.seat) is ann
    assert (ann.muted, ann.hears, ann.wire()["away"]) == (True, True, False)
    here.away(ann, 20.0)
    assert here.tick(20.0 + SEAT_S) == [ann]
    assert here.back(ann.seat) is None
    assert here.due_s() == 3600.0


def test_a_seat_that_was_given_up_is_gone() -> None:
    here = room()
    ann = here.join("Ann", "en", 0.0)
    here.leave(ann, 1.0)
    assert here.back(ann.seat) is None
    assert here.empty_since_s == 1.0
    here.leave(ann, 2.0)
    assert here.join("Ann", "en", 3.0).id != ann.id


def test_a_room_has_so_many_seats() -> None:
    here = room(people=2)
    ann, _ = here.join("Ann", "en", 0.0), here.join("Bea", "es", 0.0)
    assert here.full
    with pytest.raises(Refused, match="All 2 seats") as refused:
        here.join("Cid", "es", 0.0)
    assert code(refused) == "room_full"
    here.away(ann, 1.0)
    assert not here.full  # he may come back


def test_a_locked_room_lets_in_the_host_and_those_who_come_back() -> None:
    here = room()
    ann = here.join("Ann", "en", 0.0)
    here.locked = True
    with pytest.raises(Refused) as refused:
        here.join("Bea", "es", 0.0)
    assert code(refused) == "room_locked"
    assert here.back(ann.seat) is ann
    assert here.join("Host", "en", 0.0, host=here.host).host
    with pytest.raises(Refused):
        here.join("Eve", "en", 0.0, host=here.invitation)


def test_only_the_host_may_do_what_is_the_hosts() -> None:
    here = room()
    here.at_host(here.join("Host", "en", 0.0, host=here.host))
    with pytest.raises(Refused) as refused:
        here.at_host(here.join("Ann", "en", 0.0, host="wrong"))
    assert code(refused) == "host_only"


def test_names_are_plain_text() -> None:
    here = room()
    assert here.join("<b>Ann</b> & \u202eBo\n\tb", "en", 0.0).name == "<b>Ann</b> & Bo b"
    for empty in (" ", "\u200b", "\n", "\u202e"):
        with pytest.raises(Refused):
            here.join(empty, "en", 0.0)


def test_who_writes_or_changes_too_much_is_told_so() -> None:
    here = room(texts_a_minute=3)
    ann, bea = here.join("Ann", "en", 0.0), here.join("Bea", "es", 0.0)
    for _ in range(3):
        here.say(ann, "Hello", 5.0)
    with pytest.raises(Refused) as refused:
        here.say(ann, "Hello", 5.0)
    assert code(refused) == "rate_limit_exceeded"
    here.say(bea, "Hola", 5.0)
    here.say(ann, "Hello", 45.0 + 1)
    for _ in range(20):
        here.change(ann, 60.0, muted=True)
    with pytest.raises(Refused):
        here.change(ann, 60.0, muted=True)
    here.change(bea, 60.0, muted=True)


def test_a_typed_line_is_final_in_its_language() -> None:
    here = room()
    line = here.say(here.join("Ann", "en", 0.0), " See  you\n<script> ", 7.0)
    told = here.told(line, "es")
    assert (told["typed"], told["began_at"], told["name"]) == (True, round(1000 * (EPOCH_S + 7)), "Ann")
    assert told["texts"]["en"] == {"committed": "See you <script>", "tentative": "", "final": True, "lag_s": None}


@given(st.integers(50, 60), st.integers(0, 200))
def test_the_oldest_lines_are_forgotten(most: int, said: int) -> None:
    here = Room("x", 0.0, 1.0, 0.0, Bounds(lines=most, texts_a_minute=600))
    ann = here.join("Ann", "en", 0.0)
    lines = [here.say(ann, str(number), float(number)) for number in range(said)]
    assert list(here.lines) == lines[-most:]
    assert [line["id"] for line in here.shown("en")] == [line.id for line in lines[-SHOWN_LINES:]]


def test_a_line_without_words_is_not_shown() -> None:
    here = room()
    ann = here.join("Ann", "en", 0.0)
    first, second = here.begin(ann, 1.0, "en"), here.begin(ann, 2.0, "en")
    second.own.grow("Hello")
    assert [line["id"] for line in here.shown("en")] == [second.id]
    here.drop(first)
    here.drop(first)
    assert list(here.lines) == [second]


@given(st.lists(st.sampled_from(["join", "away", "back", "leave", "tick"]), max_size=40), st.data())
def test_seats_are_never_lost_nor_doubled(steps: list[str], data: st.DataObject) -> None:
    here, clock = Room("x", 0.0, 1e9, 0.0, Bounds(people=4)), itertools.count(0, 50)
    everyone = []
    for step in steps:
        now_s = float(next(clock))
        inside = list(here.people.values())
        if step == "join" and len(inside) < 4:
            everyone.append(here.join("x", "en", now_s))
        elif step == "tick":
            here.tick(now_s)
        elif everyone:
            person = data.draw(st.sampled_from(everyone))
            if step == "back":
                assert here.back(person.seat) is (person if person in inside else None)
            elif person in inside:
                here.away(person, now_s) if step == "away" else here.leave(person, now_s)
        here.tick(now_s)
        away = [each.away_since_s for each in here.people.values() if each.away_since_s is not None]
        assert all(since_s + SEAT_S > now_s for since_s in away)
        assert (here.empty_since_s is None) == (len(away) < len(here.people))
        assert here.due_s() <= 1e9
    assert len({each.id for each in everyone}) == len({each.seat for each in everyone}) == len(everyone)
