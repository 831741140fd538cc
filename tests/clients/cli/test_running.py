"""What the commands share."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import EngineError, InputError
from assistant.events import ReplyAudio
from assistant.settings import Settings
from clients.cli.running import manners, print_json, recorded, until_done

SPOKEN = ReplyAudio(1, np.full(800, 0.5, np.float32), 8000, "Yes.")


def frames(path: Path) -> tuple[int, int]:
    with wave.open(str(path)) as sound:
        return sound.getnframes(), sound.getframerate()


def test_replies_are_written_as_they_come(tmp_path: Path) -> None:
    with recorded(tmp_path / "out.wav", 8000) as record:
        record([SPOKEN])
        assert not (tmp_path / "out.wav").exists()  # it appears when it is complete
        record([SPOKEN, SPOKEN])
    assert frames(tmp_path / "out.wav") == (2400, 8000)


def test_nothing_said_gives_an_empty_file(tmp_path: Path) -> None:
    with recorded(tmp_path / "out.wav", 8000):
        pass
    assert frames(tmp_path / "out.wav") == (0, 8000)


def test_no_file_is_wanted_or_none_can_be(tmp_path: Path) -> None:
    with recorded(None, 8000) as record:
        record([SPOKEN])
    with pytest.raises(InputError, match="cannot be written"), recorded(tmp_path / "none" / "out.wav", 8000):
        pass
    with pytest.raises(EngineError), recorded(tmp_path / "out.wav", 8000):
        raise EngineError("It is tired.")
    assert list(tmp_path.iterdir()) == []


def test_work_gives_its_result() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 3

    assert until_done(work()) == 3


def test_one_line_a_result(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"text": "Sí.\nNo."})
    assert capsys.readouterr().out == '{"text": "Sí.\\nNo."}\n'


def test_the_endpoint_is_what_the_settings_say() -> None:
    behaviour = manners(Settings.model_validate({"endpoint": {"pause_s": 0.2, "end_s": 0.6}}))
    assert (behaviour.endpoint.pause_s, behaviour.waits.unknown_s) == (0.2, 0.6)
