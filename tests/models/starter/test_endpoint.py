"""Fitting the rule of completeness: what is printed is Python for `assistant/completeness.py`, and it makes sense."""

from __future__ import annotations

import asyncio
import re

import pytest

from assistant.completeness import Rule, Weights
from models.starter.recipe.endpoint import SETS, calibrate


def test_the_weights_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(calibrate(utterances=20, texts=40))
    printed = capsys.readouterr().out
    english, spanish = printed.partition("es, 40 texts")[::2]
    for language, names in ((english, tuple(SETS)), (spanish, ("words", "anticipated"))):
        found = dict(re.findall(r"^    (\w+)=(Weights\(.*\)),$", language, re.MULTILINE))
        assert tuple(found) == names
        rule = Rule(frozenset(), **{name: eval(weights, {"Weights": Weights}) for name, weights in found.items()})
        assert rule.anticipated.anticipated > 0
        assert rule.words.anticipated == rule.words.final == 0
    areas = re.findall(r"AUROC of ([\d.]+)", printed)
    assert len(areas) == 2
    assert all(float(area) > 0.8 for area in areas)
