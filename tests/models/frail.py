"""An engine for tests that comes to grief: it dies, hangs, or writes nonsense to its pipe, as often as a file says."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np

from assistant.audio import Samples
from assistant.errors import EngineUnavailable
from assistant.urgency import urgency
from models.worker import Worker


class Frail:
    """`griefs` is a file with one letter for each grief to come; without any, all goes well."""

    def __init__(self, griefs: Path, first: str = "") -> None:
        self._griefs, self.threads = griefs, 1
        if first and self._grief() == first:
            raise EngineUnavailable("There is no model.")

    def add(self, a: int, b: int = 1) -> int:
        return a + b

    def pid(self) -> int:
        return os.getpid()

    def limit_threads(self, most: int) -> None:
        self.threads = most

    def limited(self) -> int:
        return self.threads

    def twice(self, samples: Samples) -> Samples:
        return 2 * samples

    def count(self, most: int, grief_at: int = -1) -> Iterator[str]:
        """Count in words, with empty ones between them; come to grief before one of them."""
        for number in range(most):
            yield ""
            if number == grief_at:
                self.grieve()
            yield f"{number} "

    def grieve(self) -> str:
        match self._grief():
            case "d":
                os._exit(3)
            case "h":
                time.sleep(3600)
            case "n":
                for fd in range(3, 64):
                    try:
                        if stat.S_ISSOCK(os.fstat(fd).st_mode):
                            os.write(fd, b"malloc(): corrupted top size")
                    except OSError:
                        pass
        return "well"

    def poison(self, ends: bool) -> str:
        if ends:
            os._exit(3)
        time.sleep(0.05)
        return "well"

    def rest(self) -> float:
        time.sleep(0.25)
        return 0.25

    def hoard(self, megabytes: int) -> int:
        return int(np.ones(megabytes << 17).sum())  # float64

    def _grief(self) -> str:
        left = self._griefs.read_text() if self._griefs.exists() else ""
        if left:
            self._griefs.write_text(left[1:])
        return left[:1]


class Urging(Worker):
    """A worker that tells how urgent each step is."""

    async def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        async with aclosing(super().stream(method, *args, **options)) as items:
            async for _ in items:
                yield (urgency()().name,)


class Quiet(Worker):
    """A worker that rests for so many seconds, step by step, before its streams give anything: as one that computes a long prompt beside others."""

    async def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        rested_s = 0.0
        while rested_s < options["rests_s"]:
            rested_s += await self.call("rest")
        yield "rested"
