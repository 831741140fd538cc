from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.route import Doubt, Privacy, Rules, Signals, To, decide, difficulty

EASY, HARD, CLOSE, TOOL = Doubt(0.01, 0.0, 0.5), Doubt(0.99, 0.0, 0.5), Doubt(0.55, 0.0, 1.0), Doubt(0.01, 0.98, 0.1)
RICH = Signals(EASY, cost_usd=0.001, left_usd=1.0)


def told(signals: Signals, privacy: Privacy = Privacy.HARD) -> tuple[To, str]:
    decision = decide(signals, Rules(privacy))
    return decision.to, decision.why


@pytest.mark.parametrize(
    ("signals", "to", "why"),
    [
        (RICH, To.SMALL, "sure of itself"),
        (replace(RICH, doubt=HARD), To.LARGE, "too hard"),
        (replace(RICH, doubt=CLOSE), To.BOTH, "perhaps too hard"),
        (replace(RICH, doubt=TOOL), To.SMALL, "a tool"),
        (replace(RICH, doubt=TOOL, wanted=True), To.LARGE, "you asked"),
        (replace(RICH, wanted=True), To.LARGE, "you asked"),
        (replace(RICH, doubt=HARD, reachable=False), To.SMALL, "no provider"),
        (replace(RICH, doubt=HARD, left_usd=0.0005), To.SMALL, r"\$0.0010, and \$0.0005 are left"),
        (replace(RICH, doubt=HARD, cost_usd=None, left_usd=0.0), To.SMALL, "no money"),
        (replace(RICH, doubt=HARD, hosted_s=9.0), To.BOTH, "mostly takes 9.0 s"),
        (replace(RICH, doubt=HARD, hosted_s=1.0), To.LARGE, "too hard"),
    ],
)
def test_who_answers_and_why(signals: Signals, to: To, why: str) -> None:
    import re

    decision = decide(signals, Rules(Privacy.HARD))
    assert decision.to is to
    assert re.search(why, decision.why)


def test_privacy() -> None:
    hard = replace(RICH, doubt=HARD)
    assert told(hard, Privacy.NEVER) == (To.SMALL, "nothing may leave this machine")
    assert told(hard, Privacy.ASK)[0] is To.ASK
    assert told(replace(hard, agreed=True), Privacy.ASK)[0] is To.LARGE
    assert told(RICH, Privacy.ASK)[0] is To.SMALL
    assert told(RICH, Privacy.ALWAYS)[0] is To.LARGE
    assert told(replace(RICH, doubt=TOOL), Privacy.ALWAYS)[0] is To.SMALL


doubts = st.builds(Doubt, st.floats(0, 1), st.floats(0, 1), st.floats(0, 12))


@given(doubts, st.floats(0, 1))
def test_difficulty_is_a_share_that_grows_with_doubt(doubt: Doubt, more: float) -> None:
    assert 0 <= difficulty(doubt) <= 1
    assert difficulty(replace(doubt, defer=max(doubt.defer, more))) >= difficulty(doubt)


signals = st.builds(
    Signals, doubts, wanted=st.booleans(), agreed=st.booleans(), hosted_s=st.none() | st.floats(0, 20),
    cost_usd=st.none() | st.floats(0, 1), left_usd=st.floats(-1, 1), reachable=st.booleans(),
)  # fmt: skip


@given(signals, st.sampled_from(Privacy))
def test_nothing_leaves_or_costs_against_the_rules(found: Signals, privacy: Privacy) -> None:
    decision = decide(found, Rules(privacy))
    assert decision.why
    if decision.to in (To.LARGE, To.BOTH):
        assert privacy is not Privacy.NEVER
        assert privacy is not Privacy.ASK or found.agreed
        assert found.reachable
        assert found.left_usd >= (found.cost_usd or 0.0)
