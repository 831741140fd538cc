"""An engine for tests that keeps a diary, and complains when a step begins while a stream is open."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from assistant.errors import InputError


class Counter:
    def __init__(self, step_s: float = 0.0) -> None:
        self.diary: list[str] = []
        self.step_s = step_s
        self.open = 0

    def add(self, a: int, b: int = 1) -> int:
        assert not self.open, "a call met an open stream"
        return a + b

    def count(self, most: int) -> Iterator[int]:
        assert not self.open, "a stream met an open stream"
        self.open += 1
        try:
            for number in range(most):
                time.sleep(self.step_s)
                yield number
        finally:
            self.open -= 1
            self.diary.append("closed")

    def fail(self) -> None:
        raise OSError("the disk is gone")

    def refuse(self) -> None:
        raise InputError("Not that.")

    def die(self) -> None:
        os._exit(3)

    def close(self) -> None:
        self.diary.append("ended")
