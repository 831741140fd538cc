"""Whether `/healthz` tells the truth: what it says is held against the processes that there are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx2

from clients.bench.process_tree import processes
from models.life import Bounds
from models.signs import TICK_S

BETWEEN_S = 0.2

WITHIN_S = {"gone": 1.5, "stopped": Bounds().beat_s + 3 * TICK_S, "there": 8.0}
"""By how a process is: within which what is told must be so, too. One that is there again has its engine to make first."""


class Health:
    """Asks again and again."""

    def __init__(self, address: str, pid: int, engines: Sequence[str]) -> None:
        self._url, self._pid, self._engines = f"http://{address}/healthz", pid, engines
        self.asked = self.degraded = 0
        self.lies: list[str] = []
        self._true_s = dict.fromkeys(engines, asyncio.get_running_loop().time())
        """When what was told of each was last so, or it became what it is."""
        self._was = dict.fromkeys(engines, "there")

    async def watch(self) -> None:
        """Ask until cancelled."""
        loop = asyncio.get_running_loop()
        async with httpx2.AsyncClient(trust_env=False, timeout=10) as http:
            while True:
                told = (await http.get(self._url)).json()
                missing = {outage["what"] for outage in told.get("outages", ())}
                self.asked += 1
                self.degraded += told["status"] != "ok"
                if (told["status"] == "ok") == bool(missing):
                    self.lies.append(f"/healthz contradicts itself: {told}")
                self._compare(missing, loop.time())
                await asyncio.sleep(BETWEEN_S)

    def _compare(self, missing: set[str], now_s: float) -> None:
        found = {child.name: child.state for child in processes(self._pid)[1:]}
        for engine in self._engines:
            state = found.get(engine[:15], "Z")
            how = "gone" if state == "Z" else "stopped" if state == "T" else "there"
            if how != self._was[engine] or (how == "there") != (f"no {engine}" in missing):
                self._true_s[engine], self._was[engine] = now_s, how
            elif now_s - self._true_s[engine] > WITHIN_S[how]:
                self.lies.append(f"/healthz tells of {sorted(missing) or 'nothing'}; {engine} is {how}")
                self._true_s[engine] = now_s
