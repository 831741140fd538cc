"""`parley talk`: microphone in, speaker out, taking turns. Half-duplex: while Parley is heard it does not listen."""

from __future__ import annotations

import asyncio
from datetime import datetime

from rich.console import Console

from assistant.engines import Engines
from assistant.equipped import equipped
from assistant.events import (
    Failed,
    Judged,
    PlaybackDone,
    ReplyAudio,
    ReplyDone,
    ReplyStarted,
    ReplyStopped,
    SpeechConfirmed,
    SpeechStarted,
    Stamped,
)
from assistant.latency import Latency
from assistant.respond import Chat
from assistant.session import Observer, Session
from assistant.settings import Settings
from assistant.tools import Toolbox
from assistant.turns import Policy
from clients.cli.running import engines, errors, governor, manners
from clients.cli.view import Conversation, Verbose, bars
from clients.desktop.devices import Device, devices, find
from clients.desktop.duplex import ROOM_S, HalfDuplex
from clients.desktop.hush import hushed
from clients.desktop.microphone import Microphone
from clients.desktop.speaker import Speaker
from models.packs.places import pack_of

DUCKED = 0.3
"""How loud a reply goes on while it is not clear yet whether somebody interrupts it."""


def show_devices() -> None:
    """Print the devices, one a line."""
    console = Console(emoji=False, highlight=False, markup=False, soft_wrap=True)
    for device in devices():
        console.print(str(device))


async def talk(settings: Settings, microphone: str | None, speaker: str | None, *, verbose: bool) -> None:
    """Talk until Ctrl-C; cancelled, it closes the devices and ends the engines.

    Raises:
        InputError: there is no such device, it cannot be opened, or it is gone.
    """
    heard_by = find("microphone", settings.microphone if microphone is None else microphone)
    spoken_by = find("speaker", settings.speaker if speaker is None else speaker)
    console = Console(emoji=False, highlight=False)
    pack = pack_of(settings.pack)
    async with engines(settings) as plain:
        loaded = equipped(plain, pack)
        with hushed():
            try:
                await _converse(loaded, settings, heard_by, spoken_by, console, verbose=verbose)
            finally:
                if console.is_terminal:
                    console.print()  # so that the prompt does not stand behind words that were tentative


async def _converse(loaded: Engines, settings: Settings, heard_by: Device, spoken_by: Device, console: Console, *, verbose: bool) -> None:
    mouth = Mouth()
    observers: list[Observer] = [mouth, Conversation(console)]
    if verbose:
        observers += [latency := Latency(keep=2), Verbose(errors), _Bars(latency)]
    toolbox = Toolbox(lambda: datetime.now().astimezone())
    behaviour = manners(settings, policy=Policy(interrupts=settings.interrupts))
    async with Session(loaded, Chat(loaded.language_model, toolbox), observers, behaviour, governor(settings, loaded)) as session:
        rate_hz = loaded.voices["en"].sample_rate_hz
        with (
            Speaker(spoken_by, rate_hz, started=session.playback_started, drained=session.playback_done) as output,
            Microphone(heard_by) as blocks,
        ):
            mouth.use(output)
            duplex = HalfDuplex(blocks.latency_s + ROOM_S)
            console.print("Speak; Ctrl-C ends.", style="dim")
            async for block in blocks:
                output.check()
                now_s = asyncio.get_running_loop().time()
                session.hear(block if settings.interrupts else duplex.push(block, sounding=output.sounding, now_s=now_s))


class Mouth:
    """An observer that plays replies, softly while it is not clear whether somebody interrupts them."""

    def use(self, speaker: Speaker) -> None:
        """Play on this speaker; called before anything is heard."""
        self._speaker = speaker

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        match stamped.event:
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz):
                self._speaker.play(samples, rate_hz)
            case ReplyDone() | Failed():
                self._speaker.finish()
            case ReplyStarted() | PlaybackDone():
                self._speaker.level = 1.0  # whatever was said into the one before
            case ReplyStopped():
                self._speaker.clear()
                self._speaker.level = 1.0
            case SpeechStarted() | SpeechConfirmed() if self._speaker.sounding:
                self._speaker.level = DUCKED
            case Judged():
                self._speaker.level = 1.0


class _Bars:
    """An observer that shows each turn's stages once its reply was played, or stopped."""

    def __init__(self, latency: Latency) -> None:
        self._latency = latency
        self._shown = 0

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        turn = stamped.event.turn
        if isinstance(stamped.event, PlaybackDone | ReplyStopped) and self._shown < turn and turn in self._latency.turns:
            self._shown = turn
            errors.print(bars(self._latency.turns[turn]))
