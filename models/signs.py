"""Signs of life: whether what is at the other end of a pipe still answers, asked once a tick."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

TICK_S = 1.0
"""How often a sign of life is asked for."""


class Signs:
    """Of one other end. Ticks are counted, not seconds: if we were stopped ourselves, that is nobody's fault."""

    def __init__(self, over: asyncio.Future[str], tick: Callable[[], None], ping: Callable[[tuple[str]], None]) -> None:
        """Begin with `begin`.

        Args:
            over: nothing is looked at any more once it is done.
            tick: called at each, to judge by `missed_s`, and to `ask` for more.
            ping: sends what is to be answered.
        """
        self._over, self._tick, self._ping = over, tick, ping
        self._loop = asyncio.get_running_loop()
        self._ticked_s = time.monotonic()
        self._missed = 0

    @property
    def missed_s(self) -> float:
        """For so long a sign of life was asked for, and none came."""
        return self._missed * TICK_S

    def begin(self) -> None:
        """Tick from now on."""
        self._loop.call_later(TICK_S, self._look)

    def came(self) -> None:
        """Something came, whatever it is: the answer to a ping may wait behind much sound."""
        self._missed = 0

    def ask(self) -> None:
        """Ask for one until the next tick."""
        self._missed += 1
        self._ping(("ping",))

    def _look(self) -> None:
        if self._over.done():
            return
        self._loop.call_later(TICK_S, self._look)
        now_s = time.monotonic()
        if now_s - self._ticked_s < TICK_S / 2:  # the loop's clock jumps, as those of benches do
            return
        self._ticked_s = now_s
        self._tick()
