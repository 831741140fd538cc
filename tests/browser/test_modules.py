"""The client's modules by themselves, in the browser that runs them."""

from __future__ import annotations

import asyncio
import hashlib
import signal
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from playwright.async_api import Page

from models.scripted import Vocabulary, scripted_engines
from tests.browser.browsing import chromium, opened
from tests.browser.checks import type_errors
from tests.server.serving import run, served

WEB = Path(__file__).parent.parent.parent / "clients" / "web"
MODULES = sorted(WEB.rglob("*.js"))
LONGEST = 250


Evaluated: TypeAlias = Callable[..., Any]
"""What a function gives that is called with a module and an argument."""


@pytest.fixture(scope="module")
def evaluated() -> Iterator[Evaluated]:
    async def opening(stack: AsyncExitStack) -> Page:
        engines, *_ = scripted_engines(Vocabulary(), {})
        address = await stack.enter_async_context(served(engines=engines))
        context = await stack.enter_async_context(chromium(permissions=["microphone"]))
        return (await opened(context, f"http://{address}")).page

    # The server takes the signals while it runs, and gives them back to whoever had them when it began: a run that is over by then.
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        page = runner.run(opening(stack))

        def evaluate(module: str, code: str, argument: Any = None) -> Any:
            return runner.run(page.evaluate(f"given => import('/app/{module}').then(m => ({code})(m, given))", argument))

        yield evaluate
        runner.run(stack.aclose())
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_the_types_are_right() -> None:
    assert run(type_errors(WEB)) == ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_a_module_stays_short_and_reads_no_markup(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST
    assert text.startswith("/**"), "it does not say what it is"
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "http:", "DOMParser"):
        assert word not in text.replace("http://www.w3.org/2000/svg", "")


def test_both_languages_say_the_same_things(evaluated: Evaluated) -> None:
    code = "m => Promise.all([m, import('/app/text/spanish.js')]).then(([a, b]) => [a.english, b.spanish])"
    english, spanish = evaluated("text/english.js", code)
    assert set(english) == set(spanish)
    for name, text in english.items():
        assert {part.split("}")[0] for part in text.split("{")[1:]} == {part.split("}")[0] for part in spanish[name].split("{")[1:]}, name


@pytest.mark.parametrize(("source", "target"), [(48_000, 24_000), (44_100, 24_000), (24_000, 48_000), (24_000, 44_100), (24_000, 24_000)])
def test_a_tone_keeps_its_pitch_and_strength_at_another_rate(evaluated: Evaluated, source: int, target: int) -> None:
    code = """(m, [from, to]) => {
      const resampler = new m.Resampler(from, to), out = [];
      for (let n = 0, block = new Float32Array(128); n < from / 2; n += 128) {
        for (let k = 0; k < 128; k++) block[k] = 0.5 * Math.sin(2 * Math.PI * 1000 * (n + k) / from);
        out.push(...resampler.push(block));
      }
      return out;
    }"""
    samples = np.array(evaluated("audio/resampler.js", code, [source, target]))
    assert abs(samples.size - target / 2) < 200
    middle = samples[2000:-2000]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size)))
    peak = spectrum.argmax()
    assert abs(peak * target / middle.size - 1000) < 10
    assert 0.49 < np.abs(middle).max() < 0.51
    beside = np.concatenate([spectrum[: peak - 6], spectrum[peak + 7 :]])
    assert beside.max() < spectrum[peak] / 500, "there is more than the tone"


def test_what_a_lower_rate_cannot_hold_is_left_out(evaluated: Evaluated) -> None:
    code = """m => {
      const resampler = new m.Resampler(48000, 24000), block = new Float32Array(24000);
      for (let k = 0; k < block.length; k++) block[k] = Math.sin(2 * Math.PI * 15000 * k / 48000);
      return [...resampler.push(block)];
    }"""
    samples = np.array(evaluated("audio/resampler.js", code))
    assert np.abs(samples[200:-200]).max() < 0.01


TRACKS = """(m, steps) => {
  const tracks = new m.Tracks(1000), out = [], flushed = [];
  for (const [what, ...given] of steps) {
    if (what === 'push') tracks.push(given[0], new Float32Array(given[1]).fill(given[2]));
    if (what === 'end') tracks.end(given[0]);
    if (what === 'flush') flushed.push(tracks.flush());
    if (what === 'pull') { const block = new Float32Array(given[0]); tracks.pull(block); out.push(...block); }
  }
  return { out, flushed, told: tracks.told };
}"""


@pytest.fixture
def played(evaluated: Evaluated) -> Evaluated:
    return lambda *steps: evaluated("audio/tracks.js", TRACKS, list(steps))


def test_a_track_begins_when_enough_of_it_is_there(played: Evaluated) -> None:
    found = played(["push", "a", 50, 1], ["pull", 20], ["push", "a", 50, 1], ["pull", 20])
    assert found["out"] == [0] * 20 + [1] * 20
    assert found["told"] == [{"started": "a"}]


def test_a_short_track_is_played_when_it_is_complete(played: Evaluated) -> None:
    found = played(["push", "a", 10, 1], ["end", "a"], ["pull", 30])
    assert found["out"][:10] == [1] * 10
    assert found["out"][-1] == 0
    assert found["told"] == [{"started": "a"}, {"done": "a"}]


def test_tracks_are_heard_one_behind_the_other(played: Evaluated) -> None:
    found = played(["push", "a", 100, 1], ["push", "b", 100, 0.5], ["push", "a", 100, 1], ["end", "a"], ["pull", 250])
    assert found["out"] == [1] * 200 + [0.5] * 50


def test_a_dry_track_lets_another_one_go_first_and_goes_on_behind_it(played: Evaluated) -> None:
    found = played(
        ["push", "a", 100, 1], ["push", "b", 100, 0.5], ["end", "b"], ["pull", 100], ["pull", 390], ["pull", 120],
        ["push", "a", 100, 0.25], ["pull", 100],
    )  # fmt: skip
    assert found["out"][:100] == [1] * 100
    assert found["out"][490 - 20 : 490] == [0] * 20
    assert 0.5 in found["out"][490:610]
    assert found["out"][-1] == 0.25


def test_a_flush_is_silent_at_once_without_a_click_and_tells_what_was_played(played: Evaluated) -> None:
    found = played(
        ["push", "a", 500, 1], ["push", "b", 10, 1], ["pull", 120], ["flush"], ["pull", 50], ["push", "b", 100, 0.5], ["pull", 10]
    )
    assert found["flushed"] == [[{"name": "a", "played": 120}, {"name": "b", "played": 0}]]
    faded = found["out"][120:170]
    assert all(before >= after for before, after in pairwise(faded))
    assert faded[10:] == [0] * 40
    assert found["out"][170:] == [0.5] * 10


def test_what_waits_is_bounded(played: Evaluated) -> None:
    found = played(*[["push", "a", 10_000, 1]] * 30, ["pull", 10], ["flush"])
    assert found["flushed"] == [[{"name": "a", "played": 10}]]


VECTORS = {
    "Parley 4": (21, "a834bd4c82998d4fffba616982d005ab9e77b7e882a22bf729d57c66c856cb26"),
    "https://192.168.1.0:8765/#room=3q2-7wAAAABJRU5ErkJggg3q2-7w": (33, "dbc70200da262cfdf4a14659f698be654e4cf6335b8d72533715bceebae373ee"),
    "https://talk0.example:8765/#room=Abc-_12Abc-_12Abc-_12Abc-_12Abc-_12Abc-_12Abc-_12Abc-_12": (
        41,
        "1480dc6cee7524d8c2d07baabb277d297793950545d1b7dd37866441f28ecdb7",
    ),
    "https://parley0.example/#room=Abc-_123Abc-_123Abc-_123Abc-_123Abc-_123Abc-_123Abc-_123Abc-_123Abc-_123Abc-_123Abc-_123Abc-_123Abc-_123Abc-_123": (
        49,
        "49aa3a6d217a719be068b7f7279cc26c3293bcdce1681c8191dc4d0055bf343d",
    ),
    "¿Dónde está la estación? ¿Dónde está la estación? ¿Dónde está la estación? ¿Dónde está la estación? ¿Dónde está la estación? ¿Dónde está la estación? ¿Dónde está la estación? 0": (
        57,
        "833939584bf0a334825660e863d4ff9a2742d10948d7018b735f96093584694a",
    ),
}
"""By text: the code's side, and the SHA-256 of its rows, as two other encoders give it, too (qrcodegen and qrcode)."""


@pytest.mark.parametrize("text", VECTORS, ids=lambda text: str(len(text)))
def test_qr_codes_are_as_other_encoders_make_them(evaluated: Evaluated, text: str) -> None:
    rows = evaluated("room/qr.js", "(m, text) => m.qrCode(text).map(row => row.map(Number).join(''))", text)
    assert (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()) == VECTORS[text]


def test_a_text_that_is_too_long_for_a_code_is_refused(evaluated: Evaluated) -> None:
    code = "m => { try { m.qrCode('x'.repeat(214)); } catch (error) { return error.message; } }"
    assert evaluated("room/qr.js", code) == "214 bytes are too many for a QR code here."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://box:8765/#room=abcdefgh12", {"invitation": "abcdefgh12", "host": ""}),
        ("#room=abcdefgh12&host=hosthost", {"invitation": "abcdefgh12", "host": "hosthost"}),
        ("  room=abcdefgh12 ", {"invitation": "abcdefgh12", "host": ""}),
        ("https://box:8765/#room=<img src=x>", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_only_an_invitation_is_taken_for_one(evaluated: Evaluated, text: str, found: Any) -> None:
    assert evaluated("room/address.js", "(m, text) => m.pasted(text)", text) == found


MICROPHONE = """async (m, steps) => {
  const streams = [], real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (asked) => { const stream = await real(asked); streams.push(stream); return stream; };
  const microphone = new m.Microphone(() => {}, () => {}, () => {});
  await Promise.all(steps.map((step) => microphone[step]()));
  const found = { open: microphone.open, asked: streams.length, live: streams.filter((stream) => stream.active).length };
  microphone.stop();
  navigator.mediaDevices.getUserMedia = real;
  return found;
}"""


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (["start"], {"open": True, "asked": 1, "live": 1}),
        (["start", "start"], {"open": True, "asked": 1, "live": 1}),
        (["start", "stop"], {"open": False, "asked": 1, "live": 0}),
        (["start", "stop", "start"], {"open": True, "asked": 2, "live": 1}),
    ],
    ids=" ".join,
)
def test_a_microphone_is_on_once_and_not_behind_its_end(evaluated: Evaluated, steps: list[str], found: dict[str, Any]) -> None:
    assert evaluated("audio/microphone.js", MICROPHONE, steps) == found
