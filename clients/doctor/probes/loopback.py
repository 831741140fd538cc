"""The way from the speaker to the microphone: chirps are played and looked for in what is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.errors import InputError
from clients.desktop.devices import find
from clients.doctor.finding import Finding, ok, warning
from clients.doctor.probe import Given, Probe

if TYPE_CHECKING:
    from clients.doctor.chirp import Loop

LONG_S = 0.4
"""A way that is longer is heard as a pause before every answer; cables and loudspeakers in the machine take a fourth of it."""

FAR_S = 0.3
"""Beyond this, an echo canceller no longer looks for its echo."""

UNSTEADY_S = 0.005

NEARER = "Take a microphone and a speaker with cables: by radio, sound comes late."


def judge(seen: Loop | None) -> list[Finding]:
    """Say what is thought of the way; None if there is no microphone or no speaker."""
    about = "loopback"
    if seen is None:
        return [ok(about, "It was not measured, as that needs a microphone and a speaker.")]
    if seen.latency_s is None:
        return [warning(
            about, f"Nothing came back: none of {seen.played} chirps from the speaker was heard by the microphone.",
            "With headphones that is as it should be; if you heard no chirps, turn the speaker up or choose another.", played=seen.played,
        )]  # fmt: skip
    untold = f", {round(1000 * seen.echo_delay_s)} ms of it beyond what the drivers tell" if seen.echo_delay_s is not None else ""
    level = f"; it comes back at {round(seen.level_db):+d} dB" if seen.level_db is not None else ""
    sentence = f"{round(1000 * seen.latency_s)} ms from the speaker's driver to the microphone's{untold}{level}."
    values = {
        "latency_s": round(seen.latency_s, 4), "echo_delay_s": None if seen.echo_delay_s is None else round(seen.echo_delay_s, 4),
        "spread_s": round(seen.spread_s, 4), "level_db": None if seen.level_db is None else round(seen.level_db, 1),
        "came_back": seen.came_back, "played": seen.played,
    }  # fmt: skip
    if seen.latency_s > LONG_S or (seen.echo_delay_s or 0.0) > FAR_S:
        return [warning(about, sentence, NEARER, **values)]
    if seen.clipped:
        return [warning(about, sentence, "It clips in the microphone: turn the speaker down, or move the two apart.", **values)]
    if seen.spread_s > UNSTEADY_S:
        unsteady = f"{sentence[:-1]}, and {round(1000 * seen.spread_s)} ms more or less each time."
        return [warning(about, unsteady, "End other work: sound is delayed where the machine has too much to do.", **values)]
    return [ok(about, sentence, **values)]


def look(given: Given) -> Loop | None:
    """Play and listen."""
    from clients.doctor.chirp import COUNT, EVERY_S, LEAD_S, found, program
    from clients.doctor.tape import Tape

    try:
        hears, plays = find("microphone", given.settings.microphone), find("speaker", given.settings.speaker)
    except InputError:
        return None  # the devices' own probe tells
    played_s = LEAD_S + COUNT * EVERY_S
    with Tape("microphone", hears, played_s + EVERY_S) as microphone, Tape("speaker", plays, played_s) as speaker:
        speaker.samples[:] = program(speaker.rate_hz)
        microphone.start()
        speaker.start()
        return found(speaker.wait(), microphone.wait())


PROBE = Probe("Loopback", 220, look, judge, doing="Playing chirps, and listening for them", light=False)
