"""Some thousands of the cases that `python -m tests.fuzz` makes, each time the same ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.campaign import Found, Target, campaign, case_of
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parent.parent.parent
CASES = 400


@pytest.mark.parametrize("name", TARGETS)
def test_every_parser_answers_with_a_value_or_its_own_error(name: str, tmp_path: Path) -> None:
    with TARGETS[name](tmp_path) as target:
        ran = campaign(target, name, CASES)
    assert 0 < ran.taken <= CASES


def test_a_case_can_be_made_again() -> None:
    target = Target(lambda random: random.random(), float, ())
    assert case_of(target, "x", 1, 2) == case_of(target, "x", 1, 2) != case_of(target, "x", 1, 3)


def test_another_error_an_endless_case_and_a_case_without_end_in_memory_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_: object) -> None:
        raise KeyError("x")

    def endless(_: object) -> None:
        while True:
            pass

    def stubborn(_: object) -> None:
        try:
            endless(None)
        except Exception as error:
            raise ValueError("This is nothing.") from error

    monkeypatch.setattr("tests.fuzz.campaign.MOST_CPU_S", 0.05)
    for take, said in ((wrong, "KeyError"), (endless, "_TooLong"), (stubborn, r"takes \d"), (lambda _: bytearray(1 << 40), "MemoryError")):
        with pytest.raises(Found, match=said):
            campaign(Target(lambda random: None, take, (ValueError,)), "x", 1)


def test_the_command_runs_what_is_named() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "hub", "--cases", "50", "--seed", "7"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split("\n")[1].split()[:2] == ["hub", "50"]
    wrong = subprocess.run([sys.executable, "-m", "tests.fuzz", "nothing"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "there is no parser 'nothing'" in wrong.stderr
