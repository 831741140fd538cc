"""`parley demo`: a spoken conversation and a spoken translation, from recordings to recordings, in real time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from assistant.audio import LISTEN_RATE_HZ
from assistant.engines import Engines
from assistant.interpret import Interpret
from assistant.latency import Latency
from assistant.manners import Manners
from assistant.respond import Chat, Responder
from assistant.session import Observer, Session
from assistant.settings import Settings
from assistant.tools import Toolbox
from clients.bench.room import Room, recording
from clients.cli.media import folder, write_wav
from clients.cli.running import engines, errors, manners
from clients.cli.view import Conversation, Verbose, bars

CONVERSATION = ("seven-times-eight", "five-minutes", "miles")
TRANSLATION = ("translate-1", "translate-2")


async def demo(settings: Settings, out: Path, *, verbose: bool) -> None:
    """Hold the conversation and the translation; write what was heard to `out`."""
    console = Console(emoji=False, highlight=False)
    folder(out)
    console.print("Recordings are played to Parley in real time, as a microphone would. Times count from the end of the last word.")
    async with engines(settings, speaks=["en", "es"]) as loaded:
        behaviour = manners(settings)
        chat = Chat(loaded.language_model, Toolbox())
        console.print("\n[bold]A conversation[/bold]\n")
        await _scene(loaded, chat, behaviour, CONVERSATION, out / "conversation.wav", console, verbose=verbose)
        interpreter = Interpret(loaded.language_model, "en", "es")
        console.print("\n[bold]A translation[/bold], English to Spanish\n")
        await _scene(loaded, interpreter, behaviour.speaking("es"), TRANSLATION, out / "translation.wav", console, verbose=verbose)
    console.print('\nNow you: [bold]parley ask "what is nine times twelve"[/bold], or with a microphone [bold]parley talk[/bold]')


async def _scene(
    loaded: Engines, responder: Responder, behaviour: Manners, names: Sequence[str], tape: Path, console: Console, *, verbose: bool
) -> None:
    room, latency = Room(), Latency()
    observers: list[Observer] = [latency, room, Conversation(console)]
    if verbose:
        observers.append(Verbose(errors))
    async with Session(loaded, responder, observers, behaviour) as session:
        room.enter(session)
        for name in names:
            await room.ask(recording(name))
            console.print()
            if session.turn in latency.turns:
                console.print(bars(latency.turns[session.turn]))
    length_s = write_wav(tape, [room.tape()], LISTEN_RATE_HZ)
    console.print(f"  Both voices, {length_s:.1f} s: [bold]{tape}[/bold]", soft_wrap=True)
