"""The assistant in a real browser: spoken to, heard, interrupted."""

from __future__ import annotations

from pathlib import Path

from assistant.audio import Samples
from clients.bench.room import recording
from models.load import load
from tests.browser.browsing import chromium, opened, quiet, recorded, recorder
from tests.server.serving import QUESTION, run, says_56, served


async def understood(samples: Samples) -> str:
    """Return what a recognizer hears in them."""
    engines = await load(["en"], speaks=["en"])
    try:
        found = await engines.recognizers["en"].recognize(samples, language="en")
        return found.text
    finally:
        await engines.close()


def test_a_spoken_question_is_answered_aloud(tmp_path: Path) -> None:
    async def work() -> None:
        microphone = recorded(tmp_path / "microphone.wav", quiet(0.5), recording(QUESTION), quiet(2))
        async with served(routes=[recorder()]) as address, chromium(microphone) as context:
            there = await opened(context, f"http://{address}")
            page = there.page
            await page.get_by_role("button", name="Talk", exact=True).click()
            await page.locator(".entry.user", has_text="seven times eight").wait_for()
            reply = page.locator(".entry.assistant .text")
            await page.locator(".entry.assistant details.latency").wait_for()
            assert says_56(await reply.inner_text())
            said = await understood(await there.heard_out())
            assert says_56(said), f"played was {said!r}"
            there.clean()

    run(work())
