"""A finding travels as JSON, and an error's sentence comes apart into what is wrong and what to do."""

from __future__ import annotations

import json

import pytest

from assistant.errors import InputError, ModelCorrupt
from clients.doctor.finding import Finding, Verdict, from_error, ok, problem, warning


@pytest.mark.parametrize(
    ("sentence", "said", "remedy"),
    [
        ("The file a;b is damaged; restore it: git restore models.", "The file a;b is damaged.", "Restore it: git restore models."),
        ("It is gone; really; connect it again.", "It is gone; really.", "Connect it again."),
        ("Port 1 cannot be opened: taken. Choose another.", "Port 1 cannot be opened: taken.", "Choose another."),
        ("It\n  failed.", "It failed.", ""),
    ],
)
def test_an_error_becomes_a_finding(sentence: str, said: str, remedy: str) -> None:
    found = from_error("it", InputError(sentence))
    assert (found.verdict, found.about, found.sentence, found.remedy) == (Verdict.PROBLEM, "it", said, remedy)
    assert found.values["code"] == "invalid_input"


@pytest.mark.parametrize(
    "finding",
    [ok("a", "b.", c=1), warning("a", "b.", "c."), problem("ä", "b.", "c.", d=[1.5, None]), from_error("m", ModelCorrupt("x; y."))],
)
def test_it_survives_json(finding: Finding) -> None:
    assert Finding.from_json(json.loads(json.dumps(finding.as_json()))) == finding
