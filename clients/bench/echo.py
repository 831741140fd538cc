"""`parley bench echo`: does an assistant that is heard by its own microphone leave itself alone, and does it still hear an interruption?"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from math import log10
from typing import Any

from rich.console import Console
from rich.table import Table

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, LISTEN_RATE_HZ, Samples, silence
from assistant.engines import Engines, Sound, Voice
from assistant.events import Final, Judged, PlaybackDone, ReplyAudio, ReplyStopped, SpeechConfirmed, SpeechStarted, Stamped
from assistant.latency import percentile
from assistant.manners import Manners
from assistant.respond import Chat
from assistant.session import Session
from assistant.settings import Settings
from assistant.tools import Toolbox
from assistant.turns import Mode
from clients.bench.acoustics import Acoustics, Place, places
from clients.bench.jump import JumpingLoop
from clients.bench.machine import fingerprint
from clients.bench.overheard import Interjection, interjections
from clients.bench.overlap import Timed
from clients.cli.running import print_json
from clients.cli.stderr import counted
from clients.desktop.echo import EchoCanceller
from models.load import load_recognizer, load_voice
from models.scripted import ScriptedModel
from models.silero import SileroDetector
from models.starter.recipe.corpus import sentences

PLACES = 16
"""All levels with all delays."""

SENTENCES = 8
"""Of a reply: some 20 s."""

DUCKED = 0.3
"""How loud a reply goes on while it is judged whether somebody interrupts it; as `parley talk` does."""

CONVERGED_S = 2.0
"""The speaker's sound after which the canceller must be at work."""

ASKED = "Tell me."
"""A text, so that nobody but the assistant need speak."""

UNDER_WAY_S = (1.0, 4.0)
"""A reply is interrupted so long after its beginning."""

TARGETS = {"erle_db": 25.0, "caught": 0.95}


@dataclass(frozen=True)
class Standing:
    """A voice that speaks while the clock of a loop that does not wait stands still."""

    voice: Voice
    loop: JumpingLoop

    @property
    def sample_rate_hz(self) -> int:
        """Of what it says."""
        return self.voice.sample_rate_hz

    async def speak(self, text: str, *, rate: float = 1.0) -> AsyncGenerator[Sound, None]:
        """Say one phrase."""
        with self.loop.at_work():
            async with aclosing(self.voice.speak(text, rate=rate)) as sounds:
                found = [sound async for sound in sounds]
        for sound in found:
            yield sound


@dataclass
class Heard:
    """What became of one place; powers are of the microphone and of what is left of it, while only the speaker sounds."""

    place: Place
    talked_s: float = 0.0
    ducked: int = 0
    """Times that the reply was taken for speech for a moment."""
    disturbed: list[str] = field(default_factory=list)
    """What the assistant made of its own voice: turns that nobody began, and replies stopped by nobody."""
    echo: float = 0.0
    left: float = 0.0
    caught: int = 0
    interrupted: int = 0
    missed: list[str] = field(default_factory=list)
    stopped_s: list[float] = field(default_factory=list)
    canceller_s: float = 0.0
    """Processor time, and the audio that took it."""
    audio_s: float = 0.0
    delay_s: float | None = None

    @property
    def erle_db(self) -> float:
        """Echo return loss enhancement."""
        return 10 * log10(max(self.echo, 1e-12) / max(self.left, 1e-12))


class Scene:
    """A session whose microphone hears its speaker; an observer. Each `tick` is 32 ms."""

    def __init__(self, heard: Heard) -> None:
        self._acoustics, self._canceller, self._heard = Acoustics(heard.place), EchoCanceller(), heard
        self._loop, self._said = asyncio.get_running_loop(), silence(0)
        self._next_s, self._sounded_s, self._playing = self._loop.time(), 0.0, False
        self.asked = 0
        """Turns that were meant."""
        self.stopped_s: float | None = None
        """When the newest reply was stopped."""
        self.onset_s: float | None = None
        """When somebody began to speak, if it is not the speaker alone that is heard."""

    def enter(self, session: Session) -> None:
        """Play the replies of this session."""
        self._session = session

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        match stamped.event:
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz):
                self._acoustics.play(samples, rate_hz)
            case SpeechStarted() | SpeechConfirmed() if self._session.mode in (Mode.SPEAKING, Mode.OVERLAP):
                self._acoustics.level = DUCKED
                self._heard.ducked += self.onset_s is None and isinstance(stamped.event, SpeechStarted)
            case Judged() | PlaybackDone():
                self._acoustics.level = 1.0
            case ReplyStopped(heard=heard):
                self._acoustics.clear()
                self._acoustics.level = 1.0
                self.stopped_s = stamped.at_s
                if self.onset_s is None:
                    self._heard.disturbed.append(f"stopped after {heard[-40:]!r}")
            case Final(text=text) if self.onset_s is None and text not in ("", ASKED):
                self._heard.disturbed.append(f"answered {text!r}")

    def say(self, sound: Samples) -> None:
        """Let somebody speak from now on."""
        self._said = sound

    async def tick(self) -> None:
        """Let the next 32 ms pass."""
        near, self._said = self._said[:CHUNK_SAMPLES], self._said[CHUNK_SAMPLES:]
        played, heard = self._acoustics.step(near if near.size == CHUNK_SAMPLES else silence(CHUNK_SAMPLES))
        began_s = time.process_time()
        self._canceller.played(played)
        clean = self._canceller.push(heard)
        self._heard.canceller_s += time.process_time() - began_s
        self._heard.audio_s += CHUNK_S
        self._note(heard, clean)
        self._session.hear(clean)
        self._next_s += CHUNK_S
        await asyncio.sleep(max(0.0, self._next_s - self._loop.time()))

    async def quiet(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds / CHUNK_S)):
            await self.tick()

    def _note(self, heard: Samples, clean: Samples) -> None:
        sounding = self._acoustics.waiting_s > 0
        if sounding and not self._playing:
            self._session.playback_started()
        elif self._playing and not sounding:
            self._session.playback_done()
        self._playing = sounding
        if sounding:
            self._sounded_s += CHUNK_S
            if self.onset_s is None:
                self._heard.talked_s += CHUNK_S
                if self._sounded_s > CONVERGED_S:
                    self._heard.echo += float(heard @ heard)
                    self._heard.left += float(clean @ clean)
        self._heard.delay_s = self._canceller.delay_s


def bench_echo(settings: Settings, minutes: float, n: int, *, seed: int, as_json: bool, count: int = PLACES) -> None:
    """Let the assistant talk for so long, and be interrupted `n` times, over `count` places; print what it made of itself and of them."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        heard = runner.run(_all(settings, minutes, n, seed, count))
    result = summary(heard) | {"seed": seed, "machine": fingerprint()}
    if as_json:
        print_json(result)
    else:
        _show(result)


async def _all(settings: Settings, minutes: float, n: int, seed: int, count: int) -> list[Heard]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    recognizer, close = await load_recognizer("en", settings.models)
    voice, hush = await load_voice("en", settings.models)
    rng = random.Random(seed)
    known = sentences("test", "en")
    model = ScriptedModel(lambda _: [" ".join(rng.sample(known, SENTENCES))], first_s=0.0)
    engines = Engines(SileroDetector, {"en": Timed(recognizer, loop)}, model, {"en": Standing(voice, loop)})
    interruptions = [sound for sound in interjections("report", n, seed) if sound.interrupts]
    try:
        with counted("Talking in rooms", count) as done:
            found = []
            for number, place in enumerate(places(count, seed)):
                found.append(await _talk(Heard(place), engines, minutes * 60 / count, interruptions[number::count], rng))
                done()
            return found
    finally:
        await close()
        await hush()


async def _talk(heard: Heard, engines: Engines, seconds: float, interruptions: Sequence[Interjection], rng: random.Random) -> Heard:
    chat = Chat(engines.language_model, Toolbox(lambda: datetime.now().astimezone()))
    scene = Scene(heard)
    async with Session(engines, chat, [scene], Manners(hears_itself=True)) as session:
        scene.enter(session)
        while heard.talked_s < seconds:
            session.send(ASKED)
            await scene.tick()
            while session.mode is not Mode.LISTENING and heard.talked_s < seconds:
                await scene.tick()
            scene.onset_s = 0.0  # stopped by us
            session.interrupt()
            await scene.quiet(1.0)
            scene.onset_s = None
        for sound in interruptions:
            scene.onset_s, scene.stopped_s = 0.0, None
            session.send(ASKED)
            await scene.quiet(rng.uniform(*UNDER_WAY_S))
            already = scene.stopped_s is not None
            onset_s = asyncio.get_running_loop().time() + sound.onset_s
            scene.say(sound.samples)
            for _ in range(round((sound.samples.size / LISTEN_RATE_HZ + 0.5) / CHUNK_S)):
                if scene.stopped_s is None:
                    await scene.tick()
            heard.interrupted += 1
            if scene.stopped_s is not None and not already and scene.stopped_s >= onset_s:
                heard.caught += 1
                heard.stopped_s.append(scene.stopped_s - onset_s)
            else:
                heard.missed.append(sound.text)
            scene.say(silence(0))
            session.interrupt()
            await scene.quiet(1.0)
    return heard


def summary(heard: Sequence[Heard]) -> dict[str, Any]:
    """Return the sums, and one row a place."""
    stopped = [seconds for each in heard for seconds in each.stopped_s]
    interrupted = sum(each.interrupted for each in heard)
    return {
        "minutes": round(sum(each.talked_s for each in heard) / 60, 1),
        "disturbed": [what for each in heard for what in each.disturbed],
        "ducked": sum(each.ducked for each in heard),
        "erle_db": round(min(each.erle_db for each in heard), 1),
        "interrupted": interrupted,
        "caught": round(sum(each.caught for each in heard) / max(1, interrupted), 4),
        "missed": [what for each in heard for what in each.missed],
        "onset_to_stop_s": {name: round(percentile(stopped, share), 3) for name, share in (("p50", 0.5), ("p95", 0.95))} if stopped else {},
        "canceller_cpu": round(sum(each.canceller_s for each in heard) / sum(each.audio_s for each in heard), 4),
        "places": [
            {
                "level_db": each.place.level_db,
                "delay_s": each.place.delay_s,
                "reverberation_s": round(each.place.reverberation_s, 2),
                "drift_ppm": each.place.drift_ppm,
                "erle_db": round(each.erle_db, 1),
                "measured_delay_s": None if each.delay_s is None else round(each.delay_s, 3),
                "ducked": each.ducked,
                "disturbed": len(each.disturbed),
                "caught": each.caught,
                "interrupted": each.interrupted,
            }
            for each in heard
        ],
    }


def _show(result: dict[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(
        f"{result['minutes']} min of talking in {len(result['places'])} rooms, seed {result['seed']}; {result['machine']}", soft_wrap=True
    )
    table = Table("echo, dB", "delay, ms", "RT60, s", "drift, ppm", "ERLE, dB", "ducked", "disturbed", "caught")
    for column in table.columns:
        column.justify = "right"
    for row in result["places"]:
        table.add_row(
            f"{row['level_db']:.0f}", f"{row['delay_s'] * 1000:.0f}", f"{row['reverberation_s']:.2f}", f"{row['drift_ppm']:.0f}",
            f"{row['erle_db']:.1f}", str(row["ducked"]), str(row["disturbed"]), f"{row['caught']} of {row['interrupted']}",
        )  # fmt: skip
    console.print(table)
    console.print(f"Turns and stops that nobody meant: {len(result['disturbed'])} (target: none); ducked for a moment: {result['ducked']}")
    console.print(f"Echo return loss enhancement after {CONVERGED_S:g} s: at least {result['erle_db']} dB (target: {TARGETS['erle_db']:g})")
    console.print(f"Interruptions caught: {result['caught']:.1%} of {result['interrupted']} (target: at least {TARGETS['caught']:.0%})")
    if after := result["onset_to_stop_s"]:
        console.print(f"Onset to the stop: p50 {after['p50'] * 1000:.0f} ms, p95 {after['p95'] * 1000:.0f} ms")
    console.print(f"The canceller takes {result['canceller_cpu']:.1%} of a core.")
    wrong = [*result["disturbed"], *result["missed"]]
    console.print(f"Wrong: {'; '.join(wrong) or 'nothing'}", soft_wrap=True)
