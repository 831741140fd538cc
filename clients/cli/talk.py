"""`parley talk`: microphone in, speaker out, taking turns. Half-duplex: while Parley speaks it does not listen."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime

from rich.console import Console

from assistant.audio import Samples
from assistant.events import ReplyAudio, Stamped
from assistant.latency import Latency
from assistant.manners import Manners
from assistant.respond import Chat
from assistant.session import Observer, Session
from assistant.settings import Settings
from assistant.tools import Toolbox
from assistant.turns import Policy
from clients.cli.running import endpoint_timing, engines, errors
from clients.cli.view import Conversation, Verbose
from clients.desktop.sound import Microphone, Speaker, device_names, quiet


def show_devices() -> None:
    """Print the devices, one a line."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for line in device_names():
        console.print(line)


async def talk(settings: Settings, microphone: str | None, speaker: str | None, *, verbose: bool) -> None:
    """Talk until Ctrl-C."""
    console = Console(highlight=False)
    async with engines(settings) as loaded:
        voice = loaded.voices["en"]
        latency = Latency()

        def play(stamped: Stamped) -> None:
            if isinstance(stamped.event, ReplyAudio):
                output.play(stamped.event.samples, stamped.event.sample_rate_hz)

        observers: list[Observer] = [latency, play, Conversation(console)]
        if verbose:
            observers.append(Verbose(errors))
        toolbox = Toolbox(lambda: datetime.now().astimezone())
        manners = Manners(policy=Policy(interrupts=settings.interrupts), endpoint=endpoint_timing(settings))
        async with Session(loaded, Chat(loaded.language_model, toolbox), observers, manners) as session:
            output = Speaker(
                speaker or settings.speaker, voice.sample_rate_hz, started=session.playback_started, drained=session.playback_done
            )
            with output, Microphone(microphone or settings.microphone) as blocks:
                console.print("Speak; Ctrl-C ends.", style="dim")
                with suppress(asyncio.CancelledError):  # Ctrl-C is how a talk ends
                    async for block in blocks:
                        session.hear(_muted(block) if output.playing and not settings.interrupts else block)


def _muted(block: Samples) -> Samples:
    """Half-duplex: the room's echo of the reply must not be taken for the user."""
    return quiet()[: block.size]
