"""Logistic regression, and how well a score tells two classes apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RIDGE = 1e-3
"""Keeps weights of features that hardly vary from growing without bound."""


def fit(features: NDArray[np.float64], true: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the weights (k + 1,), the bias first, that make `features` (n, k) predict what is `true` (n,) best; by Newton's method."""
    inputs = np.column_stack([np.ones(len(features)), features])
    ridge = RIDGE * np.eye(inputs.shape[1])
    ridge[0, 0] = 0
    weights = np.zeros(inputs.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (p - true) / len(true) + ridge @ weights
        curvature = (inputs * (p * (1 - p))[:, None]).T @ inputs / len(true) + ridge
        weights -= np.linalg.solve(curvature, slope)
    return weights


def auroc(scores: Sequence[float] | NDArray[np.float64], true: Sequence[bool] | NDArray[np.bool_]) -> float:
    """Return how often something true scores higher than something false, ties counted half: 0.5 is guessing, 1 is perfect."""
    values, place = np.unique(np.asarray(scores, float), return_inverse=True)
    truths = np.asarray(true, bool)
    counts = np.bincount(place, minlength=len(values))
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positive, negative = int(truths.sum()), int((~truths).sum())
    return float((ranks[truths].sum() - positive * (positive + 1) / 2) / (positive * negative))
