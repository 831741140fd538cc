"""`parley demo`: a spoken conversation and a spoken translation, from recordings to recordings, in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import soxr
from rich.console import Console

from assistant.audio import CHUNK_S, LISTEN_RATE_HZ, Rechunker, Samples, silence
from assistant.engines import Engines
from assistant.events import Failed, PlaybackDone, ReplyAudio, ReplyStopped, Stamped
from assistant.interpret import Interpret
from assistant.latency import Latency
from assistant.manners import Manners
from assistant.respond import Chat, Responder
from assistant.session import Observer, Session
from assistant.tools import Toolbox
from assistant.turns import Mode
from clients.cli.media import decode, write_wav
from clients.cli.running import engines, errors
from clients.cli.view import Conversation, Verbose, bars

CONVERSATION = ("seven-times-eight", "five-minutes", "miles")
TRANSLATION = ("translate-1", "translate-2")
AFTER_S = 0.5
"""Quiet between a reply and the next recording."""


@dataclass
class Room:
    """Where the demo takes place: a tape at 16 kHz with both voices, and a speaker that plays in real time."""

    spoken: list[tuple[float, Samples]] = field(default_factory=list)
    free_s: float = 0.0

    def hear(self, at_s: float, samples: Samples, rate_hz: int) -> float:
        """Put audio on the tape, behind what is still playing; return when it ends."""
        if rate_hz != LISTEN_RATE_HZ:
            samples = soxr.resample(samples, rate_hz, LISTEN_RATE_HZ)
        start_s = max(at_s, self.free_s)
        self.spoken.append((start_s, samples))
        self.free_s = start_s + samples.size / LISTEN_RATE_HZ
        return self.free_s

    def tape(self) -> Samples:
        """Return everything that was said, mixed."""
        end = max((round(at_s * LISTEN_RATE_HZ) + samples.size for at_s, samples in self.spoken), default=0)
        mixed = silence(end)
        for at_s, samples in self.spoken:
            start = round(at_s * LISTEN_RATE_HZ)
            mixed[start : start + samples.size] += samples
        return np.clip(mixed, -1.0, 1.0)


def recording(name: str) -> Samples:
    """Return one of the shipped recordings at 16 kHz."""
    with as_file(files("clients.cli") / "recordings" / f"{name}.wav") as path:
        return np.concatenate(list(decode(str(path))))


async def demo(out: Path, *, verbose: bool) -> None:
    """Hold the conversation and the translation; write what was heard to `out`."""
    console = Console(highlight=False)
    out.mkdir(parents=True, exist_ok=True)
    async with engines(["en"], speaks=["en", "es"]) as loaded:
        console.print("\n[bold]A conversation[/bold]  (recordings are played to Parley in real time)\n")
        toolbox = Toolbox(lambda: datetime.now().astimezone())
        await _scene(loaded, Chat(loaded.language_model, toolbox), "en", CONVERSATION, out / "conversation.wav", console, verbose=verbose)
        console.print("\n[bold]Interpreting[/bold]  English to Spanish\n")
        responder = Interpret(loaded.language_model, "en", "es")
        await _scene(loaded, responder, "es", TRANSLATION, out / "translation.wav", console, verbose=verbose)
    console.print("Times count from the end of the last word. Ask something yourself: [bold]parley ask \"what is nine times twelve\"[/bold]")


async def _scene(
    loaded: Engines, responder: Responder, speaks: str, names: Sequence[str], tape: Path, console: Console, *, verbose: bool
) -> None:
    room, latency, over, loop = Room(), Latency(), asyncio.Event(), asyncio.get_running_loop()
    began_s = loop.time()
    playing: set[int] = set()

    def speaker(stamped: Stamped) -> None:
        event, now_s = stamped.event, stamped.at_s - began_s
        match event:
            case ReplyAudio(turn, samples, rate_hz, _):
                end_s = room.hear(now_s, samples, rate_hz)
                if turn not in playing:
                    playing.add(turn)
                    loop.call_soon(session.playback_started)
                loop.call_at(began_s + end_s, drained, end_s)
            case PlaybackDone() | Failed() | ReplyStopped():
                over.set()

    def drained(end_s: float) -> None:
        if end_s == room.free_s and session.mode is Mode.SPEAKING:
            session.playback_done()

    observers: list[Observer] = [latency, speaker, Conversation(console)]
    if verbose:
        observers.append(Verbose(errors))
    async with Session(loaded, responder, observers, Manners(speaks=speaks)) as session:
        for name in names:
            over.clear()
            heard = recording(name)
            room.hear(loop.time() - began_s, heard, LISTEN_RATE_HZ)
            await _in_real_time(session, heard, over)
            console.print()
            if session.turn in latency.turns:
                console.print(bars(latency.turns[session.turn]))
    length_s = write_wav(tape, [room.tape()], LISTEN_RATE_HZ)
    console.print(f"  both voices, {length_s:.1f} s: [bold]{tape}[/bold]")


async def _in_real_time(session: Session, heard: Samples, over: asyncio.Event) -> None:
    """Play a recording to the session as a microphone would, then silence until the reply was played."""
    loop = asyncio.get_running_loop()
    next_s = loop.time()
    chunks = Rechunker().push(np.concatenate([heard, silence(round(AFTER_S * LISTEN_RATE_HZ))]))
    quiet = silence(chunks[0].size)
    for number in range(round(30 / CHUNK_S)):
        session.hear(chunks[number] if number < len(chunks) else quiet)
        if over.is_set() and number >= len(chunks):
            return
        next_s += CHUNK_S
        await asyncio.sleep(max(0.0, next_s - loop.time()))
