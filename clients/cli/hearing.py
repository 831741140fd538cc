"""What a talk hears: the microphone's blocks, without what they should not hold, into its sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from assistant.audio import Samples
from assistant.session import Session
from assistant.settings import Settings
from clients.cli.controls import Controls
from clients.cli.stage import Stage
from clients.desktop.duplex import ROOM_S, HalfDuplex
from clients.desktop.ears import Ears
from clients.desktop.microphone import Microphone
from clients.desktop.speaker import Speaker

Clean = Callable[[Samples], Samples]


def cleaner(settings: Settings, microphone: Microphone, speaker: Speaker) -> Clean:
    """Return what keeps the speaker's own sound out of the microphone's blocks."""
    if settings.interrupts:
        return lambda block: block
    duplex, loop = HalfDuplex(microphone.latency_s + ROOM_S), asyncio.get_running_loop()
    return lambda block: duplex.push(block, sounding=speaker.sounding, now_s=loop.time())


async def hear(
    microphone: Microphone, speaker: Speaker, clean: Clean, ears: Ears, stage: Stage, controls: Controls, sessions: Sequence[Session]
) -> None:
    """Let the sessions hear until somebody quits.

    Raises:
        InputError: a device is gone.
    """
    loop = asyncio.get_running_loop()
    with stage.open(controls):
        async for block in microphone:
            speaker.check()
            stage.hear(block)
            heard = ears.push(clean(block), loop.time())
            for session in sessions:
                session.hear(heard.samples)
                if heard.over:
                    session.hear_no_more()
            if controls.over:
                return
