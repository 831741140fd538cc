"""Debian's Chromium with a microphone that hears a recording, and what it really plays."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import wave
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from playwright.async_api import BrowserContext, Page, Request, WebSocket, async_playwright
from starlette.responses import Response
from starlette.routing import Route

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.engines import Recognizer

PATIENCE_MS = 60_000
"""For what must come, on a machine however busy."""

DEVICE_HZ = 48_000

AUDIBLE, QUIET_S = 0.02, 1.0
"""What is louder is sound; so long a silence is the end of it."""

LONGEST_S = 8.0
"""What a recognizer hears at once."""

TAP = (Path(__file__).parent / "tap.js").read_text()
"""Beside the speakers, everything goes to a recorder, which is a worklet too: none of it is lost when the page is busy."""


def recorder() -> Route:
    """Return a route to it: Chromium lets a test answer for any request but a worklet's."""
    body = (Path(__file__).parent / "recorder.worklet.js").read_bytes()

    async def give(_: object) -> Response:
        return Response(body, media_type="text/javascript")

    return Route("/app/recorder.worklet.js", give)


@dataclass
class Watched:
    """A page, and all that it complained about or asked for."""

    page: Page
    origin: str
    console: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    """What it told the server, without sound."""
    spoken_s: float = 0.0
    """So much sound it sent."""
    spoke_on: asyncio.Event = field(default_factory=asyncio.Event)
    told: list[dict[str, Any]] = field(default_factory=list)
    """What the server told it."""

    def sending(self, frame: str | bytes) -> None:
        """Take note of a message."""
        event: dict[str, Any] = json.loads(frame)
        if event["type"] == "input_audio_buffer.append":
            self.spoken_s += len(event["audio"]) * 3 / 4 / 48_000
            self.spoke_on.set()
        else:
            self.sent.append(event)

    async def spoke(self, seconds: float) -> None:
        """Wait until so much more was said."""
        until_s = self.spoken_s + seconds
        async with asyncio.timeout(PATIENCE_MS / 1000 + seconds):
            while self.spoken_s < until_s:
                self.spoke_on.clear()
                await self.spoke_on.wait()

    def clean(self, *expected: str) -> None:
        """Fail if something was wrong, but for console lines that hold an `expected` word."""
        expected = (*expected, "recorder.worklet.js")  # ours; not every server of a test has it
        wrong = [line for line in self.console if not any(word in line for word in expected)]
        assert wrong == [], wrong
        assert self.elsewhere == []

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return what the server told of this type."""
        return [event for event in self.told if event["type"] == kind]

    async def heard(self) -> Samples:
        """Return all that the speakers were given, at 16 kHz."""
        encoded, rate = await self.page.evaluate("[heardSoFar(), heardRate()]")
        samples = np.frombuffer(base64.b64decode(encoded), "<f4")
        return soxr.resample(samples, rate, LISTEN_RATE_HZ) if samples.size else samples

    async def heard_out(self, seconds: float = 0.0) -> Samples:
        """Return the same once something was said, `seconds` of it at least, and it is quiet again."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while True:
                heard = await self.heard()
                stretches = loud(heard)
                said_s = sum(end - start for start, end in stretches)
                if stretches and said_s >= seconds and heard.size / LISTEN_RATE_HZ - stretches[-1][1] > QUIET_S:
                    return heard
                await asyncio.sleep(0.2)

    def made_s(self, item_id: str) -> float:
        """Return how much speech the server made for a reply."""
        deltas = [event["delta"] for event in self.of("response.output_audio.delta") if event["item_id"] == item_id]
        return sum(len(base64.b64decode(delta)) for delta in deltas) / 48_000


def recorded(path: Path, *parts: Samples) -> Path:
    """Write 16 kHz samples as a WAV file for a fake microphone."""
    samples = soxr.resample(np.concatenate(parts), LISTEN_RATE_HZ, DEVICE_HZ)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(DEVICE_HZ)
        file.writeframes((samples * 32_767).clip(-32_768, 32_767).astype("<i2").tobytes())
    return path


def quiet(seconds: float) -> Samples:
    """Return silence at 16 kHz."""
    return np.zeros(round(seconds * LISTEN_RATE_HZ), np.float32)


def loud(samples: Samples, gap_s: float = 0.8) -> list[tuple[float, float]]:
    """Return from when to when there was sound, in seconds; gaps shorter than `gap_s` belong to it."""
    at = np.flatnonzero(np.abs(samples) > AUDIBLE / 4) / LISTEN_RATE_HZ
    cuts = np.flatnonzero(np.diff(at) > gap_s)
    return list(zip(at[np.concatenate([[0], cuts + 1])], at[np.concatenate([cuts, [-1]])], strict=True)) if at.size else []


async def understood(recognizer: Recognizer, samples: Samples, language: str) -> str:
    """Return the words that a recognizer hears in what was played."""
    texts = []
    for start_s, end_s in loud(samples):
        start, end = round((start_s - 0.2) * LISTEN_RATE_HZ), round((min(end_s, start_s + LONGEST_S) + 0.2) * LISTEN_RATE_HZ)
        texts.append((await recognizer.recognize(samples[max(0, start) : end], language=language)).text)
    return " ".join(texts)


@asynccontextmanager
async def chromium(
    microphone: Path | None = None, *, once: bool = True, device: bool = True, options: tuple[str, ...] = (), **context: Any
) -> AsyncGenerator[BrowserContext, None]:
    """Run one, in English unless `context` says otherwise.

    Args:
        microphone: a WAV file that its microphone hears from the moment on that it is opened; without one there is no permission.
        once: silence follows; else it begins anew.
        device: there is a microphone at all.
        options: of the command line.
        context: what Playwright's `new_context` takes.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "There is no Chromium; run 'apt-get install chromium'."
    flags = ["--autoplay-policy=user-gesture-required", "--no-proxy-server", *options]
    if device:
        flags.append("--use-fake-device-for-media-stream")
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    if microphone:
        flags += [f"--use-file-for-fake-audio-capture={microphone}{'%noloop' if once else ''}", "--use-fake-ui-for-media-stream"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=flags)
        try:
            made = await browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}} | context)
            made.set_default_timeout(PATIENCE_MS)
            await made.add_init_script(TAP)
            yield made
        finally:
            await browser.close()


async def opened(context: BrowserContext, origin: str, path: str = "/") -> Watched:
    """Open a page of the server."""
    page = await context.new_page()
    watched = Watched(page, origin)
    page.on("console", lambda line: watched.console.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: watched.console.append(str(error)))

    def asked(request: Request) -> None:
        if not request.url.startswith((origin, "blob:", "data:")):
            watched.elsewhere.append(request.url)

    def connected(socket: WebSocket) -> None:
        socket.on("framesent", watched.sending)
        socket.on("framereceived", lambda frame: watched.told.append(json.loads(frame)))

    page.on("request", asked)
    page.on("websocket", connected)
    await page.goto(origin + path)
    return watched
