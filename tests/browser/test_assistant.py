"""The assistant in a real browser: spoken to, heard, interrupted, written to."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from assistant.audio import LISTEN_RATE_HZ
from clients.bench.room import recording
from models.load import load
from tests.browser.browsing import Watched, chromium, loud, opened, quiet, recorded, recorder, understood
from tests.server.serving import QUESTION, run, says_56, served

LONG = "What can you do?"
"""Its answer takes a while to say."""


@asynccontextmanager
async def visit(microphone: Path | None = None, **options: Any) -> AsyncGenerator[tuple[Watched, Any], None]:
    """Open the assistant; give also what understands English."""
    engines = await load(["en"], speaks=["en"])
    async with served(engines=engines, routes=[recorder()]) as address, chromium(microphone, **options) as context:
        yield await opened(context, f"http://{address}"), engines.recognizers["en"]


async def write(page: Page, text: str) -> None:
    await page.get_by_placeholder("Write a message").fill(text)
    await page.keyboard.press("Enter")


def test_a_spoken_question_is_answered_aloud(tmp_path: Path) -> None:
    async def work() -> None:
        microphone = recorded(tmp_path / "microphone.wav", quiet(0.5), recording(QUESTION), quiet(2))
        async with visit(microphone) as (there, recognizer):
            page = there.page
            await page.get_by_role("button", name="Talk", exact=True).click()
            await page.locator(".entry.user", has_text="seven times eight").wait_for()
            await page.locator(".entry.assistant details.latency").wait_for()
            assert says_56(await page.locator(".entry.assistant .text").inner_text())
            assert "calculate" in await page.locator(".entry.tool").inner_text()
            await page.locator(".latency summary").click()
            assert await page.locator(".latency li").count() == 5
            said = await understood(recognizer, await there.heard_out(), "en")
            assert says_56(said), f"played was {said!r}"
            assert there.of("x.transcript.partial"), "no words while they were said"
            there.clean()

    run(work())


def test_speech_into_a_reply_silences_it_and_is_answered(tmp_path: Path) -> None:
    async def work() -> None:
        microphone = recorded(tmp_path / "microphone.wav", quiet(0.3), recording(QUESTION), quiet(2))
        async with visit(microphone) as (there, recognizer):
            page = there.page
            await write(page, LONG)
            await page.get_by_text("Speaking", exact=True).wait_for()
            await page.get_by_role("button", name="Talk", exact=True).click()
            first = page.locator(".entry.assistant").first
            await first.get_by_text("Stopped").wait_for()
            await page.locator(".entry.assistant").nth(1).locator("details.latency").wait_for()
            assert says_56(await page.locator(".entry.assistant .text").nth(1).inner_text())
            assert await first.locator(".unheard").inner_text(), "all of it is shown as heard"
            [truncated] = [event for event in there.sent if event["type"] == "conversation.item.truncate"]
            told_s = truncated["audio_end_ms"] / 1000
            assert told_s < there.made_s(truncated["item_id"]) - 0.5, "it was played to its end"
            answer = there.of("response.output_audio.delta")[-1]["item_id"]
            heard = await there.heard_out(told_s + 0.6 * there.made_s(answer))  # the rest of it is silence
            stretches = loud(heard)
            assert abs(stretches[0][1] - stretches[0][0] - told_s) < 0.5, f"{told_s} s was told, and heard was {stretches}"
            said = await understood(recognizer, heard[round(stretches[0][1] * LISTEN_RATE_HZ) :], "en")
            assert says_56(said), f"behind the interruption came {said!r}"
            there.clean()

    run(work())


def test_the_button_stops_a_reply() -> None:
    async def work() -> None:
        async with visit() as (there, _):
            page = there.page
            await write(page, LONG)
            await page.get_by_text("Speaking", exact=True).wait_for()
            await page.get_by_role("button", name="Stop the reply").click()
            await page.get_by_text("Stopped").wait_for()
            await page.get_by_text("Press the microphone and talk").wait_for()
            assert await page.get_by_role("button", name="Stop the reply").is_disabled()
            await write(page, "What is 12 times 12?")
            await page.locator(".entry.assistant", has_text="144").wait_for()
            there.clean()

    run(work())


def test_with_the_voice_off_the_answer_is_written_and_read_out_by_a_screen_reader_once() -> None:
    async def work() -> None:
        async with visit() as (there, _):
            page = there.page
            await page.get_by_role("button", name="Speak replies aloud").click()
            await write(page, "What is 12 times 12?")
            await page.locator(".entry.assistant", has_text="144").wait_for()
            await page.locator("#announcer p", has_text="144").wait_for(state="attached")
            assert await page.locator("#announcer p").count() == 1
            assert not there.of("response.output_audio.delta")
            there.clean()

    run(work())


def test_talking_while_the_button_is_held(tmp_path: Path) -> None:
    async def work() -> None:
        question = recording(QUESTION)
        microphone = recorded(tmp_path / "microphone.wav", question, quiet(0.6))
        async with visit(microphone, once=False) as (there, _):
            page = there.page
            await page.get_by_label("Hold", exact=True).check()
            talk = page.get_by_role("button", name="Hold to talk")
            await talk.focus()
            await page.keyboard.down(" ")
            await page.get_by_text("Go on …").wait_for()
            await there.spoke(2 * (question.size / LISTEN_RATE_HZ + 0.6))
            await page.keyboard.up(" ")
            await page.locator(".entry.user", has_text="times").wait_for()
            await page.locator(".entry.assistant .text:not(:empty)").wait_for()
            assert not there.of("input_audio_buffer.speech_started")
            there.clean()

    run(work())


def test_an_example_is_asked_with_one_press() -> None:
    async def work() -> None:
        async with visit() as (there, _):
            await there.page.get_by_role("button", name="What is seven times eight?").click()
            await there.page.locator(".entry.assistant", has_text="56").wait_for()
            assert await there.page.locator("#welcome").is_hidden()
            there.clean()

    run(work())


def test_another_view_gives_the_place_up_and_the_conversation_waits() -> None:
    async def work() -> None:
        async with visit() as (there, _):
            page = there.page
            await write(page, "What is 12 times 12?")
            await page.locator(".entry.assistant", has_text="144").wait_for()
            await page.get_by_role("link", name="Translate").click()
            await page.locator("#door-form").wait_for()
            while await page.evaluate("fetch('/readyz').then(answer => answer.json()).then(told => told.sessions)"):
                pass
            await page.get_by_role("link", name="Assistant").click()
            await write(page, "Say that again.")
            await page.locator(".entry.assistant", has_text="144").nth(1).wait_for()
            there.clean()

    run(work())
