"""What a talk hears: the microphone's blocks, without what they should not hold, into its sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from assistant.audio import Samples
from assistant.errors import InputError
from assistant.settings import Settings
from clients.cli.controls import Controls
from clients.cli.stage import Stage
from clients.desktop.duplex import ROOM_S, HalfDuplex
from clients.desktop.ears import Ears
from clients.desktop.echo import EchoCanceller, missing
from clients.desktop.microphone import Microphone
from clients.desktop.sound import Clean, Sound, Xruns
from clients.desktop.speaker import Speaker
from clients.desktop.unheard import SENTENCE, News, Unheard

REST_S = 0.2
"""How long nobody looks at the microphone while nobody speaks: several chunks at once take much less of the processor than one by one.
Who begins to speak is noticed so much later, and that he is done is not."""

WAKEFUL_S = 1.0
"""For so long after speech, of anybody, it is looked at all the time: a room sounds on, and people often go on."""


class Hearer(Protocol):
    """A session, here or with a server."""

    @property
    def at_rest(self) -> bool:
        """Whether it makes no difference that it hears the next sound a little later."""
        ...

    def hear(self, samples: Samples) -> None:
        """Take the next 16 kHz audio of the microphone, any length."""
        ...

    def hear_no_more(self) -> None:
        """What was said is over."""
        ...


def why_not(settings: Settings) -> str | None:
    """Return why the echo is not cancelled; None where it is."""
    return None if settings.echo_cancellation == "auto" and settings.interrupts is not False else "it is turned off"


def may_interrupt(settings: Settings) -> bool:
    """Tell whether speech into a reply may stop it."""
    return why_not(settings) is None if settings.interrupts is None else settings.interrupts


def cleaner(settings: Settings, microphone: Microphone, speaker: Speaker) -> Clean:
    """Return what keeps the speaker's own sound out of the microphone's blocks.

    Raises:
        InputError: the settings want what this machine cannot do.
    """
    if why_not(settings) is None:
        return _cancelling(settings, microphone, speaker)
    return whole if may_interrupt(settings) else half_duplex(microphone, speaker)


def _cancelling(settings: Settings, microphone: Microphone, speaker: Speaker) -> Clean:
    if (settings.noise_suppression or settings.gain_control) and (why := missing()):
        raise InputError(
            f"This machine can neither suppress noise nor control the gain ({why}); set noise_suppression and gain_control to false."
        )
    canceller = EchoCanceller(
        microphone.latency_s + speaker.latency_s, noise_suppression=settings.noise_suppression, gain_control=settings.gain_control
    )
    speaker.tap()

    def clean(block: Samples) -> Samples:
        canceller.played(speaker.given())
        return canceller.push(block)

    return clean


def whole(block: Samples) -> Samples:
    """Return a block as it is: with headphones nothing of the speaker is in it."""
    return block


def half_duplex(microphone: Microphone, speaker: Speaker) -> Clean:
    """Return what gives silence for the microphone's blocks while the speaker is heard."""
    duplex, loop = HalfDuplex(microphone.latency_s + ROOM_S), asyncio.get_running_loop()
    return lambda block: duplex.push(block, sounding=speaker.sounding, now_s=loop.time())


async def hear(sound: Sound, ears: Ears, stage: Stage, controls: Controls, sessions: Sequence[Hearer]) -> None:
    """Let the sessions hear until somebody quits. While there is no sound they do nothing, and what is due waits."""
    loop, wakeful_until_s, unheard = asyncio.get_running_loop(), 0.0, Unheard()
    try:
        with stage.open(controls):
            async for block in sound:
                stage.hear(block)
                stage.count(sound.xruns)
                if (news := unheard.push(block)) is News.UNHEARD:
                    stage.mute(SENTENCE)
                elif news is News.HEARD:
                    stage.unmute("The microphone is heard now.")
                if block.size:
                    heard = ears.push(sound.clean(block), loop.time())
                    for session in sessions:
                        session.hear(heard.samples)
                        if heard.over:
                            session.hear_no_more()
                    if sound.sounding or not all(session.at_rest for session in sessions):
                        wakeful_until_s = loop.time() + WAKEFUL_S
                    elif loop.time() >= wakeful_until_s:
                        await asyncio.sleep(REST_S)
                if controls.over:
                    return
    finally:
        if sound.xruns != Xruns():
            stage.last(str(sound.xruns))
