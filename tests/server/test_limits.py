"""How much one client may send, and which pages may read what the server answers."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from openai import RateLimitError
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from assistant.errors import InputError
from server.allowance import MOST_KNOWN, Allowance
from server.auth import Denied, Doorkeeper
from server.entrance import Limits
from tests.server.rest.asking import RECORDING, client_of, plain
from tests.server.serving import pcm24, question, run, served, talking

PAGE = "https://ui.example"


def left(allowance: Allowance, who: str, now_s: float) -> bool:
    try:
        allowance.spend(who, 0, now_s)
    except Denied:
        return False
    return True


def test_each_has_an_allowance_that_comes_back_within_an_hour() -> None:
    allowance = Allowance(each_s=60)
    allowance.spend("a", 60, now_s=1000)
    with pytest.raises(Denied, match=r"1 minutes of audio, .* go on in 61 s") as denied:
        allowance.spend("a", 1, now_s=1000)
    assert (denied.value.status, denied.value.after_s) == (429, 61)
    assert left(allowance, "b", 1000)
    assert not left(allowance, "a", 1059)
    assert left(allowance, "a", 1061)
    allowance.spend("a", 59, now_s=1000 + 3700)


def test_who_has_not_sent_anything_lately_is_forgotten() -> None:
    allowance = Allowance(each_s=60)
    for number in range(MOST_KNOWN):
        allowance.spend(f"passer-by {number}", 1, now_s=0)
    assert left(allowance, "heavy", 0)
    with pytest.raises(Denied):
        allowance.spend("heavy", 200, now_s=0)
    allowance.spend("next", 1, now_s=100)
    assert len(allowance._paces) == 2
    assert not left(allowance, "heavy", 100)


def test_too_much_audio_ends_the_connection_and_the_next_one_must_wait() -> None:
    async def work() -> None:
        async with served(limits=Limits(audio_minutes_each=0.1)) as address:
            async with talking(address) as client:
                await client.say(question(), real_time=False)
                await client.say(question(), real_time=False)
                error = await client.until("error")
                assert error["error"]["code"] == "rate_limit_exceeded"
                with pytest.raises(ConnectionClosed) as closed:
                    await client.until("response.created")
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1013
                assert "minutes of audio" in closed.value.rcvd.reason
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"ws://{address}/v1/realtime", proxy=None).__aenter__()
            assert refused.value.response.status_code == 429
            assert int(refused.value.response.headers["retry-after"]) > 0
            async with client_of(address) as rest:
                with pytest.raises(RateLimitError, match="minutes of audio"):
                    await rest.audio.transcriptions.create(model="whisper-1", file=RECORDING)

    run(work())


def test_speech_inside_an_item_counts_too() -> None:
    async def work() -> None:
        async with served(limits=Limits(audio_minutes_each=0.1)) as address, talking(address) as client:
            sound = base64.b64encode(pcm24(np.tile(question(), 3))).decode()
            item = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": sound}]}
            await client.send("conversation.item.create", item=item, event_id="long")
            error = await client.until("error")
            assert (error["error"]["code"], error["error"]["event_id"]) == ("rate_limit_exceeded", "long")

    run(work())


def test_a_file_that_is_longer_than_what_is_left_is_denied() -> None:
    async def work() -> None:
        async with served(limits=Limits(audio_minutes_each=0.01)) as address, client_of(address) as client:
            with pytest.raises(RateLimitError, match="minutes of audio"):
                await client.audio.transcriptions.create(model="whisper-1", file=RECORDING)

    run(work())


def test_a_page_that_is_allowed_can_read_the_answers() -> None:
    async def work() -> None:
        doorkeeper = Doorkeeper("parley_secret", origins=[PAGE])
        asked = {"origin": PAGE, "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
        async with served(doorkeeper=doorkeeper) as address, plain(address) as client:
            preflight = await client.options("/v1/chat/completions", headers=asked)
            assert preflight.status_code == 200
            assert preflight.headers["access-control-allow-origin"] == PAGE
            assert "authorization" in preflight.headers["access-control-allow-headers"]
            found = await client.get("/v1/models", headers={"origin": PAGE, "authorization": "Bearer parley_secret"})
            assert (found.status_code, found.headers["access-control-allow-origin"]) == (200, PAGE)
            refused = await client.get("/v1/models", headers={"origin": PAGE})
            assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, PAGE)  # so that it can say why
            other = await client.options("/v1/chat/completions", headers=asked | {"origin": "https://evil.example"})
            assert other.status_code == 400
            assert "access-control-allow-origin" not in other.headers

    run(work())


@pytest.mark.parametrize("origin", ["ui.example", "https://ui.example/", "*", "https://ui.example/page"])
def test_an_origin_is_written_as_browsers_send_it(origin: str) -> None:
    with pytest.raises(InputError, match="such as https://"):
        Doorkeeper(None, origins=[origin])
