from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import pytest

from models.starter.recipe.making import FIRST, ahead, files


class Kept:
    def __init__(self, text: str) -> None:
        self._text = text

    def save(self, path: Path) -> None:
        path.write_text(self._text)


def broken() -> Kept:
    raise ValueError("no sound")


def counted(number: int, progress: float) -> tuple[int, float]:
    return number, progress


def makes(count: int) -> dict[str, Callable[[], Kept]]:
    return {f"{number}.txt": partial(Kept, str(number)) for number in range(count)}


def test_what_is_missing_is_made_first(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_text("here already")
    with files(tmp_path, makes(3), 0):
        assert [(tmp_path / f"{number}.txt").read_text() for number in range(3)] == ["0", "here already", "2"]


def test_or_beside_the_training_which_begins_with_the_first_ones(tmp_path: Path) -> None:
    with files(tmp_path, makes(FIRST + 1), 2):
        assert len(list(tmp_path.iterdir())) >= FIRST


@pytest.mark.parametrize("makers", [0, 1])
def test_what_cannot_be_made_is_told(makers: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no sound"), files(tmp_path, {"0.txt": broken}, makers):
        pass


@pytest.mark.parametrize("makers", [0, 2])
def test_mixes_come_in_order_with_the_progress_at_which_they_were_asked_for(makers: int) -> None:
    progress = iter(range(100))
    mixes = ahead(counted, makers, lambda: float(next(progress)), passes=1)
    assert list(islice(mixes, 5)) == [(number, float(number)) for number in range(5)]
    mixes.close()


def test_the_last_mix_comes_again_while_the_next_one_is_made() -> None:
    mixes = ahead(counted, 1, lambda: 0.0, passes=3)
    numbers = [number for number, _ in islice(mixes, 12)]
    mixes.close()
    assert numbers == sorted(numbers)
    assert all(numbers.count(number) <= 3 for number in numbers)
