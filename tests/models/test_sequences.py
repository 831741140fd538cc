"""Which sequence a request works in: its own conversation's, nobody else's work, and what is shared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.sequences import Need, Place, Places, common_tokens


def places(*held: list[int]) -> Places:
    """Return places with these tokens, the first one heard the longest time ago."""
    made = Places(len(held))
    for heard, (place, tokens) in enumerate(zip(made.all, held, strict=True), start=1):
        place.tokens, place.heard = tokens, heard
    return made


def found(made: Places, tokens: list[int], taken: tuple[Place, ...] = ()) -> tuple[int, int, int] | None:
    found = made.find(Need(tokens), taken)
    return found and (found.place.number, found.like.number, found.common)


def test_the_same_conversation_goes_on_where_it_was() -> None:
    assert found(places([1, 2, 3, 4], [1, 2, 7, 8], []), [1, 2, 7, 8, 9]) == (1, 1, 4)
    assert found(places([1, 2, 3, 4], [1, 2, 7, 8, 5], []), [1, 2, 7, 8, 9, 9]) == (1, 1, 4)  # but for how an answer ended


def test_a_conversation_whose_first_turns_are_forgotten_stays_where_it_was() -> None:
    system, first, second, third = [1, 2], [10, 11, 12, 13], [20, 21, 22, 23, 24, 25, 26, 27], [30, 31, 32]
    made = places([*system, *first, *second], [*system, 5, 6, 7, 8, 9], [])
    assert found(made, [*system, *second, *third]) == (0, 0, 2)
    assert found(made, [*system, *third, *second, *first]) == (2, 0, 2)  # of another one


def test_who_was_asked_the_same_once_is_another() -> None:
    system, first, second, third = [1, 2], list(range(10, 20)), list(range(20, 30)), list(range(30, 40))
    made = places([*system, *first, *second, *third, *range(40, 50)], [])
    assert found(made, [*system, *second, 50, 51]) == (1, 0, 2)
    answer = made.find(Need([*system, *second, *third, 50, 51]), ())
    assert answer is not None
    assert answer.same
    assert answer.place is made.all[0]


def test_a_new_one_takes_an_empty_place_and_the_beginning_of_another() -> None:
    assert found(places([1, 2, 3, 4], [1, 2, 7, 8], []), [1, 2, 9, 9]) == (2, 0, 2)
    assert found(places([], []), [1, 2]) == (0, 0, 0)


def test_where_none_is_empty_it_takes_what_was_heard_longest_ago() -> None:
    assert found(places([5, 6, 7, 8], [1, 2, 7, 8]), [1, 2, 9, 9]) == (0, 1, 2)


def test_nobody_s_work_is_taken_while_there_is_another_place() -> None:
    made = places([1, 2, 3], [4, 5, 6])
    worker = Need([1, 2, 3, 4])
    made.hold(worker, made.all[0])
    assert found(made, [1, 2, 3, 4]) == (1, 0, 3)
    made.hold(Need([4]), made.all[1])
    assert found(made, [4, 5, 6]) == (0, 1, 3)  # all work: one that has no part in the step gives way, the oldest
    assert found(made, [4, 5, 6], (made.all[0],)) == (1, 1, 3)
    assert found(made, [4, 5, 6], tuple(made.all)) is None


def test_who_loses_a_place_knows_and_who_leaves_one_leaves_what_is_there() -> None:
    made = places([1, 2, 3])
    one, other = Need([1, 2, 3]), Need([1, 2, 4])
    made.hold(one, made.all[0])
    made.hold(other, made.all[0])
    assert one.place is None
    assert other.place is made.all[0]
    made.leave(one)  # it has none
    assert made.all[0].holder is other
    made.leave(other)
    assert made.all[0].holder is None
    assert made.all[0].tokens == [1, 2, 3]


def test_the_oldest_goes_first_and_work_last() -> None:
    made = places([1], [2], [])
    made.hold(Need([1]), made.all[0])
    assert made.oldest(()) is made.all[1]
    assert made.oldest((made.all[1],)) is made.all[0]
    assert made.oldest(made.all[:2]) is None  # the third is empty


TOKENS = st.lists(st.integers(0, 3), max_size=8)


@given(st.lists(TOKENS, min_size=1, max_size=5), st.lists(st.integers(0, 3), min_size=1, max_size=8), st.data())
def test_what_is_found_is_shared_truly_and_never_taken(held: list[list[int]], tokens: list[int], data: st.DataObject) -> None:
    made = places(*held)
    taken = data.draw(st.sets(st.sampled_from(range(len(held)))))
    answer = made.find(Need(tokens), [made.all[number] for number in taken])
    if len(taken) == len(held):
        assert answer is None
        return
    assert answer is not None
    assert answer.place.number not in taken
    assert answer.like.tokens[: answer.common] == tokens[: answer.common]
    assert answer.common == max(common_tokens(place.tokens, tokens) for place in made.all)
