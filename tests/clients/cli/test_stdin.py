"""Standard input in its three shapes; Ctrl-C while it is waited for."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import Callable

import pytest

from assistant.errors import InputError
from clients.cli import stdin


class Pressed(io.RawIOBase):
    """A pipe at which somebody presses Ctrl-C instead of writing more."""

    def __init__(self, before: bytes = b"") -> None:
        self._before = before

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._before:
            os.kill(os.getpid(), signal.SIGINT)
        size = min(len(buffer), len(self._before))
        buffer[:size], self._before = self._before[:size], self._before[size:]
        return size


def use(monkeypatch: pytest.MonkeyPatch, raw: io.RawIOBase | io.BytesIO) -> None:
    buffered = io.BufferedReader(raw) if isinstance(raw, io.RawIOBase) else raw
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(buffered, encoding="utf-8"))


def read_sound() -> bytes:
    with stdin.sound() as file:
        data = b""
        while part := file.read(3):
            data += part
        return data


READERS: dict[str, Callable[[], object]] = {"lines": lambda: list(stdin.lines()), "text": stdin.text, "sound": read_sound}


def test_lines_come_as_they_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Pressed(b"one\ntwo\n"))
    lines = stdin.lines()
    assert [next(lines), next(lines)] == ["one\n", "two\n"]
    with pytest.raises(KeyboardInterrupt):
        next(lines)


def test_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, io.BytesIO("uno\ndós".encode()))
    assert stdin.text() == "uno\ndós"
    use(monkeypatch, io.BytesIO(b"RIFF1234"))
    assert read_sound() == b"RIFF1234"


@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
def test_ctrl_c_ends_the_wait_under_asyncio(monkeypatch: pytest.MonkeyPatch, read: Callable[[], object]) -> None:
    use(monkeypatch, Pressed(b"some"))
    done: list[str] = []

    async def work() -> None:
        try:
            read()
            done.append("went on")
        finally:
            await asyncio.sleep(0)
            done.append("closed")

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(work())
    assert done == ["closed"]


def test_a_decoder_that_swallows_it_gets_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Pressed(b"some"))
    parts: list[bytes] = []

    def decode() -> None:
        with stdin.sound() as file:
            parts.extend(file.read(4) for _ in range(3))
            raise InputError("This is no sound.")  # what a decoder makes of it

    with pytest.raises(KeyboardInterrupt):
        decode()
    assert parts == [b"some", b"", b""]


def test_a_program_in_the_background_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        use(monkeypatch, Pressed(b"some"))
        assert stdin.text() == "some"
    finally:
        signal.signal(signal.SIGINT, before)


def test_leaves_the_signals_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGINT)
    use(monkeypatch, io.BytesIO(b"x"))
    stdin.text()
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
def test_none_is_there(monkeypatch: pytest.MonkeyPatch, read: Callable[[], object]) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="Standard input is closed"):
        read()


@pytest.mark.parametrize("read", [READERS["lines"], READERS["text"]])
def test_no_text(monkeypatch: pytest.MonkeyPatch, read: Callable[[], object]) -> None:
    use(monkeypatch, io.BytesIO(b"RIFF\xff\xfe\n"))
    with pytest.raises(InputError, match="Standard input is no text"):
        read()
