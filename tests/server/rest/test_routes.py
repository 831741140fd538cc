"""Models, metrics, and what is answered where nothing is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from openai import NotFoundError

from clients.cli.media import decode
from models.scripted import Vocabulary, scripted_engines
from server.auth import Doorkeeper
from server.entrance import Limits
from tests.server.rest.asking import RECORDING, client_of, places, plain
from tests.server.serving import question, run, served, talking


def test_the_one_model() -> None:
    async def work() -> None:
        async with served() as address, client_of(address) as client:
            [model] = (await client.models.list()).data
            assert (model.id, model.object) == ("parley", "model")
            assert await client.models.retrieve("parley") == model
            with pytest.raises(NotFoundError, match="no model 'gpt-4o'") as refused:
                await client.models.retrieve("gpt-4o")
            assert refused.value.code == "model_not_found"

    run(work())


def test_what_is_not_there_is_said_in_the_protocols_form() -> None:
    async def work() -> None:
        async with served() as address, plain(address) as client:
            for method, path, status in (
                ("GET", "/v1/nothing", 404),
                ("GET", "/v1/chat/completions", 405),
                ("POST", "/v1/chat/completions", 400),
                ("POST", "/v1/audio/transcriptions", 400),
                ("POST", "/v1/audio/speech", 400),
            ):
                found = await client.request(method, path, content=b"{]" if method == "POST" else None)
                assert found.status_code == status, path
                assert set(found.json()["error"]) == {"type", "code", "message", "param"}
            found = await client.post("/v1/chat/completions", content=b"[" * 1_100_000)
            assert found.status_code == 413
            found = await client.post("/v1/chat/completions", content=b"[" * 500_000)
            assert found.status_code == 400
            boundless = {"content-type": "multipart/form-data"}
            assert (await client.post("/v1/audio/transcriptions", content=b"x", headers=boundless)).status_code == 400

    run(work())


def test_more_than_there_is_room_for_is_refused() -> None:
    async def work() -> None:
        async with served(limits=Limits(sessions=1)) as address, plain(address) as client, talking(address):
            found = await client.post("/v1/audio/speech", json={"model": "m", "voice": "en", "input": "Hello."})
            assert (found.status_code, found.json()["error"]["code"]) == (503, "overloaded")
            assert (await client.get("/v1/models")).status_code == 200

    run(work())


def test_a_mistake_of_ours_tells_nothing_but_that() -> None:
    engines = replace(scripted_engines(Vocabulary(), {})[0], voices={"en": None})

    async def work() -> None:
        async with served(engines=engines) as address, plain(address) as client:
            found = await client.post("/v1/audio/speech", json={"model": "m", "voice": "en", "input": "Hello."})
            assert (found.status_code, found.json()["error"]["code"]) == (500, "internal_error")
            assert "None" not in found.text

    run(work())


def test_metrics_of_a_conversation_and_of_requests() -> None:
    async def work() -> None:
        async with served() as address, client_of(address) as client, plain(address) as reading:
            async with talking(address) as talker:
                await talker.say(question())
                await talker.until("response.done")
                found = await numbers(reading)
                assert found["parley_sessions_open"] == 1
                assert {
                    found[f'parley_engine_queue{{engine="{engine}"}}'] for engine in ("recognizer en", "language model", "voice en")
                } == {0}
            found = await numbers(reading)
            for stage in ("final", "first_token", "first_audio", "endpoint"):
                assert found[f'parley_turn_stage_seconds_count{{stage="{stage}"}}'] == 1
                assert 0 < found[f'parley_turn_stage_seconds_sum{{stage="{stage}"}}'] < 60
            assert found['parley_turns_total{ended="done"}'] == 1
            heard_s, spoken_s = (found[f'parley_audio_seconds_total{{direction="{way}"}}'] for way in ("heard", "spoken"))
            assert heard_s > 1
            assert spoken_s > 0.5
            await client.audio.transcriptions.create(model="m", file=RECORDING)
            await client.audio.speech.create(model="m", voice="en", input="Hello.")
            after = await numbers(reading)
            length_s = sum(block.size for block in decode(str(RECORDING))) / 16_000
            assert after['parley_audio_seconds_total{direction="heard"}'] == pytest.approx(heard_s + length_s, abs=0.05)
            assert after['parley_audio_seconds_total{direction="spoken"}'] > spoken_s
            with pytest.raises(NotFoundError):
                await client.models.retrieve("nothing")
            assert (await numbers(reading))['parley_refusals_total{status="404"}'] == 1
            await places(reading, 0)

    run(work())


def test_metrics_need_the_key_and_count_who_has_none() -> None:
    async def work() -> None:
        async with served(doorkeeper=Doorkeeper("secret")) as address, plain(address) as client:
            assert (await client.get("/metrics")).status_code == 401
            found = await numbers(client, authorization="Bearer secret")
            assert found['parley_refusals_total{status="401"}'] == 1
            assert "secret" not in str(found)

    run(work())


async def numbers(client: Any, **headers: str) -> dict[str, float]:
    found = await client.get("/metrics", headers=headers)
    assert found.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line.rpartition(" ") for line in found.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}
