"""Speeds of a machine that is easily reckoned with: what a quiet desktop's are about."""

from __future__ import annotations

from models.advice.costs import HearingSpeed, MeasuredHearing, MeasuredWriting, VoiceCost, WritingSpeed
from models.advice.probe import Speeds

HEARING = HearingSpeed(convolved=3e-11, layers=3e-12, weights=2e-10, attended=3e-9, kept=3e-12, token_weights=3e-11, looked_at=2e-8)

WRITING = WritingSpeed(((1, 5e-11), (4, 1e-10), (128, 1.6e-9)))


def speeds(slower: float = 1.0) -> Speeds:
    """Return them, everything taking so many times as long."""
    scaled = HearingSpeed(**{name: slower * value for name, value in vars(HEARING).items()})
    writing = WritingSpeed(tuple((count, slower * each) for count, each in WRITING.batch))
    return Speeds(
        threads=1, copy_bytes_s=2e10 / slower, int8_macs_s=3e11 / slower, hearing=scaled, writing={"Q4_0": writing, "Q4_K_M": writing},
        medium=VoiceCost(0.04 * slower, 0.01), high=VoiceCost(0.4 * slower, 0.01),
        starter_hearing=MeasuredHearing(((5, 0.005), (40, 0.02)), 0.0002), starter_writing=MeasuredWriting(((1, 0.002), (128, 0.05))),
        starter_voice=VoiceCost(0.015, 0.01), busy=0.0, took_s=20.0,
    )  # fmt: skip
