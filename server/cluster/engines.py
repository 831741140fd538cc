"""The engines of a cluster, as a front sees them: those of a plan, each a `Remote`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager

from assistant.engines import Engines
from models.plan import Plan, Planned, begun
from server.cluster.directory import Place, followed
from server.cluster.remote import PATIENCE_S, Remote

STICKY = "language model"
"""A conversation stays where its beginning is computed already."""


class Remotes:
    """What is there of each engine that was asked for. One event loop owns it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._all: list[Remote] = []
        self.places: Sequence[Place] = ()
        """Who is there."""

    def add(self, name: str, *, sticks: bool = False, patience_s: float = PATIENCE_S) -> Remote:
        """Return the engine of a name, which follows who is there from now on; the rest is as for a `Remote`."""
        remote = Remote(name, self._secret, sticks=sticks, patience_s=patience_s)
        self._all.append(remote)
        remote.found(self.places)
        return remote

    async def follow(self, host: str, port: int) -> None:
        """Follow the directory at an address until cancelled."""
        async with aclosing(followed(host, port, self._secret, "watch")) as lists:
            async for self.places in lists:
                for remote in self._all:
                    remote.found(self.places)

    async def close(self) -> None:
        """End all lines."""
        async with asyncio.TaskGroup() as group:
            for remote in self._all:
                group.create_task(remote.close())


@asynccontextmanager
async def remotes(host: str, port: int, secret: bytes) -> AsyncGenerator[Remotes, None]:
    """Follow the directory at an address in this block."""
    made = Remotes(secret)
    following = asyncio.get_running_loop().create_task(made.follow(host, port), name="directory")
    try:
        yield made
    finally:
        following.cancel()
        await asyncio.wait([following])
        await made.close()


async def engines(plan: Plan, remotes: Remotes) -> Engines:
    """Return the engines of a plan once there is one of each.

    Raises:
        EngineUnavailable: one has no replica for too long.
    """
    from models.silero import SileroDetector  # onnxruntime: only where somebody listens

    SileroDetector()  # so that the first stream does not wait for its weights
    asked: list[tuple[Remote, Planned]] = []

    def start(engine: Planned) -> Remote:
        remote = remotes.add(engine.name, sticks=engine.name == STICKY)
        asked.append((remote, engine))
        return remote

    loaded = await begun(plan, start)
    return Engines(
        detector=SileroDetector,
        recognizers=loaded.recognizers,
        language_model=loaded.language_model,
        voices=loaded.voices,
        turn_detector=loaded.turn_detector,
        queues=lambda: {remote.name: remote.queued for remote, _ in asked},
        outages=lambda: tuple(outage for remote, engine in asked if (outage := remote.missing(engine.languages))),
    )
