from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from clients.desktop.interrupts import undisturbed


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def disturbed(done: list[str]) -> None:
    with undisturbed():
        press()
        done.append("inside")
    done.append("after")


def test_ctrl_c_waits_for_the_end_of_the_block() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        disturbed(done)
    assert done == ["inside"]


def test_a_program_started_inside_does_not_see_it() -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('alive')"
    with undisturbed():
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "alive\n"


def test_under_asyncio_it_cancels_as_ever() -> None:
    done: list[str] = []

    async def work() -> None:
        disturbed(done)
        await asyncio.sleep(0)
        done.append("not cancelled")

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(work())
    assert done == ["inside", "after"]


def test_leaves_the_signals_as_they_were() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="inside"), undisturbed():
        raise ValueError("inside")
    assert (signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.getsignal(signal.SIGINT)) == before
