"""`parley transcribe`: sound files of any length as text, JSON or subtitles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from enum import Enum

from rich.text import Text

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.engines import Detector, Recognizer
from assistant.errors import InputError
from assistant.settings import Settings
from assistant.subtitles import srt, vtt
from assistant.transcript import Segment, transcribe
from clients.cli.media import decode
from clients.cli.running import print_json
from clients.cli.stderr import Attempts, errors, told
from clients.cli.stdin import STDIN
from models.load import load_recognizer
from models.silero import SileroDetector


class Form(Enum):
    TEXT = "text"
    JSON = "json"
    SRT = "srt"
    VTT = "vtt"


def form(*, json: bool, srt: bool, vtt: bool) -> Form:
    """Return the one form that was asked for.

    Raises:
        InputError: more than one.
    """
    chosen = [f for f, wanted in ((Form.JSON, json), (Form.SRT, srt), (Form.VTT, vtt)) if wanted]
    if len(chosen) > 1:
        raise InputError(f"--{chosen[0].value} and --{chosen[1].value} exclude each other; choose one.")
    return chosen[0] if chosen else Form.TEXT


@dataclass(frozen=True)
class Transcript:
    """What one source says; seconds."""

    segments: Sequence[Segment]
    heard_s: float
    """The length of its audio."""
    took_s: float
    """From its first byte to its last word."""

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)


async def write_down(source: str, language: str, recognizer: Recognizer, detector: Detector, *, verbose: bool = False) -> Transcript:
    """Write down a file, or standard input, as fast as it is recognised; its memory does not grow with the audio."""
    clock, found, heard_s = asyncio.get_running_loop().time, list[Segment](), 0.0
    began_s = clock()

    async def blocks() -> AsyncGenerator[Samples, None]:
        nonlocal heard_s
        with closing(decode(source)) as decoded:
            for block in decoded:
                yield block
                heard_s += block.size / LISTEN_RATE_HZ
                tell(f"{heard_s:.0f} s heard  {found[-1].text if found else ''}")
                await asyncio.sleep(0)

    with told(source) as tell:
        async with aclosing(blocks()) as audio, aclosing(transcribe(audio, detector, recognizer, language)) as segments:
            async for segment in segments:
                found.append(segment)
                if verbose:
                    line = f"{clock() - began_s:8.3f}  {segment.start_s:.2f} to {segment.end_s:.2f} s: {segment.text!r}"
                    errors.print(Text(line, "dim"))
    return Transcript(found, heard_s, clock() - began_s)


async def transcribe_files(settings: Settings, sources: Sequence[str], language: str, form: Form, *, verbose: bool) -> int:
    """Print one result a file and return how many failed; only the recognizer is loaded."""
    for source in sources:
        if source != STDIN:
            next(decode(source), None)  # say what is wrong with a file before the model is loaded
    with errors.status("Loading the recognizer …"):
        recognizer, close = await load_recognizer(language, settings.models)
    attempts = Attempts()
    try:
        for source in sources:
            with attempts.attempt(source):
                _show(source, await write_down(source, language, recognizer, SileroDetector(), verbose=verbose), language, form)
    finally:
        await close()
    return attempts.failed


def _show(source: str, found: Transcript, language: str, form: Form) -> None:
    match form:
        case Form.TEXT:
            print(found.text, flush=True)  # noqa: T201
        case Form.SRT:
            print(srt(found.segments), flush=True)  # noqa: T201
        case Form.VTT:
            print(vtt(found.segments), flush=True)  # noqa: T201
        case Form.JSON:
            parts = [{"start": round(s.start_s, 3), "end": round(s.end_s, 3), "text": s.text} for s in found.segments]
            timing = {"seconds": round(found.heard_s, 3), "took": round(found.took_s, 3)}
            print_json({"file": source, "text": found.text, "language": language, "segments": parts, "timing": timing})
