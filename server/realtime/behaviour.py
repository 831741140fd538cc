"""What a client's settings ask of the session: manners."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from assistant.manners import Manners
from assistant.patience import Waits
from assistant.turns import Policy
from server.realtime.config import SemanticVad, ServerVad, SessionConfig

HYSTERESIS = 0.15
"""How far below the threshold of speech silence begins, as in Silero's own pair."""

EAGERNESS = {"low": 4.0, "medium": 2.8, "high": 1.5}
"""Of semantic turns, as the patience of `Waits`; `auto` is what the settings say."""


def language(config: SessionConfig, given: Manners) -> str:
    """Return the language to listen for, ISO 639-1: the client's, else that of the settings."""
    transcription = config.audio.input.transcription
    return ((transcription and transcription.language) or given.listens).split("-")[0].lower()


def manners_of(config: SessionConfig, given: Manners, voices: Container[str]) -> Manners:
    """Return the manners that a client asks for.

    Args:
        config: what the client has set.
        given: what the settings say.
        voices: the languages that can be spoken.
    """
    turns, heard = config.turns, language(config, given)
    speaks = heard if config.type == "realtime" and heard in voices else None
    aloud = config.output_modalities == ("audio",)
    given = replace(given, listens=heard, speaks=speaks, aloud=aloud, hears_itself=config.x.hears_itself)
    if turns is None:
        return replace(given, policy=Policy(manual=True, answers=False, interrupts=False))
    answers = turns.create_response and config.type == "realtime"
    interrupts = turns.interrupt_response
    policy = Policy(interrupts=interrupts, listens_on=not interrupts, answers=answers, drafts=given.policy.drafts)
    manners = replace(given, policy=policy)
    match turns:
        case SemanticVad(eagerness=eagerness) if eagerness in EAGERNESS:
            return replace(manners, waits=replace(given.waits, eagerness=EAGERNESS[eagerness]))
        case ServerVad(silence_duration_ms=silence_ms, threshold=threshold):
            if silence_ms != ServerVad().silence_duration_ms:
                manners = replace(manners, waits=_fixed(silence_ms / 1000))
            if threshold != ServerVad().threshold:
                manners = replace(manners, endpoint=replace(given.endpoint, enter=threshold, leave=max(0.0, threshold - HYSTERESIS)))
    return manners


def _fixed(silence_s: float) -> Waits:
    """Return waits of one length, whatever was said: what a client asks for that sets the silence itself."""
    return Waits(silence_s, silence_s, silence_s, silence_s)
