"""`parley ask`: questions from files or words, answered in one conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console

from assistant.engines import Engines
from assistant.errors import EngineError
from assistant.events import Failed, Final, ReplyAudio, ReplyDone, Stamped
from assistant.latency import Latency
from assistant.manners import Manners
from assistant.respond import Chat
from assistant.session import Observer, Session
from assistant.settings import Settings
from assistant.tools import Toolbox
from assistant.turns import Policy
from clients.cli.media import decode, writable
from clients.cli.running import engines, errors, print_json, save
from clients.cli.running import play as play_audio
from clients.cli.sources import check, each, is_sound
from clients.cli.view import Collected, Conversation, Verbose, bars


async def ask(settings: Settings, questions: Sequence[str], *, speak: Path | None, play: bool, as_json: bool, verbose: bool) -> None:
    """Answer each question; the answers share one memory."""
    check(questions)
    writable(speak)
    audio: list[ReplyAudio] = []
    async with engines(settings) as loaded:
        responder = Chat(loaded.language_model, Toolbox(lambda: datetime.now().astimezone()))
        for question in each(questions):
            audio += (await _answer(loaded, responder, question, as_json=as_json, verbose=verbose)).audio
    if speak is not None:
        save(speak, audio)
    if play:
        await play_audio(audio, settings.speaker)


async def _answer(loaded: Engines, responder: Chat, question: str, *, as_json: bool, verbose: bool) -> Collected:
    collected, latency, over = Collected(), Latency(), asyncio.Event()

    def watch(stamped: Stamped) -> None:
        match stamped.event:
            case ReplyDone() | Failed() | Final(text=""):
                over.set()

    console = Console(highlight=False)
    observers: list[Observer] = [collected, latency, watch]
    if verbose:
        observers.append(Verbose(errors))
    if not as_json:
        observers.append(Conversation(console))
    async with Session(loaded, responder, observers, Manners(policy=Policy(manual=True, interrupts=False))) as session:
        if is_sound(question):
            for block in decode(question):
                session.hear(block)
                await asyncio.sleep(0)
            session.hear_no_more()
            session.commit()
        else:
            session.send(question)
        await over.wait()
        turn = session.turn
    if collected.failed is not None:
        raise EngineError(collected.failed.message)
    timing = latency.turns.get(turn)
    if as_json:
        shown = timing.as_json() if timing else {}
        print_json({"text": collected.text, "language": collected.language, "reply": collected.reply, "tool_calls": collected.tool_calls, "timing": shown})  # fmt: skip
    elif not collected.text:
        console.print("(nothing was said)")
    elif verbose and timing:
        errors.print(bars(timing))
    return collected
