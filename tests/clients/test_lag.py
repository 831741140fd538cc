from __future__ import annotations

import pytest

from clients.bench.lag import laal, word_lags


def test_words_that_keep_pace_have_no_lag() -> None:
    assert word_lags([0.0, 1.0, 2.0, 3.0], 4.0, 4) == [0.0, 0.0, 0.0, 0.0]
    assert laal([1.0, 2.0, 3.0, 4.0], 4.0, 4) == 1.0


def test_waiting_for_the_end_lags_by_all_that_was_said() -> None:
    assert laal([5.0, 5.0, 5.0, 5.0], 4.0, 4) == 5.0, "only the first word after the end counts"


def test_too_many_words_win_nothing() -> None:
    assert laal([1.0, 2.0], 4.0, 8) == pytest.approx(laal([1.0, 2.0] + [9.0] * 6, 4.0, 2) * 1.25, rel=1)
    assert word_lags([0.0, 0.5], 4.0, 4) == [0.0, -0.5]
    with pytest.raises(ValueError, match="no lag"):
        laal([], 1.0, 1)
