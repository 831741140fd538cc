"""Probes in processes of their own: one that hangs, one that is killed, and an end by Ctrl-C leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

import pytest

from clients.doctor.examination import BROKEN, ELSEWHERE, REPORT, apart, ended, examination
from clients.doctor.probe import Given, names, probe
from tests.clients.desktop.virtual_sound import COMMAND, PATIENCE_S, Program, until


def ours(mark: str) -> Iterator[int]:
    """Yield the processes that look at something and have this in their environment."""
    for found in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"clients.doctor.isolated" in (found / "cmdline").read_bytes() and mark.encode() in (found / "environ").read_bytes():
                yield int(found.name)


@pytest.fixture
def stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Given:
    """Give settings that nobody ever gets to read: a pipe into which nobody writes."""
    os.mkfifo(tmp_path / "settings.toml")
    monkeypatch.setenv("TEST_MARK", str(tmp_path))
    return Given(tmp_path / "settings.toml")


def test_what_hangs_is_ended(stuck: Given, tmp_path: Path) -> None:
    (found,) = asyncio.run(apart("settings", "Settings", 1.0, stuck))
    assert (found.verdict, found.about) == ("problem", "Settings")
    assert "no answer within 1 s" in found.sentence
    assert found.remedy
    until(lambda: not list(ours(str(tmp_path))), "the process is gone")


def test_what_is_killed_is_a_finding(stuck: Given, tmp_path: Path) -> None:
    async def kill_it() -> None:
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(apart("settings", "Settings", PATIENCE_S, stuck))
            async with asyncio.timeout(PATIENCE_S):
                while not (found := list(ours(str(tmp_path)))):  # noqa: ASYNC110 - another process has no event to set
                    await asyncio.sleep(0.02)
            os.kill(found[0], signal.SIGSEGV)
        (finding,) = looking.result()
        assert finding.verdict == "problem"
        assert "ended by signal 11 (SIGSEGV)" in finding.sentence
        assert finding.remedy == BROKEN

    asyncio.run(kill_it())


def test_ctrl_c_ends_it_and_its_process(stuck: Given, tmp_path: Path) -> None:
    environment = dict(os.environ)
    with Program([*COMMAND, "--settings", str(stuck.path), "doctor"], environment, tmp_path) as program:
        until(lambda: list(ours(str(tmp_path))), "it looks")
        program.interrupt()
        assert program.ended() == 130
        assert "Traceback" not in program.err
    until(lambda: not list(ours(str(tmp_path))), "the process is gone")


@pytest.mark.parametrize(
    ("status", "errors", "sentence", "remedy"),
    [
        (1, "Traceback\nRuntimeError: no such thing\n\n", "This failed unexpectedly: RuntimeError: no such thing.", REPORT),
        (0, "", "This failed unexpectedly: it said nothing.", REPORT),
        (-signal.SIGILL, "", "ended by signal 4 (SIGILL).", ELSEWHERE),
        (-signal.SIGSEGV, "x", "ended by signal 11 (SIGSEGV).", BROKEN),
        (-120, "", "ended by signal 120 (one of the system's own).", BROKEN),
    ],
)
def test_ways_to_end(status: int, errors: str, sentence: str, remedy: str) -> None:
    found = ended("Thing", status, errors)
    assert found.verdict == "problem"
    assert found.sentence.endswith(sentence)
    assert found.remedy == remedy


def test_every_probe_has_its_place() -> None:
    found = [probe(name) for name in names()]
    assert len(found) >= 14
    assert [each.place for each in found] == sorted({each.place for each in found})
    assert len({each.title for each in found}) == len(found)
    assert all(each.limit_s <= 180 for each in found)


def test_a_quick_one_loads_and_plays_nothing() -> None:
    async def titles() -> list[str]:
        return [title async for title, _ in examination(Given(), quick=True, doing=doing)]

    said: list[str] = []

    def doing(what: str) -> AbstractContextManager[None]:
        said.append(what)
        return nullcontext()

    assert asyncio.run(titles()) == said == [found.title for found in map(probe, names()) if found.light]
    assert {"Answers", "Voices", "Recognition", "Microphone", "Loopback"}.isdisjoint(said)
