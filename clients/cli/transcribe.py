"""`parley transcribe`: sound files of any length as text, JSON or subtitles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from enum import Enum

from rich.progress import Progress, SpinnerColumn, TextColumn

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.engines import Recognizer
from assistant.errors import InputError
from assistant.settings import Settings
from assistant.transcript import Segment, transcribe
from clients.cli.media import STDIN, decode
from clients.cli.running import errors, print_json
from clients.cli.subtitles import srt, vtt
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


async def paced(source: str, progress: Progress) -> AsyncIterator[Samples]:
    """Yield a file's blocks, with its position shown."""
    task, seconds = progress.add_task(source, total=None), 0.0
    for block in decode(source):
        yield block
        seconds += block.size / LISTEN_RATE_HZ
        progress.update(task, completed=seconds, description=f"{source}: {seconds:.0f} s heard")
        await asyncio.sleep(0)
    progress.remove_task(task)


async def segments(recognizer: Recognizer, source: str, language: str) -> list[Segment]:
    """Return the transcript of one file."""
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=errors, transient=True) as progress:
        return [s async for s in transcribe(paced(source, progress), SileroDetector(), recognizer, language)]


async def transcribe_files(settings: Settings, sources: Sequence[str], language: str, form: Form) -> None:
    """Print one result a file; only the recognizer is loaded."""
    for source in sources:
        if source != STDIN:
            next(decode(source), None)  # say what is wrong with a file before the model is loaded
    with errors.status("Loading the recognizer …"):
        recognizer, close = await load_recognizer(language, settings.models)
    try:
        for source in sources:
            _show(source, await segments(recognizer, source, language), language, form)
    finally:
        await close()


def _show(source: str, found: Sequence[Segment], language: str, form: Form) -> None:
    text = " ".join(s.text for s in found)
    match form:
        case Form.TEXT:
            print(text, flush=True)  # noqa: T201
        case Form.SRT:
            print(srt(found), flush=True)  # noqa: T201
        case Form.VTT:
            print(vtt(found), flush=True)  # noqa: T201
        case Form.JSON:
            parts = [{"start": round(s.start_s, 3), "end": round(s.end_s, 3), "text": s.text} for s in found]
            print_json({"file": source, "text": text, "language": language, "segments": parts})
