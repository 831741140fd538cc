"""Markup in names, titles, messages, and in all that a server says: it is text, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from playwright.async_api import Page, WebSocketRoute

from models.scripted import Vocabulary, scripted_engines
from tests.browser.browsing import Watched, chromium, opened
from tests.browser.test_assistant import write
from tests.browser.test_rooms import creates, joins, loaded, says
from tests.server.serving import run, served

IMAGE = '<img src=x onerror="window.hit=1">'
SCRIPT = "</p><script>window.hit=1</script>"
QUOTED = "\"><svg onload='window.hit=1'>{{7*7}}${7*7}"
ADDRESS = "javascript:window.hit=1"


async def inert(there: Watched) -> None:
    """Fail if any of it became more than text."""
    page = there.page
    await page.wait_for_timeout(200)
    assert await page.evaluate("window.hit === undefined")
    assert await page.locator("body img").count() == 1, "there is an image beside the brand"
    assert await page.locator("body script, body iframe, [onerror], [onload], a[href^='javascript']").count() == 0
    there.clean()


def test_names_titles_and_messages_in_a_room() -> None:
    async def work() -> None:
        async with served(engines=await loaded()) as address, chromium() as one, chromium() as other:
            ann = await opened(one, f"http://{address}", "/#translate")
            link = await creates(ann.page, IMAGE, SCRIPT)
            assert await ann.page.locator("#room-title").inner_text() == SCRIPT
            bea = await opened(other, f"http://{address}", link[link.index("/#") :])
            await bea.page.locator("#door-title", has_text=SCRIPT).wait_for()
            await joins(bea.page, QUOTED[:40], "es")
            for text in (IMAGE, SCRIPT, QUOTED, ADDRESS):
                await says(ann.page, text)
                await bea.page.locator(".line.theirs .original", has_text=text).wait_for(state="attached")
            await ann.page.locator(".person", has_text=QUOTED[:40]).wait_for()
            await ann.page.get_by_role("button", name="More").click()
            await ann.page.get_by_role("button", name=f"Remove {QUOTED[:40]}").wait_for()
            await inert(ann)
            await inert(bea)

    run(work())


def test_what_is_written_to_the_assistant_and_what_a_model_answers() -> None:
    async def work() -> None:
        engines, *_ = scripted_engines(Vocabulary(), {}, otherwise=(IMAGE, " ", SCRIPT))
        async with served(engines=engines) as address, chromium() as context:
            there = await opened(context, f"http://{address}")
            await there.page.get_by_role("button", name="Speak replies aloud").click()
            await write(there.page, QUOTED)
            await there.page.locator(".entry.user", has_text=QUOTED).wait_for()
            await there.page.locator(".entry.assistant", has_text=SCRIPT).wait_for()
            await inert(there)

    run(work())


def test_whatever_a_server_says_in_a_conversation() -> None:
    """A hostile peer: every text that it may send holds markup."""
    events: list[dict[str, Any]] = [
        {"type": "input_audio_buffer.speech_started", "item_id": IMAGE, "audio_start_ms": 0},
        {"type": "x.transcript.partial", "item_id": IMAGE, "text": IMAGE + SCRIPT, "stable_chars": 5},
        {"type": "conversation.item.input_audio_transcription.completed", "item_id": IMAGE, "content_index": 0, "transcript": SCRIPT},
        {"type": "response.created", "response": {"id": "r", "status": "in_progress"}},
        {"type": "x.tool", "response_id": "r", "name": IMAGE, "arguments": {SCRIPT: QUOTED}, "result": IMAGE},
        {"type": "x.routed", "response_id": "r", "to": QUOTED, "why": IMAGE},
        {"type": "response.output_audio_transcript.delta", "response_id": "r", "item_id": "i", "delta": QUOTED},
        {"type": "x.latency", "response_id": "r", "marks_ms": {"endpoint": 100, "first_audio": 200}},
        {
            "type": "response.done",
            "response": {"id": "r", "status": "failed", "status_details": {"error": {"message": IMAGE}}},
        },
        {"type": "error", "error": {"code": "x", "message": SCRIPT}},
    ]

    async def work() -> None:
        engines, *_ = scripted_engines(Vocabulary(), {})
        async with served(engines=engines) as address, chromium() as context:
            there = await opened(context, f"http://{address}")
            await hostile(there.page, events)
            await write(there.page, "Hello")
            await there.page.locator(".notice", has_text=SCRIPT).wait_for()
            await there.page.locator(".entry.user", has_text=SCRIPT).wait_for()
            await there.page.locator(".entry.tool", has_text=IMAGE).wait_for()
            await there.page.locator(".entry.tool", has_text=f"→ {QUOTED}").wait_for()
            await there.page.locator(".entry.assistant", has_text=IMAGE).wait_for()
            await inert(there)

    run(work())


async def hostile(page: Page, events: list[dict[str, Any]]) -> None:
    """Answer for the server with these events."""

    def meet(socket: WebSocketRoute) -> None:
        def receive(message: str | bytes) -> None:
            if json.loads(message)["type"] == "session.update":
                socket.send(json.dumps({"type": "session.updated", "event_id": "e", "session": {"x": {"resume": "t"}}}))
                for number, event in enumerate(events):
                    socket.send(json.dumps({"event_id": f"e{number}"} | event))

        socket.on_message(receive)
        socket.send(json.dumps({"type": "session.created", "event_id": "e", "session": {}}))

    await page.route_web_socket("**/v1/realtime?**", meet)
