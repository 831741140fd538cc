"""Many talk while parts of the server die: `python -m tests.server.faults.storm --minutes 30 --faults 200`.

`parley serve` in a process of its own, and sessions that write and speak to it. At random times an engine's process is killed or stopped, a
connection breaks off and its session resumes, or the disk is full for some seconds. What is held against it: a turn fails only where its own
connection broke; all that was acknowledged stands in the conversation afterwards; `/healthz` tells what is missing, and nothing else; processes,
open files and memory do not grow. Prints one line a minute and what went wrong, and exits with 1 if anything did.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import signal
import socket
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from clients.bench.percentiles import percentiles
from clients.bench.process_tree import memory_mb, processes
from tests.server.faults.health import Health
from tests.server.faults.test_resources import limit
from tests.server.faults.writer import Writer, Writing
from tests.server.process import process

ENGINES = ("recognizer en", "recognizer es", "language model", "voice en", "voice es")
SIGNALS = (signal.SIGKILL, signal.SIGSEGV, signal.SIGKILL, signal.SIGSTOP)
WRITERS, SPEAKERS = 6, 2
PLACES = 2 * (WRITERS + SPEAKERS)
"""A connection that broke may hold its place for a moment after the next one has come."""

FULL_S = (2.0, 5.0)
"""How long the disk is full."""


@dataclass
class Storm:
    """What has happened so far."""

    pid: int
    writers: list[Writer]
    health: Health
    rng: random.Random
    faults: Counter[str] = field(default_factory=Counter)

    async def one(self) -> None:
        """Let one thing go wrong."""
        drawn = self.rng.random()
        if drawn < 0.6:
            self._engine()
        elif drawn < 0.9:
            connected = [writer for writer in self.writers if writer.connected]
            if connected:
                self.rng.choice(connected).reset()
                self.faults["connection broken off"] += 1
        else:
            await self._disk()

    def _engine(self) -> None:
        name, sign = self.rng.choice(ENGINES), self.rng.choice(SIGNALS)
        for child in processes(self.pid)[1:]:
            if child.name == name[:15] and child.state != "T":
                os.kill(child.pid, sign)
                self.faults[sign.name] += 1

    async def _disk(self) -> None:
        before = limit(self.pid, resource.RLIMIT_FSIZE, 0)
        self.faults["disk full"] += 1
        await asyncio.sleep(self.rng.uniform(*FULL_S))
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, before)


def size(pid: int) -> dict[str, float]:
    """Return what a server has of everything that may leak."""
    return {
        "processes": len(processes(pid)),
        "open files": len(os.listdir(f"/proc/{pid}/fd")),
        "MB": round(memory_mb(pid)),
    }


async def storm(minutes: float, faults: int, seed: int, calm_s: float = 20.0) -> list[str]:
    """Let it storm, with so many calm seconds before and after; return what went wrong."""
    rng, loop = random.Random(seed), asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as state, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        async with process(Path(state), port, sessions=PLACES, sessions_each=PLACES) as server:
            told = loop.create_task(_drained(server))
            writing = Writing(f"127.0.0.1:{port}", Path(state) / "parley" / "conversations.db")
            writers = [
                Writer(writing, number, random.Random(seed + number), speaks=number >= WRITERS) for number in range(WRITERS + SPEAKERS)
            ]
            weather = Storm(server.pid, writers, Health(writing.address, server.pid, ENGINES), rng)
            talks = [loop.create_task(writer.run()) for writer in writers]
            watching = loop.create_task(weather.health.watch())
            await asyncio.sleep(calm_s)
            before, began_s = size(server.pid), loop.time()
            at_s = sorted(rng.uniform(0, minutes * 60) for _ in range(faults))
            minute = 0
            for each in at_s:
                await asyncio.sleep(max(0.0, began_s + each - loop.time()))
                await weather.one()
                while loop.time() - began_s > 60 * (minute + 1):
                    minute += 1
                    print(minute, dict(weather.faults), sum(writer.turns for writer in writers), "turns", size(server.pid), flush=True)
            await asyncio.sleep(max(0.0, began_s + minutes * 60 - loop.time()) + calm_s)
            writing.over = True
            await asyncio.wait(talks)
            await asyncio.sleep(calm_s / 4)  # their connections close in their own time
            after = size(server.pid)
            watching.cancel()
            wrong = [problem for writer in writers for problem in writer.wrong]
            wrong += [f"a session ended: {talk.exception()!r}" for talk in talks if talk.exception()]
            wrong += weather.health.lies
            if after["processes"] != before["processes"] or after["open files"] > before["open files"] or after["MB"] > 1.2 * before["MB"]:
                wrong.append(f"it grew from {before} to {after}")
            server.send_signal(signal.SIGTERM)
            await server.wait()
            wrong += [problem for writer in writers for problem in writer.missing()]
            lines = (await told).decode(errors="replace").splitlines()
            wrong += [line for line in lines if "Traceback" in line]
    took_s = [each for writer in writers for each in writer.took_s]
    print(dict(weather.faults), f"{sum(weather.faults.values())} in all")
    print(
        f"{sum(writer.turns for writer in writers)} turns, {sum(writer.broken for writer in writers)} of them with their connection broken"
    )
    print("seconds from a question to the end of its answer", percentiles(took_s), f"n = {len(took_s)}")
    print(f"/healthz asked {weather.health.asked} times, {weather.health.degraded} times degraded; from {before} to {after}")
    return wrong


async def _drained(server: asyncio.subprocess.Process) -> bytes:
    assert server.stderr is not None
    return await server.stderr.read()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.server.faults.storm", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    wrong = asyncio.run(storm(options.minutes, options.faults, options.seed))
    for problem in wrong:
        print("WRONG:", problem)
    print("nothing went wrong" if not wrong else f"{len(wrong)} things went wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
