from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import EngineUnavailable
from models.replay import Replay


def told(replay: Replay, items: list[Any]) -> list[Any]:
    return [fresh for item in items for fresh in replay.push(item)]


@given(st.text(max_size=40), st.data())
def test_text_goes_on_where_it_was_in_whatever_pieces_it_comes(text: str, data: st.DataObject) -> None:
    replay, whole = Replay(), ""
    for upto in [*sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=3))), len(text)]:
        cuts = sorted(data.draw(st.lists(st.integers(0, upto), max_size=5)))
        replay.again()
        whole += "".join(told(replay, [text[a:b] for a, b in zip([0, *cuts], [*cuts, upto], strict=True)]))
        assert whole == text[: max(upto, len(whole))]
    assert whole == text


def test_other_items_are_counted_and_the_false_ones_pass() -> None:
    replay = Replay()
    assert told(replay, ["", (1,), 0.0, (2,)]) == ["", (1,), 0.0, (2,)]
    replay.again()
    assert told(replay, ["", "", (1,), (2,), (3,)]) == ["", "", (3,)]
    assert list(replay.end()) == []


def test_the_last_item_counts_where_there_are_fewer_steps_this_time() -> None:
    replay = Replay()
    assert told(replay, [(0,), (0,), (0,)]) == [(0,), (0,), (0,)]
    replay.again()
    assert told(replay, [(0,), (9,)]) == []
    assert list(replay.end()) == [(9,)]


def test_what_was_said_is_not_contradicted() -> None:
    replay = Replay()
    assert told(replay, ["It is ", "noon."]) == ["It is ", "noon."]
    replay.again()
    with pytest.raises(EngineUnavailable, match="went on differently"):
        told(replay, ["It is ", "night."])
