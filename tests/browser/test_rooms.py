"""A room in two real browsers: each speaks, reads and hears its own language."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page, WebSocketRoute

from assistant.engines import Engines
from models.load import load
from server.auth import Doorkeeper
from server.rooms.room import Bounds
from tests.browser.browsing import Watched, chromium, opened, quiet, recorded, recorder, understood
from tests.browser.test_states import KEY, told
from tests.server.rooms.meeting import english, spanish
from tests.server.serving import run, served

ROUND_S = 6.0
"""Between two times that somebody says the same thing: enough to hear it out."""


async def loaded() -> Engines:
    return await load(["en", "es"], speaks=["en", "es"])


async def at_the_door(page: Page) -> None:
    await page.locator("#door-language option").first.wait_for(state="attached")


async def creates(page: Page, name: str, title: str = "") -> str:
    """Open a room and return its link."""
    await at_the_door(page)
    await page.get_by_label("Your name").fill(name)
    await page.get_by_label("What the room is called").fill(title)
    await page.get_by_role("button", name="Open a room").click()
    await page.locator("#room-title").wait_for()
    await page.get_by_role("button", name="Invite").click()
    link = await page.locator("#invite-link").input_value()
    await page.get_by_role("button", name="Done").click()
    return link


async def joins(page: Page, name: str, language: str, *, speaks: bool = False) -> None:
    await at_the_door(page)
    await page.locator("#door-name").fill(name)
    await page.locator("#door-language").select_option(language)
    await page.locator("#door-enter" if speaks else "#door-listen").click()
    await page.locator("#room-title").wait_for()


async def says(page: Page, text: str) -> None:
    await page.locator("#room-words").fill(text)
    await page.keyboard.press("Enter")
    await page.locator(".line.mine", has_text=text).wait_for()


@asynccontextmanager
async def two(title: str = "Café", **changes: Any) -> AsyncGenerator[tuple[Watched, Watched, str], None]:
    """Ann, who is the host and has no microphone, and Bea, who only listens and writes."""
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(served(engines=await loaded(), routes=[recorder()], **changes))
        ann = await opened(await stack.enter_async_context(chromium()), f"http://{address}", "/#translate")
        link = await creates(ann.page, "Ann", title)
        bea = await opened(await stack.enter_async_context(chromium(accept_downloads=True)), f"http://{address}", link[link.index("/#") :])
        await joins(bea.page, "Bea", "es")
        yield ann, bea, link


def test_two_people_each_see_and_hear_the_other_in_their_own_language(tmp_path: Path) -> None:
    async def work() -> None:
        engines = await loaded()
        hers = recorded(tmp_path / "ann.wav", quiet(1), english(), quiet(ROUND_S))
        his = recorded(tmp_path / "bea.wav", quiet(4), await spanish(engines), quiet(ROUND_S))
        async with (
            served(engines=engines, routes=[recorder()]) as address,
            chromium(hers, once=False) as one,
            chromium(his, once=False, locale="es-ES") as other,
        ):
            ann = await opened(one, f"http://{address}", "/#translate")
            link = await creates(ann.page, "Ann")
            bea = await opened(other, f"http://{address}", link[link.index("/#") :])
            await joins(bea.page, "Bea", "es", speaks=True)
            await ann.page.locator(".line.theirs.final", has_text=re.compile("station", re.I)).first.wait_for()
            await bea.page.locator(".line.theirs.final", has_text=re.compile(r"\b(sé|vive)\b", re.I)).first.wait_for()
            await bea.page.locator("#lag:not([hidden]) .figure", has_text="s").wait_for()
            to_ann = await understood(engines.recognizers["en"], await ann.heard_out(), "en")
            to_bea = await understood(engines.recognizers["es"], await bea.heard_out(), "es")
            assert "station" in to_ann.lower(), f"Ann heard {to_ann!r}"
            assert {"sé", "vive", "dónde"} & set(re.findall(r"\w+", to_bea.lower())), f"Bea heard {to_bea!r}"
            assert await ann.page.locator(".line.mine.final", has_text="know").count()
            assert not await ann.page.locator(".line.theirs .original").first.is_visible()
            await ann.page.get_by_role("button", name="Originals").click()
            await ann.page.locator(".line.theirs .original", has_text="estación").first.wait_for()
            ann.clean()
            bea.clean()

    run(work())


def test_what_is_written_is_read_in_the_other_language_and_announced_once() -> None:
    async def work() -> None:
        async with two() as (ann, bea, _):
            await told(ann.page, "The microphone is not allowed")
            await says(ann.page, "Where is the station?")
            await bea.page.locator(".line.theirs.final", has_text="estación").wait_for()
            await bea.page.get_by_role("button", name="Voz").or_(bea.page.get_by_role("button", name="Voice")).click()
            await says(ann.page, "Do you like coffee?")
            await bea.page.locator("#announcer p", has_text="café").wait_for(state="attached")
            assert await bea.page.locator("#announcer p", has_text="café").count() == 1
            await bea.page.locator(".line.theirs .show").first.click()
            await bea.page.locator(".line.theirs .original", has_text="Where is the station?").wait_for()
            ann.clean()
            bea.clean()

    run(work())


def test_leaving_reloading_and_coming_back() -> None:
    async def work() -> None:
        async with two() as (ann, bea, link):
            assert "host" not in ann.page.url
            await says(ann.page, "Do you like coffee?")
            await bea.page.locator(".line.theirs.final", has_text="café").wait_for()
            seat = bea.of("room.joined")[0]["person"]
            await bea.page.reload()
            await ann.page.locator(".person.away", has_text="Bea").wait_for()
            await at_the_door(bea.page)
            assert await bea.page.locator("#door-name").input_value() == "Bea"
            await bea.page.locator("#door-listen").click()
            await bea.page.locator(".line.theirs.final", has_text="café").wait_for()
            assert bea.of("room.joined")[1]["person"] == seat, "it is another seat"
            await bea.page.get_by_role("button", name="More").click()
            await bea.page.get_by_role("button", name="Leave").click()
            await bea.page.locator("#door-form").wait_for()
            await ann.page.locator(".person", has_text="Bea").wait_for(state="detached")
            await bea.page.goto(link)
            await bea.page.reload()
            await joins(bea.page, "Beatriz", "es")
            await ann.page.locator(".person", has_text="Beatriz").wait_for()
            ann.clean()
            bea.clean()

    run(work())


def test_the_transcript_is_a_file() -> None:
    async def work() -> None:
        async with two("Café in May") as (ann, bea, _):
            await says(ann.page, "Where is the station?")
            await bea.page.locator(".line.theirs.final", has_text="estación").wait_for()
            await bea.page.get_by_role("button", name="More").click()
            for form in ("txt", "srt", "vtt", "json"):
                async with bea.page.expect_download() as downloading:
                    await bea.page.get_by_role("button", name=form, exact=True).click()
                file = await downloading.value
                assert re.fullmatch(rf"cafe-in-may-\d{{4}}-\d\d-\d\d\.{form}", file.suggested_filename)
                text = (await file.path()).read_text()
                assert "Where is the station?" in text
                assert "estación" in text
            bea.clean()

    run(work())


def test_the_host_locks_removes_and_closes() -> None:
    async def work() -> None:
        async with two() as (ann, bea, link), chromium() as third:
            menu = ann.page.get_by_role("button", name="More")
            await menu.click()
            await ann.page.get_by_label("Let nobody else in").check()
            await ann.page.keyboard.press("Escape")
            cid = await opened(third, bea.origin, link[link.index("/#") :])
            await at_the_door(cid.page)
            await cid.page.locator("#door-name").fill("Cid")
            await cid.page.locator("#door-listen").click()
            await cid.page.get_by_text("The host lets nobody else in").wait_for()
            await menu.click()
            await ann.page.get_by_label("Let nobody else in").uncheck()
            await ann.page.keyboard.press("Escape")
            await cid.page.locator("#door-listen").click()
            await cid.page.locator("#room-title").wait_for()
            await menu.click()
            await ann.page.get_by_role("button", name="Remove Cid").click()
            await told(cid.page, "The host has removed you from the room.")
            await ann.page.get_by_role("button", name="Close the room for all").click()
            await ann.page.locator("#sure-yes").click()
            await told(bea.page, "The host has closed the room.")
            assert not await bea.page.get_by_role("button", name="More").is_hidden()
            assert await bea.page.locator("#host-tools").is_hidden()
            await bea.page.get_by_role("button", name="Leave").click()
            await bea.page.get_by_text("This room is closed.").wait_for()
            for each in (ann, bea, cid):
                each.clean("410")

    run(work())


def test_a_wrong_invitation_and_a_full_room() -> None:
    async def work() -> None:
        async with two(bounds=Bounds(people=2)) as (_, bea, link), chromium() as third:
            cid = await opened(third, bea.origin, "/#room=no-such-room")
            await cid.page.get_by_text("This invitation is wrong or has expired.").wait_for()
            await cid.page.goto(link)
            await cid.page.get_by_text("The room is full.").wait_for()
            cid.clean("404", "503")

    run(work())


def test_a_room_needs_the_key_and_an_invitation_does_not() -> None:
    async def work() -> None:
        async with served(engines=await loaded(), doorkeeper=Doorkeeper(KEY)) as address, chromium() as one, chromium() as other:
            ann = await opened(one, f"http://{address}", "/#translate")
            await at_the_door(ann.page)
            await ann.page.get_by_label("Your name").fill("Ann")
            await ann.page.get_by_role("button", name="Open a room").click()
            await ann.page.get_by_label("Key", exact=True).fill(KEY)
            await ann.page.get_by_role("button", name="Connect").click()
            await ann.page.locator("#room-title").wait_for()
            await ann.page.get_by_role("button", name="Invite").click()
            link = await ann.page.locator("#invite-link").input_value()
            assert KEY not in link
            bea = await opened(other, f"http://{address}", "/#translate")
            await bea.page.get_by_label("Somebody sent you a link?").fill(link)
            await bea.page.get_by_role("button", name="Open it").click()
            await bea.page.get_by_role("heading", name="You are invited").wait_for()
            await joins(bea.page, "Bea", "es")
            ann.clean("401")
            bea.clean()

    run(work())


def test_a_broken_connection_comes_back_to_the_same_place() -> None:
    async def work() -> None:
        lines: list[WebSocketRoute] = []

        def meet(line: WebSocketRoute) -> None:
            lines.append(line)
            line.connect_to_server()

        async with two() as (ann, bea, link), chromium() as third:
            cid = await opened(third, bea.origin, link[link.index("/#") :])
            await cid.page.route_web_socket("**/v1/rooms", meet)
            await joins(cid.page, "Cid", "es")
            seat = ann.page.locator(".person", has_text="Cid")
            before = await seat.get_attribute("data-person")
            await lines[0].close(code=4999)
            await cid.page.locator(".notice").wait_for(state="detached")
            await says(ann.page, "Do you like coffee?")
            await cid.page.locator(".line.theirs.final", has_text="café").wait_for()
            assert len(lines) == 2
            assert await seat.get_attribute("data-person") == before
            assert "away" not in str(await seat.get_attribute("class"))
            cid.clean()

    run(work())
