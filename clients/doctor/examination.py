"""All probes, one after the other, each in a process that may fail, crash or hang without harm to the others."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractContextManager, suppress

from clients.doctor.finding import Finding, problem
from clients.doctor.probe import Given, names, probe

GONE_S = 2.0
"""How long a killed process may take to be gone; one that hangs in the system's core is left there."""

ELSEWHERE = (
    "A package was built for another processor; build it on this one: "
    "pip install --force-reinstall --no-binary llama-cpp-python llama-cpp-python."
)
BROKEN = "A library or a model of this kind is broken: install Parley again, or take another model."
REPORT = "Run the command that it is about with -v, and report what it says."


async def examination(
    given: Given, *, quick: bool, doing: Callable[[str], AbstractContextManager[object]], chosen: Sequence[str] | None = None
) -> AsyncGenerator[tuple[str, list[Finding]], None]:
    """Yield the title of each probe with its findings.

    Args:
        given: of the settings.
        quick: leave out what loads engines or makes sound.
        doing: shows what is done while a probe runs.
        chosen: names of probes, in order; all of them if not given.
    """
    for name in names() if chosen is None else chosen:
        found = probe(name)
        if quick and not found.light:
            continue
        with doing(found.doing or found.title):
            findings = await apart(name, found.title, found.limit_s, given)
        yield found.title, findings


async def apart(name: str, title: str, limit_s: float, given: Given) -> list[Finding]:
    """Return what the probe `name` finds; cancelled, it is ended."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "clients.doctor.isolated", name, env=os.environ | {"PYTHONPATH": _import_path()},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(limit_s):
            out, errors = await process.communicate(json.dumps(given.as_json()).encode())
    except TimeoutError:
        return [no_answer(title, limit_s)]
    finally:
        await _end(process)
    try:
        return [Finding.from_json(each) for each in json.loads(out)]
    except ValueError:
        return [ended(title, process.returncode or 0, errors.decode(errors="replace"))]


def _import_path() -> str:
    """Return where this process imports from: the other is to find the same Parley, whatever folder it is started in."""
    return os.pathsep.join(part or os.getcwd() for part in sys.path)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill what is left of a probe and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with suppress(TimeoutError):
        async with asyncio.timeout(GONE_S):
            await process.wait()


def no_answer(title: str, limit_s: float) -> Finding:
    """Return the finding for a probe that took too long."""
    return problem(
        title, f"This gave no answer within {limit_s:g} s and was ended.",
        "If the machine is not merely busy, a driver, a disk or a model of this kind hangs: disconnect it or take another.",
        limit_s=limit_s,
    )  # fmt: skip


def ended(title: str, status: int, errors: str) -> Finding:
    """Return the finding for a probe whose process ended without an answer: killed by a signal, or by an error nobody expected."""
    last = next((line.strip() for line in reversed(errors.splitlines()) if line.strip()), "it said nothing")
    values = {"status": status, "last_line": last}
    if status >= 0:
        return problem(title, f"This failed unexpectedly: {last[:300]}.".replace("..", "."), REPORT, **values)
    remedy = ELSEWHERE if -status == signal.SIGILL else BROKEN
    return problem(title, f"The process that looked at this was ended by signal {-status} ({_named(-status)}).", remedy, **values)


def _named(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "one of the system's own"
