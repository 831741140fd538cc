"""The log as JSON: what happened, and nothing that was said."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

from assistant.events import Degraded, Failed, Final, ReplyDone, SpeechEnded, SpeechPaused, Stamped
from server.logs import json_lines, observer
from tests.fuzz.targets.engines import engines
from tests.server.serving import run, served, talking

SECRET = "swordfish"


def logged(work: Any) -> list[dict[str, Any]]:
    stream = io.StringIO()
    with json_lines(stream):
        work()
    assert SECRET not in stream.getvalue()
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_answer_is_a_line_with_its_stages() -> None:
    def work() -> None:
        observe = observer()
        for at_s, event in (
            (10.2, SpeechPaused(1, 9.0, 9.2)),
            (10.3, Final(1, SECRET, "en")),
            (10.4, SpeechEnded(1, 9.0, 9.4)),
            (10.5, Degraded(1, "partials", SECRET)),
            (10.6, ReplyDone(1, SECRET)),
            (11.0, Failed(2, SECRET, "engine_error")),
        ):
            observe(Stamped(at_s, event))

    degraded, done, failed = logged(work)
    assert degraded["message"] == "degraded"
    assert degraded["what"] == "partials"
    assert {key: done[key] for key in ("level", "logger", "message", "turn", "ended", "stages_ms")} == {
        "level": "info", "logger": "parley.sessions", "message": "turn", "turn": 1, "ended": "done",
        "stages_ms": {"paused": 200, "final": 300, "endpoint": 400},
    }  # fmt: skip
    assert (failed["ended"], failed["code"], failed["stages_ms"]) == ("failed", "engine_error", {})
    assert degraded["session"] == done["session"] == failed["session"]
    assert done["time"].endswith("Z")


def test_a_library_is_told_without_what_it_met() -> None:
    def work() -> None:
        log = logging.getLogger("some.library")
        log.warning("A request from %s failed\nbody: %s", SECRET, SECRET)
        log.info("nobody asks for that")
        log.error(f"Task exception was never retrieved\nfuture: {SECRET}")
        try:
            raise ValueError(SECRET)
        except ValueError:
            log.exception("Exception in ASGI application\n")

    first, second, third = logged(work)
    assert (first["level"], first["message"]) == ("warning", "A request from %s failed")
    assert second["message"] == "Task exception was never retrieved"
    assert (third["message"], third["error"]) == ("Exception in ASGI application", "ValueError")
    assert third["at"][-1].endswith(" work")


def test_a_whole_conversation_leaves_no_word_in_it() -> None:
    async def talk() -> None:
        async with served(engines=engines(), watchers=(observer,)) as address, talking(address) as client:
            content = [{"type": "input_text", "text": f"My password is {SECRET}."}]
            await client.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
            await client.send("response.create")
            await client.until("response.done")
            await client.send_raw(f"[{SECRET}" * 1000)
            await client.until("error")

    (turn,) = logged(lambda: run(talk()))
    assert turn["message"] == "turn"
    assert set(turn["stages_ms"]) >= {"first_token", "first_audio"}


def test_afterwards_the_log_is_as_it_was() -> None:
    before = list(logging.getLogger().handlers), logging.getLogger("parley").level
    logged(lambda: logging.getLogger("parley.rooms").warning("A line was not interpreted: %s", "engine_error"))
    assert (logging.getLogger().handlers, logging.getLogger("parley").level) == before
