"""What the fuzzer found, each as small as it gets; beside what stands in the tests of `assistant.foreign` and `server.wyoming.sound`."""

from __future__ import annotations

import asyncio
import io
import json
import os
import tarfile
import time
from email.message import Message as Headers
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request

import pytest

from assistant.errors import EngineError, InputError, ModelMissing, SettingsError
from assistant.redaction import Redaction
from assistant.settings import read_settings
from assistant.words import word_spans
from clients.desktop import wire
from clients.desktop.link import read
from models.bundle import LIST, contents
from models.calls import CLOSE, LFM_CLOSE, LFM_OPEN, OPEN, CallParser
from models.catalogue import File
from models.hosted import _Characters
from models.hub import Hub, Interrupted
from models.installed import Kept
from models.media import decoded
from models.packs.markdown import passages
from models.packs.reading import ADAPTER, NAME
from models.packs.tables import text_of
from server.realtime.incoming import echo
from server.realtime.incoming import read as read_event
from server.realtime.items import Conversation
from server.realtime.reading import read_item
from server.realtime.refusals import Refused
from server.wyoming.serve import wyoming
from tests.fuzz.targets.engines import engines
from tests.fuzz.targets.sound import wave

DEEP = "[" * 100_000


def test_a_message_that_is_too_deep_has_no_event_id() -> None:
    assert echo(DEEP) is None
    assert echo('{"event_id": "a"}') == "a"


def test_millions_of_lists_are_not_read() -> None:
    message = '{"type": "session.update", "session": {"a": [' + "[]," * 8_000_000 + "0]}}"
    began_s = time.process_time()
    with pytest.raises(Refused, match="100,000 brackets"):
        read_event(message)
    assert echo(message) is None
    assert time.process_time() - began_s < 2


def test_what_is_wrong_is_told_in_a_few_words() -> None:
    with pytest.raises(Refused) as refused:
        read_event(json.dumps({"type": "conversation.item.retrieve" * 5000}))
    assert len(str(refused.value)) < 1000
    with pytest.raises(Refused) as refused:
        Conversation().get("x" * 1_000_000)
    assert len(str(refused.value)) < 1000
    assert echo(json.dumps({"event_id": "x" * 513})) is None


def test_arguments_that_are_too_deep_are_refused() -> None:
    with pytest.raises(Refused, match="no JSON"):
        read_item({"type": "function_call", "name": "add", "arguments": DEEP})


@pytest.mark.parametrize("body", [DEEP, '{"name": "add", "arguments": {"a": NaN}}', f'{{"name": "a", "arguments": {DEEP}}}'])
def test_a_call_that_is_too_deep_is_no_call(body: str) -> None:
    parser = CallParser()
    parser.push(OPEN)
    parser.push(body)
    with pytest.raises(EngineError, match="ask again"):
        parser.flush()


@pytest.mark.parametrize(
    "value",
    [
        "{[]: 1}",
        "{{}}",
        "{1, 2}",
        "1j",
        "b'x'",
        "...",
        "set()",
        "1e999",
        "{1: 2}",
        "-'x'",
        "-True",
        "9" * 400,
        "'\\ud800'",
        "{'\\ud800': 1}",
    ],
)
def test_a_call_in_python_has_arguments_that_json_knows(value: str) -> None:
    parser = CallParser()
    parser.push(LFM_OPEN)
    with pytest.raises(EngineError, match="ask again"):
        parser.push(f"[f(a={value})]{LFM_CLOSE}")


def test_parameters_without_an_end_take_time_in_proportion() -> None:
    parser, began_s = CallParser(), time.process_time()
    parser.push(OPEN)
    parser.push(f"<function=f>{'<parameter=a>' * 20_000}</function>{CLOSE}")
    assert time.process_time() - began_s < 5


def test_halves_of_a_character_become_whole_or_a_question_mark() -> None:
    characters = _Characters()
    assert [characters.push(text) for text in ("a\ud83d", "\ude00b", "\ude00", "é")] == ["a", "😀b", "\ufffd", "é"]


@pytest.mark.parametrize("text", ["a" * 100_000, "a." * 50_000, "1 " * 50_000, "1" * 100_000, "+(1" * 30_000, "@" * 100_000, "a@" * 50_000])
def test_what_is_looked_for_in_a_text_takes_time_in_proportion_to_it(text: str) -> None:
    began_s = time.process_time()
    redaction = Redaction()
    redaction.show(redaction.hide(text))
    word_spans(text.replace("a", "'").replace("1", '"'))
    assert time.process_time() - began_s < 5


def test_a_server_that_is_too_deep_or_tells_a_number_that_is_none_is_passed_over() -> None:
    assert read(DEEP) is None
    assert wire.number({"audio_start_ms": 10**400}, "audio_start_ms") == 0
    assert wire.number({"audio_start_ms": float("-inf")}, "audio_start_ms") == 0


def _answer(status: int = 206, **headers: str) -> Any:
    told = Headers()
    for name, value in headers.items():
        told[name.replace("_", "-")] = value
    hub = Hub("https://hub.example.org", "hf_token")
    return hub._answer(SimpleNamespace(status=status, headers=told)) if status < 400 else hub._refused(HTTPError("https://x", status, "", told, None), "a/b", "main", "c")  # fmt: skip


def test_heads_of_a_hub_that_lie() -> None:
    with pytest.raises(Interrupted, match="which part"):
        _answer(Content_Range="bytes 1-2/" + "9" * 5000)
    assert _answer(200, Content_Length="9" * 5000).total is None
    assert _answer(429, Retry_After="Mon, 31 Dec 9999 23:59:59 -2359").after_s is None
    request = Request("https://hub.example.org/a")
    with pytest.raises(ModelMissing, match="not safe"):
        Hub("https://hub.example.org")._redirects.redirect_request(request, None, 302, "", Headers(), "http://[::1")


def test_an_archive_whose_headers_hold_no_numbers_is_no_bundle(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.PAX_FORMAT) as tar:
        member = tarfile.TarInfo(LIST)
        member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "nul"}
        tar.addfile(member, io.BytesIO())
    assert contents(tmp_path / "a.tar") is None


@pytest.mark.parametrize("rate_hz", [1, 100, 3999, 768_001, 2**31 - 1])
def test_a_sound_file_that_would_become_thousands_of_times_as_large_is_refused(rate_hz: int) -> None:
    with pytest.raises(InputError, match=f"{rate_hz} samples a second"):
        next(decoded("The file", io.BytesIO(wave(rate_hz, data=bytes(100_000)))))


def test_markdown_takes_time_in_proportion_to_its_length(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("## Why?\n" + "[" * 20_000 + "\n" * 20_000 + "x")
    began_s = time.process_time()
    with pytest.raises(InputError, match="20002 characters"):
        passages(tmp_path, ["en"])
    assert time.process_time() - began_s < 5  # hundreds of seconds, were it in proportion to the square


def test_a_pipe_in_a_pack_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pack.toml")
    with pytest.raises(InputError, match="is no file"):
        text_of(tmp_path / "pack.toml")


@pytest.mark.parametrize("name", ["nul", "NUL.gguf", "com1.tar", "Con"])
def test_names_of_devices_are_no_names_of_files(name: str) -> None:
    with pytest.raises(ValueError, match="device"):
        File(path=f"a/{name}")
    with pytest.raises(ValueError, match="device"):
        Kept(name=name, bytes=1, sha256="0" * 64, verified=False)
    assert not ADAPTER.fullmatch(f"{name.partition('.')[0]}.gguf")
    assert not NAME.fullmatch(name)


def test_settings_without_end(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("a = " + DEEP)
    with pytest.raises(SettingsError, match="is no TOML: it is nested too deeply"):
        read_settings(path)
    with pytest.raises(SettingsError, match="sets nothing"):
        read_settings(None, [".".join(["a"] * 3000) + "=1"])


@pytest.mark.parametrize("sent", [b"1\n", b"[]\n", b"null\n", b'"x"\n', DEEP.encode()[:60_000] + b"\n", b'{"type": "describe", "data_length": 3}\n[1]', b'{"type": "ping", "data": 1}\n', b'{"type": "audio-chunk", "data": {"rate": 1, "width": 2, "channels": 1}, "payload_length": 2}\n\0\0'])  # fmt: skip
def test_nonsense_of_a_wyoming_client_ends_its_connection_and_nothing_else(sent: bytes) -> None:
    async def work() -> None:
        failed: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
        async with wyoming(engines(), "en", 20.0, "127.0.0.1", 0) as port, asyncio.timeout(60):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            await reader.read()
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b'{"type": "describe"}\n')
            assert b'"info"' in await reader.readline()
            writer.close()
        assert not failed

    asyncio.run(work())
