"""`parley cluster`: the assistant for other programs, on as many machines as Ray has."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from assistant.equipped import voiced
from assistant.errors import EngineUnavailable, InputError
from clients.cli.composed import Given, composed
from clients.cli.serve import apart, kept_here, keyed, tell
from clients.cli.stderr import errors
from models.load import thread_table
from models.packs.places import pack_of
from models.plan import plan
from models.worker import Worker, Workers
from server.cluster.asked import FRONT
from server.cluster.directory import Directory, Place
from server.cluster.greeting import new_secret
from server.cluster.head import at_head
from server.cluster.housing import Front, FrontTold
from server.cluster.place import Ray, deployed_engines, deployed_fronts
from server.cluster.shares import Scale, Scales, Share, shares

LOOK_S = 1.0
"""How often Ray is asked whether it has given up on something."""

_SCALE = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?")


@dataclass(frozen=True)
class Wanted:
    """What the command line says of replicas."""

    address: str | None
    """Of a Ray that runs; None: one is started here."""
    scales: Scales


def scale(option: str, text: str) -> Scale:
    """Return what N, or LEAST-MOST, says.

    Raises:
        InputError: it says nothing.
    """
    found = _SCALE.fullmatch(text)
    least = int(found[1]) if found else 0
    most = int(found[2] or found[1]) if found else 0
    if not 1 <= least <= most:
        raise InputError(f"{text!r} is no number of replicas for {option}; write 2, or 1-4 for as many as it takes.")
    return Scale(least, most)


async def cluster(given: Given, wanted: Wanted, key_file: Path | None) -> None:
    """Serve until this process is told to end, by Ctrl-C or SIGTERM.

    Args:
        given: what each front is to be; its key is still to be looked up.
        wanted: of what how many.
        key_file: where the clients' key is kept, if not in its usual place.

    Raises:
        InputError: Ray is missing, a port is taken, or a file cannot be used.
        EngineUnavailable: an engine cannot be started.
    """
    loop, ending = asyncio.get_running_loop(), asyncio.Event()

    def listen() -> None:
        with suppress(NotImplementedError):  # Windows: Ctrl-C cancels us
            for sign in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(sign, ending.set)

    listen()
    working = loop.create_task(_serve(given, wanted, key_file, listen), name="cluster")
    told = loop.create_task(ending.wait(), name="ending")
    try:
        await asyncio.wait([working, told], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        told.cancel()
        working.cancel()
        await asyncio.wait([working, told])


async def _serve(given: Given, wanted: Wanted, key_file: Path | None, listen: Callable[[], None]) -> None:
    """Serve until cancelled; call `listen` when Ray has begun, which takes the signals for itself."""
    given = keyed(replace(given, address=replace(given.address, shared=wanted.scales.front.most > 1)), key_file)
    settings = apart(voiced(given.settings, pack_of(given.settings.pack)))
    models, server = settings.models, settings.server
    planned = await plan(server.listens, server.speaks, models, partial(thread_table, settings=models))
    async with AsyncExitStack() as stack:
        workers = await stack.enter_async_context(Workers())
        kept = await stack.enter_async_context(kept_here(server.keep_days)) if server.keep_days else None
        secret = new_secret()
        with errors.status("Starting Ray …"):
            wanted_shares = shares(planned, models, wanted.scales)
            cpus = sum(share.cpus * share.scale.most for share in wanted_shares)
            ray = workers.start("ray", partial(Ray, wanted.address, cpus))
            await ray.ready()
            listen()
            host, node = await ray.call("here")
        directory, head = await stack.enter_async_context(at_head(host, secret, node, kept.worker if kept else None))
        stack.push_async_callback(ray.call, "end")
        fronts = deployed_fronts(wanted_shares, FrontTold(head, planned, partial(serve_front, given)))
        asked = [*deployed_engines(wanted_shares, planned, models, head), fronts]
        if wanted.address is not None:
            for missing in lacking(await ray.call("machines"), await ray.call("free_cpus"), wanted_shares):
                errors.print(missing, soft_wrap=True)
        with errors.status("Loading the models …"):
            await ray.call("deploy", asked)
            await _until_there(ray, directory, {share.name: share.scale.least for share in wanted_shares})
        _tell_all(given, directory.places)
        await _complaints(directory)


def lacking(machines: int, free_cpus: float, shares: Sequence[Share]) -> list[str]:
    """Return what a Ray has too little of for now, a sentence each: it may begin before its machines have joined."""
    said = []
    most = sum(share.scale.most for share in shares if share.name == FRONT)
    if machines < most:
        said.append(f"Ray has {machines} machines, and --front {most} wants {most}, one each; this waits until they have joined.")
    if free_cpus < (least := sum(share.cpus * share.scale.least for share in shares)):
        said.append(f"Ray has {free_cpus:g} CPUs free, and the replicas take {least:g} at least; this waits until there are as many.")
    return said


async def serve_front(given: Given, front: Front) -> None:
    """Be one front: called where it runs."""
    async with AsyncExitStack() as stack:
        server = await composed(stack, given, front.engines, front.archive, front.started, others=front.others)
        serving = asyncio.get_running_loop().create_task(server.serve(), name="serving")
        ending = asyncio.get_running_loop().create_task(front.ending.wait(), name="ending")
        try:
            await asyncio.wait([serving, ending], return_when=asyncio.FIRST_COMPLETED)
            server.end()
            await serving
        finally:
            ending.cancel()


async def _until_there(ray: Worker, directory: Directory, names: dict[str, int]) -> None:
    """Return when there is what was asked for.

    Raises:
        ParleyError: something cannot be started.
    """
    there = asyncio.get_running_loop().create_task(directory.until_all(names))
    try:
        while not (await asyncio.wait([there], timeout=LOOK_S))[0]:
            if why := await ray.call("failed"):
                raise EngineUnavailable(why)
        there.result()
    finally:
        there.cancel()
        await asyncio.wait([there])


async def _complaints(directory: Directory) -> None:
    """Say what goes wrong later, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_S)
        while directory.complaints:
            errors.print(str(directory.complaints.pop(0)), style="red", highlight=False, soft_wrap=True)


def _tell_all(given: Given, places: tuple[Place, ...]) -> None:
    local = given.address.host
    for place in dict.fromkeys(
        (place.host if local in ("0.0.0.0", "::") else local, place.serves) for place in places if place.name == FRONT
    ):
        tell(replace(given.address, host=place[0]).url(place[1]), protected=given.key is not None)
