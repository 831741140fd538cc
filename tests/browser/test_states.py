"""What people meet when something is not as it should be, and what they are told to do."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from playwright.async_api import Page, Route

from models.scripted import Vocabulary, scripted_engines
from server.auth import Doorkeeper
from server.entrance import Limits
from tests.browser.browsing import Watched, chromium, opened
from tests.browser.test_assistant import write
from tests.server.process import process
from tests.server.serving import run, served, talking

KEY = "parley_secret"


async def told(page: Page, title: str) -> str:
    """Return what a notice says."""
    notice = page.locator(".notice", has=page.get_by_text(title, exact=True))
    await notice.wait_for()
    return await notice.inner_text()


async def answers(there: Watched, question: str = "What is 12 times 12?", answer: str = "144") -> None:
    await write(there.page, question)
    await there.page.locator(".entry.assistant", has_text=answer).wait_for()


def test_the_microphone_is_not_allowed() -> None:
    async def work() -> None:
        async with served() as address, chromium() as context:
            there = await opened(context, f"http://{address}")
            await there.page.get_by_role("button", name="Talk", exact=True).click()
            assert "Allow it for this page" in await told(there.page, "The microphone is not allowed")
            await there.page.get_by_role("button", name="Try again").click()
            await answers(there)
            there.clean()

    run(work())


def test_there_is_no_microphone() -> None:
    async def work() -> None:
        engines, *_ = scripted_engines(Vocabulary(), {})
        async with served(engines=engines) as address, chromium(device=False, permissions=["microphone"]) as context:
            there = await opened(context, f"http://{address}")
            await there.page.get_by_role("button", name="Talk", exact=True).click()
            assert "Plug one in" in await told(there.page, "No microphone found")
            there.clean()

    run(work())


def test_without_https_the_page_says_how_to_get_it_and_can_be_written_to() -> None:
    async def work() -> None:
        doorkeeper = Doorkeeper(None, ["box.example"])
        options = ("--host-resolver-rules=MAP box.example 127.0.0.1",)
        async with served(doorkeeper=doorkeeper) as address, chromium(options=options) as context:
            there = await opened(context, f"http://box.example:{address.rpartition(':')[2]}")
            await there.page.get_by_role("button", name="Talk", exact=True).click()
            said = await told(there.page, "No microphone at this address")
            assert "parley serve --tls-self-signed" in said
            assert "https://box.example" in said
            await answers(there)
            there.clean("Cross-Origin-Opener-Policy")

    run(work())


def test_a_name_that_the_server_does_not_know() -> None:
    async def work() -> None:
        engines, *_ = scripted_engines(Vocabulary(), {})
        options = ("--host-resolver-rules=MAP wrong.example 127.0.0.1",)
        async with served(engines=engines) as address, chromium(options=options) as context:
            there = await opened(context, f"http://wrong.example:{address.rpartition(':')[2]}")
            await write(there.page, "Hello")
            assert "--host-name wrong.example" in await told(there.page, "This address is not allowed")

    run(work())


def test_the_server_wants_a_key() -> None:
    async def work() -> None:
        async with served(doorkeeper=Doorkeeper(KEY)) as address, chromium() as context:
            there = await opened(context, f"http://{address}")
            page = there.page
            await write(page, "What is 12 times 12?")
            field = page.get_by_label("Key", exact=True)
            await field.fill("no key at all")
            await page.get_by_role("button", name="Connect").click()
            await page.get_by_text("A key has letters, digits").wait_for()
            await field.fill("wrong")
            await page.get_by_role("button", name="Connect").click()
            await page.get_by_text("That key is wrong or has expired.").wait_for()
            await field.fill(KEY)
            await page.get_by_role("button", name="Connect").click()
            await page.locator(".entry.assistant", has_text="144").wait_for()
            assert await page.evaluate("JSON.stringify(localStorage)") == "{}"
            assert KEY not in page.url
            there.clean("401", "HTTP Authentication failed")

    run(work())


def test_a_full_server_is_waited_for() -> None:
    async def work() -> None:
        async with served(limits=Limits(sessions=1)) as address, chromium() as context:
            there = await opened(context, f"http://{address}")
            async with talking(address):
                await write(there.page, "What is 12 times 12?")
                assert "You get the next one" in await told(there.page, "The server is busy")
            await there.page.locator(".entry.assistant", has_text="144").wait_for()
            await there.page.locator(".notice").wait_for(state="detached")
            there.clean("503")

    run(work())


def test_a_server_that_is_not_ready_is_waited_for() -> None:
    async def work() -> None:
        async with served(limits=Limits(sessions=1)) as address, chromium() as context:
            there = await opened(context, f"http://{address}")

            async def not_yet(route: Route) -> None:
                await route.fulfill(status=503, json={"error": {"code": "loading", "message": "Not yet."}})

            await there.page.route("**/readyz", not_yet)
            async with talking(address):
                await write(there.page, "What is 12 times 12?")
                await told(there.page, "The server is getting ready")
            await there.page.locator(".entry.assistant", has_text="144").wait_for()

    run(work())


def test_the_conversation_goes_on_after_the_server_was_killed_and_started_again(tmp_path: Path, unused_port: int) -> None:
    async def work() -> None:
        async with chromium() as context:
            async with process(tmp_path, unused_port) as child:
                there = await opened(context, f"http://127.0.0.1:{unused_port}")
                page = there.page
                await answers(there)
                await page.locator("#stop:disabled").wait_for()
                child.send_signal(signal.SIGKILL)
                await told(page, "Connection lost")
            await write(page, "Say that again.")  # it waits for the server
            await page.locator(".entry.user", has_text="Say that again.").wait_for()
            async with process(tmp_path, unused_port):
                await page.locator(".entry.assistant", has_text="144").nth(1).wait_for()
                await page.locator(".notice").wait_for(state="detached")
                assert await page.locator(".entry.user").count() == 2
            there.clean("ERR_CONNECTION", "net::")

    run(work())


def test_when_the_server_has_forgotten_the_person_is_told(tmp_path: Path, unused_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_SERVER__KEEP_DAYS", "0")

    async def work() -> None:
        async with chromium() as context:
            async with process(tmp_path, unused_port) as child:
                there = await opened(context, f"http://127.0.0.1:{unused_port}")
                await answers(there)
                child.send_signal(signal.SIGKILL)
                await told(there.page, "Connection lost")
            async with process(tmp_path, unused_port):
                await told(there.page, "A new conversation")
                await answers(there, "What is 2 plus 2?", "4")

    run(work())


def test_the_interface_speaks_spanish() -> None:
    async def work() -> None:
        engines, *_ = scripted_engines(Vocabulary(), {})
        async with served(engines=engines) as address, chromium(locale="es-MX") as context:
            there = await opened(context, f"http://{address}")
            page = there.page
            await page.get_by_text("Di algo, o escríbelo.").wait_for()
            assert await page.evaluate("document.documentElement.lang") == "es"
            await page.get_by_label("Idioma de estas páginas").select_option("en")
            await page.get_by_text("Say something, or write it.").wait_for()
            await page.reload()
            await page.get_by_text("Say something, or write it.").wait_for()
            there.clean()

    run(work())
