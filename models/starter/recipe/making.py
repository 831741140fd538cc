"""What a training learns from, made beside it by processes of its own, so that a GPU need not wait."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol, TypeVar

Made = TypeVar("Made")

FIRST = 4
"""Files with which a training begins while others are made."""


class Saved(Protocol):
    """What is kept in a file."""

    def save(self, path: Path) -> None:
        """Write it, whole or not at all."""


@contextmanager
def files(folder: Path, makes: Mapping[str, Callable[[], Saved]], makers: int) -> Iterator[None]:
    """Make the files of `folder` that are not there yet, by name: all of them first, or beside what is done meanwhile by `makers` processes.

    What is not made when that ends is left out.
    """
    missing = {folder / name: make for name, make in makes.items() if not (folder / name).exists()}
    if not makers:
        for path, make in missing.items():
            _save(path, make)
        yield
        return
    with ProcessPoolExecutor(makers, multiprocessing.get_context("spawn")) as pool:
        made = [pool.submit(_save, path, make) for path, make in missing.items()]
        while made and sum(each.done() for each in made) < min(FIRST, len(made)):
            wait([each for each in made if not each.done()], return_when=FIRST_COMPLETED)
        try:
            yield
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for each in made:
                if not each.cancelled():
                    each.result()


def ahead(make: Callable[[int, float], Made], makers: int, progress: Callable[[], float], passes: int) -> Generator[Made, None, None]:
    """Yield what `make` gives for 0, 1, ... and the progress of the training, without end: when it is asked for, or ahead by `makers` processes.

    While the next one is not ready, the last is given again, `passes` times in all at most.

    Args:
        make: can be pickled.
        makers: processes; 0 for none.
        progress: of the training, 0..1, when something is asked for.
        passes: over the same.
    """
    if not makers:
        for number in count():
            yield make(number, progress())
    numbers, coming = count(), deque[Future[Made]]()
    with ProcessPoolExecutor(makers, multiprocessing.get_context("spawn")) as pool:
        try:
            while True:
                while len(coming) < 2 * makers:
                    coming.append(pool.submit(make, next(numbers), progress()))
                made = coming.popleft().result()
                yield made
                for _ in range(passes - 1):
                    if coming[0].done():
                        break
                    yield made
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _save(path: Path, make: Callable[[], Saved]) -> None:
    make().save(path)
    print(path, flush=True)
