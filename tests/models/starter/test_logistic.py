"""Logistic regression and the area under the ROC curve, against what is known beforehand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.starter.recipe.logistic import auroc, fit


def test_it_finds_the_weights_that_made_the_data() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20_000, 2))
    true = rng.random(20_000) < 1 / (1 + np.exp(-(0.5 + features @ [2.0, -1.0])))
    assert fit(features, true) == pytest.approx([0.5, 2.0, -1.0], abs=0.1)


def test_a_feature_that_never_varies_gets_no_weight() -> None:
    features = np.array([[0.0, 1.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    assert fit(features, np.array([True, False, False, True]))[1] == 0


def test_the_area_under_the_curve() -> None:
    assert auroc([1, 2, 3, 4], [False, False, True, True]) == 1
    assert auroc([4, 3, 2, 1], [False, False, True, True]) == 0
    assert auroc([1, 2, 3, 4], [False, True, False, True]) == 0.75
    assert auroc([7, 7, 7], [False, True, True]) == 0.5


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_it_is_the_share_of_pairs_in_order(pairs: list[tuple[int, bool]]) -> None:
    whole, cut = ([score for score, true in pairs if true is wanted] for wanted in (True, False))
    if whole and cut:
        wins = sum((a > b) + (a == b) / 2 for a in whole for b in cut)
        assert auroc([s for s, _ in pairs], [t for _, t in pairs]) == pytest.approx(wins / len(whole) / len(cut))
