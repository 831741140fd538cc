"""`parley bench echo`: does an assistant that is heard by its own microphone leave itself alone, and does it still hear an interruption?"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, LISTEN_RATE_HZ, silence
from assistant.engines import Engines
from assistant.manners import Manners
from assistant.respond import Chat
from assistant.session import Session
from assistant.settings import Settings
from assistant.tools import Toolbox
from assistant.turns import Mode
from clients.bench.acoustics import places
from clients.bench.jump import JumpingLoop
from clients.bench.machine import fingerprint
from clients.bench.overheard import Interjection, interjections
from clients.bench.overlap import Timed
from clients.bench.percentiles import percentiles
from clients.bench.scene import ASKED, CONVERGED_S, Heard, Scene, Standing
from clients.cli.running import print_json
from clients.cli.stderr import counted
from models.load import load_recognizer, load_voice
from models.scripted import ScriptedModel
from models.silero import SileroDetector
from models.starter.recipe.corpus import sentences

PLACES = 16
"""All levels with all delays."""

SENTENCES = 8
"""Of a reply: some 20 s."""

UNDER_WAY_S = (1.0, 4.0)
"""A reply is interrupted so long after its beginning."""

TARGETS = {"erle_db": 25.0, "caught": 0.95}


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
    with loop.at_work():
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
        with loop.at_work():
            await hush()


async def _talk(heard: Heard, engines: Engines, seconds: float, interruptions: Sequence[Interjection], rng: random.Random) -> Heard:
    chat = Chat(engines.language_model, Toolbox())
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
            samples = np.concatenate([silence(rng.randrange(CHUNK_SAMPLES)), sound.samples])  # nobody waits for the microphone's next block
            onset_s = asyncio.get_running_loop().time() + (samples.size - sound.samples.size) / LISTEN_RATE_HZ + sound.onset_s
            scene.say(samples)
            for _ in range(round((samples.size / LISTEN_RATE_HZ + 0.5) / CHUNK_S)):
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
        "onset_to_stop_s": percentiles(stopped),
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
