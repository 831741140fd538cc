"""`parley transcribe` on a scripted recognizer: in step with it, with times, one result a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.engines import Recognition, Recognizer
from assistant.errors import EngineError, InputError
from clients.cli.transcribe import Form, form, write_down
from models.scripted import ScriptedDetector, ScriptedRecognizer, Vocabulary
from tests.clients.cli.conftest import Parley, Script
from tests.conftest import Run


@pytest.fixture
def recognizer(script: Script, monkeypatch: pytest.MonkeyPatch) -> ScriptedRecognizer:
    recognizer = ScriptedRecognizer(script.vocabulary)

    async def close() -> None:
        pass

    async def load(*_: object) -> tuple[Recognizer, Callable[[], Awaitable[None]]]:
        return recognizer, close

    monkeypatch.setattr("clients.cli.transcribe.load_recognizer", load)
    monkeypatch.setattr("clients.cli.transcribe.SileroDetector", ScriptedDetector)
    return recognizer


def test_one_form_at_a_time() -> None:
    assert form(json=False, srt=False, vtt=False) is Form.TEXT
    assert form(json=False, srt=True, vtt=False) is Form.SRT
    with pytest.raises(InputError, match="--json and --vtt exclude each other"):
        form(json=True, srt=False, vtt=True)


def test_times(parley: Parley, script: Script, recognizer: ScriptedRecognizer, tmp_path: Path) -> None:
    ran = parley("transcribe", script.recording(tmp_path / "talk.wav", "One.", "Two."), "--json", "-v")
    (result,) = map(json.loads, ran.out.splitlines())
    assert [segment["text"] for segment in result["segments"]] == ["One.", "Two."]
    assert result["timing"]["seconds"] == pytest.approx(3.6)
    assert result["timing"]["took"] >= 2 * recognizer.pass_s
    first, second = ran.err.splitlines()
    assert first.split()[1:] == ["0.67", "to", "1.31", "s:", "'One.'"]
    assert float(first.split()[0]) < float(second.split()[0])


def test_a_file_that_fails_does_not_end_the_rest(
    parley: Parley, script: Script, recognizer: ScriptedRecognizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [script.recording(tmp_path / f"{word}.wav", word) for word in ("one", "two", "three")]
    whole = ScriptedRecognizer.recognize

    async def recognize(self: ScriptedRecognizer, samples: Samples, *, language: str, times: bool = False) -> Recognition:
        found = await whole(self, samples, language=language, times=times)
        if found.text == "two":
            raise EngineError("The recognizer is tired; let it rest.")
        return found

    monkeypatch.setattr(ScriptedRecognizer, "recognize", recognize)
    ran = parley("transcribe", *files)
    assert (ran.status, ran.out) == (2, "one\nthree\n")
    assert ran.err == f"parley: {files[1]}: The recognizer is tired; let it rest.\n"


def test_no_more_is_read_than_is_recognised(virtual: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty minutes without a pause, as fast as they can be read: at each pass hardly more was read than is passed on."""
    vocabulary, read_s, ahead_s = Vocabulary(), 0.0, [0.0]

    def decode(_: str) -> Iterator[Samples]:
        nonlocal read_s
        for _ in range(4000):
            yield vocabulary.say("word")
            read_s += 0.3
        yield silence(LISTEN_RATE_HZ)

    class Watching(ScriptedRecognizer):
        heard_s = 0.0

        async def recognize(self, samples: Samples, *, language: str, times: bool = False) -> Recognition:
            self.heard_s += samples.size / LISTEN_RATE_HZ  # what is carried over counts twice, so this runs ahead a little
            ahead_s.append(read_s - self.heard_s)
            return await super().recognize(samples, language=language, times=times)

    monkeypatch.setattr("clients.cli.transcribe.decode", decode)
    found = virtual(write_down("talk.wav", "en", Watching(vocabulary), ScriptedDetector()))
    assert found.text.count("word") == 4000
    assert found.heard_s == pytest.approx(1201)
    assert max(ahead_s) < 2


def test_cancelled_it_closes_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary, closed = Vocabulary(), []

    def decode(_: str) -> Iterator[Samples]:
        try:
            while True:
                yield vocabulary.say("word")
                yield silence(LISTEN_RATE_HZ)
        finally:
            closed.append(True)

    async def stopped() -> None:
        began = asyncio.Event()

        class Hanging(ScriptedRecognizer):
            async def recognize(self, samples: Samples, *, language: str, times: bool = False) -> Recognition:
                began.set()
                return await asyncio.get_running_loop().create_future()

        work = asyncio.create_task(write_down("talk.wav", "en", Hanging(vocabulary), ScriptedDetector()))
        await began.wait()
        work.cancel()
        await asyncio.wait([work])
        assert work.cancelled()
        assert closed == [True]

    monkeypatch.setattr("clients.cli.transcribe.decode", decode)
    asyncio.run(stopped())
