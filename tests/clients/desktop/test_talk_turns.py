"""A spoken conversation of five turns: who listens at the speaker understands each answer, and how long it took is told twice."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncGenerator
from contextlib import aclosing
from math import isfinite
from pathlib import Path
from statistics import median

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.engines import Recognizer
from assistant.transcript import transcribe
from clients.bench.room import recording
from clients.cli.media import decode
from models.load import load_recognizer
from models.silero import SileroDetector
from tests.clients.desktop.talking import ROOT, Answer, talking
from tests.clients.desktop.virtual_sound import COMMAND, TRIES

TURNS = (
    ("seven-times-eight", "fifty.six"),
    ("miles", "three miles is about"),
    ("How much is nine times twelve?", "one hundred eight"),
    ("What is forty plus two?", "forty.two"),
    ("What is ten minus three?", "seven"),
)
"""A recording, or what somebody else says; and what the recognizer hears of the answer, in any case."""


SHOP = (
    ("When do you open on Saturday?", "we are open"),
    ("Do you take cash?", "cash"),
)


def test_each_of_five_answers_is_understood_at_the_speaker(tmp_path: Path) -> None:
    asyncio.run(converse([(spoken(name, tmp_path), answer) for name, answer in TURNS]))


def test_a_shop_answers_aloud(tmp_path: Path) -> None:
    asyncio.run(converse([(spoken(name, tmp_path), answer) for name, answer in SHOP], "--pack", "shop"))


async def converse(turns: list[tuple[Samples, str]], *words: str) -> None:
    recognizer, close = await load_recognizer("en")
    try:
        async with talking(*words) as talk:
            answers = []
            for question, wanted in turns:
                for _ in range(TRIES):  # who is not understood says it again
                    answer = await talk.ask(question)
                    heard = await written(answer, recognizer)
                    print(f"heard: {heard}")
                    if answer and re.search(wanted, heard, re.IGNORECASE):
                        answers.append(answer)
                        break
                else:
                    raise AssertionError(f"{wanted!r}: not after it was asked {TRIES} times; at last {heard!r} was heard\n{talk.out}")
    finally:
        await close()
    assert len(answers) == len(turns)
    devices, inside = (sorted(times) for times in ([answer.devices_s for answer in answers], [answer.inside_s for answer in answers]))
    for where, times in (("in the process", inside), ("at the devices", devices)):
        print(f"from the last word to the first sound, {where}: " + ", ".join(f"{1000 * time:.0f}" for time in times) + " ms")
        assert all(isfinite(time) and time > 0 for time in times)
    assert median(devices) > median(inside), "sound has a way to go"


async def written(answer: Answer | None, recognizer: Recognizer) -> str:
    """Return what the recognizer hears of an answer."""
    if answer is None:
        return ""

    async def sound() -> AsyncGenerator[Samples, None]:
        yield np.concatenate([answer.sound, silence(LISTEN_RATE_HZ)])

    async with aclosing(transcribe(sound(), SileroDetector(), recognizer, "en")) as segments:
        return " ".join([segment.text async for segment in segments])


def spoken(name: str, folder: Path) -> Samples:
    """Return a recording, or what the program says of these words."""
    if " " not in name:
        return recording(name)
    path = folder / "question.wav"
    subprocess.run([*COMMAND, "say", name, "-o", str(path)], cwd=ROOT, check=True, capture_output=True)
    return np.concatenate(list(decode(str(path))))
