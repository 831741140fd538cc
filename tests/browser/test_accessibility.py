"""What axe-core finds on each view and in each state, light and dark, wide and narrow; and the keyboard alone."""

from __future__ import annotations

from playwright.async_api import Page

from models.scripted import Vocabulary, scripted_engines
from server.auth import Doorkeeper
from tests.browser.browsing import chromium, opened
from tests.browser.checks import violations
from tests.browser.test_assistant import visit, write
from tests.browser.test_rooms import at_the_door, says, two
from tests.browser.test_states import KEY, told
from tests.server.serving import run, served

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


async def fine(page: Page, state: str) -> None:
    """Fail if a state of the page is not for everybody."""
    for size in (WIDE, NARROW):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert await violations(page) == [], f"{state}, {size['width']} wide, {scheme}"
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{state} is wider than {size['width']}"
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def test_the_assistant_is_for_everybody() -> None:
    async def work() -> None:
        async with visit() as (there, _):
            page = there.page
            await fine(page, "welcome")
            await page.get_by_role("button", name="Talk", exact=True).click()
            await told(page, "The microphone is not allowed")
            await fine(page, "no microphone")
            await write(page, "What is seven times eight?")
            await page.locator(".entry.assistant", has_text="56").wait_for()
            await write(page, "What can you do?")
            await page.locator(".entry.assistant").nth(1).wait_for()
            await page.keyboard.press("Escape")
            await page.get_by_text("Stopped").last.wait_for()
            await fine(page, "conversation")

    run(work())


def test_rooms_are_for_everybody() -> None:
    async def work() -> None:
        async with two() as (ann, bea, _):
            await fine(ann.page, "empty room")
            await says(ann.page, "Where is the station?")
            await bea.page.locator(".line.theirs.final", has_text="estación").wait_for()
            await bea.page.locator(".line.theirs .show").click()
            await says(bea.page, "¿Te gusta el café?")
            await ann.page.locator(".line.theirs.final").wait_for()
            await fine(ann.page, "room, as the host sees it")
            await fine(bea.page, "room")
            await ann.page.get_by_role("button", name="Invite").click()
            await fine(ann.page, "invitation")
            await ann.page.keyboard.press("Escape")
            await ann.page.get_by_role("button", name="More").click()
            await fine(ann.page, "menu")
            await ann.page.get_by_role("button", name="Close the room for all").click()
            await fine(ann.page, "question")
            await ann.page.locator("#sure-yes").click()
            await told(bea.page, "The host has closed the room.")
            await fine(bea.page, "closed room")
            await bea.page.get_by_role("button", name="Leave").click()
            await bea.page.get_by_text("This room is closed.").wait_for()
            await fine(bea.page, "door of a closed room")
            await bea.page.goto(f"{bea.origin}/#translate")
            await at_the_door(bea.page)
            await fine(bea.page, "door")

    run(work())


def test_the_question_for_a_key_is_for_everybody() -> None:
    async def work() -> None:
        engines, *_ = scripted_engines(Vocabulary(), {})
        async with served(engines=engines, doorkeeper=Doorkeeper(KEY)) as address, chromium() as context:
            there = await opened(context, f"http://{address}")
            await write(there.page, "Hello")
            await there.page.get_by_label("Key", exact=True).wait_for()
            await fine(there.page, "key")

    run(work())


def test_the_keyboard_reaches_everything_and_what_has_the_focus_is_seen() -> None:
    async def work() -> None:
        engines, *_ = scripted_engines(Vocabulary(), {})
        async with served(engines=engines) as address, chromium() as context:
            page = (await opened(context, f"http://{address}")).page
            await page.locator("#examples button").first.wait_for()
            seen = []
            for _ in range(30):
                await page.keyboard.press("Tab")
                name, outlined = await page.evaluate(FOCUSED)
                if name == "the end":
                    break
                seen.append(name)
                assert outlined, f"{name} does not show that it has the focus"
            for name in ("skip", "to-assistant", "to-rooms", "tongue", "talk", "voice", "words"):
                assert name in seen, f"{name} is not among {seen}"

    run(work())


FOCUSED = """() => {
  const here = document.activeElement;
  if (here === document.body) return ['the end', true];
  const shown = [here, here.nextElementSibling, here.parentElement].filter(Boolean);
  const outlined = shown.some((each) => getComputedStyle(each).outlineStyle !== 'none');
  return [here.id || here.className || here.textContent.trim(), outlined];
}"""
