"""`parley` run inside the test process: its status, what it printed, and what it complained about."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest

from assistant.audio import LISTEN_RATE_HZ, silence
from assistant.engines import Engines, Piece
from clients.cli.main import run
from clients.cli.media import write_wav
from models.scripted import Vocabulary, scripted_engines


class Ran(NamedTuple):
    status: int
    out: str
    err: str


Parley: TypeAlias = Callable[..., Ran]


@pytest.fixture
def parley(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory) -> Parley:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    monkeypatch.setenv("COLUMNS", "200")

    def start(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["parley", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run()
        captured = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, captured.out, captured.err)

    return start


@dataclass
class Script:
    """What the engines of a command are to hear and to answer."""

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    answers: dict[str, Sequence[Piece]] = field(default_factory=dict)

    def recording(self, path: Path, *words: str) -> Path:
        """Write a sound file in which these words are said, a second of silence behind each."""
        second = silence(LISTEN_RATE_HZ)
        write_wav(path, [second, *(part for word in words for part in (self.vocabulary.say(word), second))], LISTEN_RATE_HZ)
        return path


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """Let `ask` and `translate`, live or not, run on scripted engines."""
    script = Script()

    @asynccontextmanager
    async def engines(*_: Any, **__: Any) -> AsyncGenerator[Engines, None]:
        yield scripted_engines(script.vocabulary, script.answers)[0]

    monkeypatch.setattr("clients.cli.ask.engines", engines)
    monkeypatch.setattr("clients.cli.live.engines", engines)
    monkeypatch.setattr("clients.cli.translate.engines", engines)
    return script
