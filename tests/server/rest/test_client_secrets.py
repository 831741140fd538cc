"""Short-lived keys with the official client: what they open, and what they do not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from openai import AuthenticationError, BadRequestError, PermissionDeniedError
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from server.auth import KEY_PROTOCOL, Doorkeeper
from tests.server.rest.asking import client_of
from tests.server.serving import run, served, talking

KEY = "parley_secret"
SESSION: Any = {
    "type": "realtime",
    "model": "gpt-realtime",
    "instructions": "Be brief.",
    "audio": {"output": {"voice": "cedar", "speed": 1.2}},
}


def offered(key: str) -> Any:
    return {"subprotocols": ["realtime", KEY_PROTOCOL + key]}


@pytest.mark.parametrize("key", [KEY, None])
def test_a_key_opens_the_session_that_it_was_lent_for(key: str | None) -> None:
    async def work() -> None:
        async with served(doorkeeper=Doorkeeper(key)) as address, client_of(address, key or "none") as client:
            before = datetime.now(UTC).timestamp()
            lent = await client.realtime.client_secrets.create(session=SESSION, expires_after={"anchor": "created_at", "seconds": 30})
            assert lent.value.startswith("ek_")
            assert before + 29 <= lent.expires_at <= datetime.now(UTC).timestamp() + 30
            assert lent.session.type == "realtime"
            assert (lent.session.model, lent.session.instructions) == ("gpt-realtime", "Be brief.")
            for _ in range(2):
                async with talking(address, "/v1/realtime", **offered(lent.value)) as talker:
                    [created] = talker.of("session.created")
                    assert created["session"]["instructions"] == "Be brief."
                    assert created["session"]["model"] == "gpt-realtime"
                    assert created["session"]["audio"]["output"]["speed"] == 1.2
                    await talker.send("session.update", session={"type": "realtime", "instructions": "Be long."})
                    assert (await talker.until("session.updated"))["session"]["instructions"] == "Be long."
            async with client_of(address, lent.value) as page:
                with pytest.raises(PermissionDeniedError, match="lends no others"):
                    await page.realtime.client_secrets.create()

    run(work())


def test_without_a_session_it_is_the_usual_one() -> None:
    async def work() -> None:
        async with served(doorkeeper=Doorkeeper(KEY)) as address, client_of(address, KEY) as client:
            lent = await client.realtime.client_secrets.create()
            assert lent.session.type == "realtime"
            transcribing = await client.realtime.client_secrets.create(session={"type": "transcription"})
            assert transcribing.session.type == "transcription"
            async with talking(address, "/v1/realtime", **offered(transcribing.value)) as talker:
                assert talker.of("session.created")[0]["session"]["type"] == "transcription"

    run(work())


def test_a_key_for_translations_opens_no_conversation() -> None:
    async def work() -> None:
        async with served(doorkeeper=Doorkeeper(KEY)) as address, client_of(address, KEY) as client:
            create = client.realtime.translations.client_secrets.create
            wanted: Any = {"input": {"transcription": {"model": "whisper-1"}}, "output": {"language": "es"}}
            lent = await create(session={"model": "gpt-translate", "audio": wanted})
            assert (lent.session.type, lent.session.model) == ("translation", "gpt-translate")
            assert lent.session.audio.output is not None
            assert lent.session.audio.output.language == "es"
            async with talking(address, "/v1/realtime/translations", **offered(lent.value)) as talker:
                [created] = talker.of("session.created")
                assert created["session"]["model"] == "gpt-translate"
                assert created["session"]["audio"]["input"]["transcription"] == {"model": "whisper-1"}
            with pytest.raises(InvalidStatus) as denied:
                async with connect(f"ws://{address}/v1/realtime", proxy=None, **offered(lent.value)):
                    pass
            assert denied.value.response.status_code == 400
            with pytest.raises(BadRequestError) as refused:
                await create(session={"model": "m", "audio": {"output": {"language": "tlh"}}})
            body: Any = refused.value.body
            assert body["param"] == "session.audio.output.language"

    run(work())


def test_only_the_servers_key_lends() -> None:
    async def work() -> None:
        async with served(doorkeeper=Doorkeeper(KEY)) as address, client_of(address, "wrong") as client:
            with pytest.raises(AuthenticationError):
                await client.realtime.client_secrets.create()

    run(work())


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"expires_after": {"anchor": "created_at", "seconds": 9}}, "expires_after.seconds"),
        ({"expires_after": {"anchor": "created_at", "seconds": 7201}}, "expires_after.seconds"),
        ({"session": {"type": "realtime", "audio": {"output": {"speed": 9}}}}, "session.audio.output.speed"),
        (
            {"session": {"type": "realtime", "audio": {"input": {"transcription": {"language": "tlh"}}}}},
            "session.audio.input.transcription.language",
        ),
    ],
)
def test_what_cannot_be_lent_is_said(fields: Any, param: str) -> None:
    async def work() -> None:
        async with served() as address, client_of(address) as client:
            with pytest.raises(BadRequestError) as refused:
                await client.realtime.client_secrets.create(**fields)
            body: Any = refused.value.body
            assert body["param"] == param

    run(work())


def test_an_expired_key_opens_nothing() -> None:
    keeper = Doorkeeper(KEY)
    made = keeper.lend(10, 100.0, {"type": "realtime"})
    headers = {"host": "localhost:1", "authorization": f"Bearer {made}"}
    who = keeper.admit(headers, (), 109.9)
    assert keeper.session(who) == {"type": "realtime"}
    assert made not in who
    with pytest.raises(Exception, match="expired"):
        keeper.admit(headers, (), 110.0)
    assert keeper.session(who) == {}
