"""`parley talk`: microphone in, speaker out, taking turns. Where the echo cannot be cancelled, it does not listen while it is heard."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from rich.console import Console

from assistant.attention import Addressed, Attention
from assistant.engines import Engines
from assistant.equipped import directed, equipped, voiced
from assistant.errors import InputError
from assistant.events import Stamped
from assistant.interpret import check_direction
from assistant.manners import Manners
from assistant.respond import Chat
from assistant.routed import Router
from assistant.session import Session
from assistant.settings import Settings
from assistant.tools import Toolbox, local_time
from assistant.turns import Mode, Policy
from clients.cli.controls import Controls
from clients.cli.hearing import cleaner, hear, may_interrupt, why_not
from clients.cli.keeping import kept
from clients.cli.mouth import Mouth
from clients.cli.running import engines, governor, hosted, manners
from clients.cli.stage import Stage, is_full, phrase, ways
from clients.desktop.devices import KINDS, Choice, default, devices
from clients.desktop.ears import Ears, Way
from clients.desktop.hush import hushed
from clients.desktop.sound import Sound
from models.packs.places import pack_of

HELD_S = 60.0
"""A pause that ends what is said with a key held: nobody pauses so long."""


def show_devices() -> None:
    """Print the devices, one a line, and which of them are the system's choice.

    Raises:
        InputError: there are none.
    """
    if not (known := devices()):
        raise InputError("The system knows no sound device at all; connect one, or see whether its sound server runs.")
    console = Console(emoji=False, highlight=False, markup=False, soft_wrap=True)
    usual = {kind: default(kind) for kind in KINDS}
    for device in known:
        chosen = " and ".join(kind for kind in KINDS if usual[kind] == device)
        console.print(f"{device}{f', the usual {chosen}' if chosen else ''}")


async def talk(
    settings: Settings, microphone: str | None, speaker: str | None, *, interpret: tuple[str, str] | None, plain: bool, verbose: bool
) -> int:
    """Talk until Ctrl-C or `q`, and return the exit status; cancelled, it closes the devices and ends the engines.

    Raises:
        InputError: there is no such device, or it cannot be opened; or settings or languages that do not go together.
    """
    if interpret is not None:
        check_direction(*interpret)
    heard_by = Choice.of("microphone", settings.microphone if microphone is None else microphone)
    spoken_by = Choice.of("speaker", settings.speaker if speaker is None else speaker)
    full = is_full(plain=plain, verbose=verbose)
    possible, stage = ways(settings, full=full, interprets=interpret is not None), Stage(full=full, verbose=verbose)
    if interpret is not None:
        from clients.cli.interpreting import interpreting

        async with engines(settings, interpret) as loaded, kept(settings, stage):
            with hushed():
                await interpreting(loaded, settings, heard_by, spoken_by, interpret, stage, possible)
    else:
        phrase(settings)  # what is wrong with it is said before the models are loaded
        pack = pack_of(settings.pack)
        async with engines(voiced(settings, pack)) as loaded, hosted(settings) as hosts, kept(settings, stage):
            router = directed(hosts, pack)(f"talk {local_time():%Y-%m-%d %H:%M:%S}")
            with hushed():
                await _converse(equipped(loaded, pack), router, settings, heard_by, spoken_by, stage, possible)
    return stage.status


async def _converse(
    loaded: Engines, router: Router | None, settings: Settings, heard_by: Choice, spoken_by: Choice, stage: Stage, possible: list[Way]
) -> None:
    mouth, now_s = Mouth(), asyncio.get_running_loop().time

    def tell(stamped: Stamped) -> None:
        mouth(stamped)
        stage(stamped)

    attention = Attention(tell, settings.awake_s)
    attention.phrase = phrase(settings)
    toolbox = Toolbox()
    behaviour = manners(settings, policy=Policy(interrupts=may_interrupt(settings)), hears_itself=why_not(settings) is None)
    chat = Addressed(Chat(loaded.language_model, toolbox, router=router), attention)
    async with Session(loaded, chat, [attention], behaviour, governor(settings, loaded)) as session:
        rate_hz = loaded.voices["en"].sample_rate_hz

        def interrupt(fell_silent_s: float | None = None) -> None:
            if session.mode is not Mode.LISTENING:
                session.interrupt(fell_silent_s)

        with Sound(
            heard_by, spoken_by, rate_hz, started=session.playback_started, drained=session.playback_done,
            cut=interrupt, gone=stage.mute, back=stage.unmute, clean=partial(cleaner, settings),
        ) as sound:  # fmt: skip
            mouth.use(sound)
            ears = Ears(possible[0], sound.latency_s)
            controls = Controls(
                ears, attention, possible, interrupt=interrupt, now_s=now_s, timers=toolbox.running,
                change=lambda way: session.behave(held(behaviour) if way is Way.PUSH else behaviour),
            )  # fmt: skip
            if not may_interrupt(settings):
                stage.tell(f"Parley does not listen while it speaks: no echo cancellation ({why_not(settings)}).")
            await hear(sound, ears, stage, controls, [session])


def held(manners: Manners) -> Manners:
    """Return the same manners for what is said with a key held: only its release ends it."""
    return replace(manners, waits=replace(manners.waits, least_s=HELD_S, unknown_s=HELD_S, unready_s=HELD_S, most_s=HELD_S))
