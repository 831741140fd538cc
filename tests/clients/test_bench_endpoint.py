"""`bench endpoint`: the figures follow from the moments."""

from __future__ import annotations

from math import inf

import pytest

from assistant.patience import Waits
from clients.bench.endpoint import FIXED, judge
from models.starter.recipe.moments import Moment

WAITS = Waits(least_s=0.2, unknown_s=0.4, most_s=1.2)


def pause(silence_s: float, text: str = "could you clear the", anticipated: float = 0.001) -> Moment:
    return Moment(False, silence_s, 0.0, text, anticipated, None, 0.03)


def end(late_s: float = 0.05, text: str = "Could you clear the list?", anticipated: float = 0.95, took_s: float = 0.03) -> Moment:
    return Moment(True, inf, late_s, text, anticipated, None, took_s)


HEARD = [[pause(0.3 + 0.05 * number), end()] for number in range(20)]


def test_fixed_silence_cuts_every_pause_that_is_longer() -> None:
    for point in judge(HEARD, WAITS)["curves"][FIXED]:
        waited_s = max(point["setting"], 0.16)
        assert point["cut"] == pytest.approx(sum(found[0].silence_s > waited_s for found in HEARD) / 20)
        assert point["utterances_cut"] == point["cut"]
        assert [point["mean_s"], point["p50_s"], point["p95_s"]] == pytest.approx(3 * [waited_s + 0.05])


def test_who_can_tell_pauses_from_ends_need_not_wait() -> None:
    result = judge(HEARD, WAITS)
    assert (result["pauses"], result["ends"]) == (20, 20)
    assert result["pause_s"] == pytest.approx(0.775)
    assert result["auroc"]["P(end)"] == result["auroc"]["words, P(end)"] == 1
    assert result["auroc"]["number of words"] == 1
    headline = result["headline"]
    assert headline[FIXED]["mean_s"] == pytest.approx(1.216 + 0.05)  # the first chunk behind all but one of the pauses
    assert headline["words, P(end)"]["mean_s"] == pytest.approx(0.224 + 0.05)  # the least, up to a chunk
    assert headline["words, P(end)"]["cut"] == 0.05  # the one beyond the deadline
    assert headline["words, P(end)"]["share_of_fixed"] == pytest.approx(0.274 / 1.266)


def test_the_share_is_that_of_a_silence_that_cuts_as_many() -> None:
    even = [[pause(0.3 + 0.04 * number, "so", 0.5), end(text="so", anticipated=0.5)] for number in range(20)]
    result = judge(even, WAITS)["headline"]["words, P(end)"]
    assert result["share_of_fixed"] == pytest.approx(1, abs=0.05)


def test_nothing_is_known_before_it_is_computed() -> None:
    slow = [[pause(0.5), end(took_s=0.5)]]
    least = min(point["mean_s"] for point in judge(slow, WAITS)["curves"]["words, P(end)"])
    assert least == pytest.approx(0.608 + 0.05)  # three chunks and the half second, up to a chunk


def test_a_turn_detector_is_judged_where_there_is_one() -> None:
    heard = [[Moment(False, 0.5, 0.0, "so", 0.5, 0.1, 0.03), Moment(True, inf, 0.0, "so", 0.5, 0.9, 0.03)]]
    result = judge(heard, WAITS)
    assert result["auroc"]["sound"] == result["auroc"]["all, sound"] == 1
    assert result["auroc"]["words, P(end)"] == 0.5
