"""Translations that grow: written at once, spoken behind the speaker, and of one language only."""

from __future__ import annotations

import pytest

from assistant.audio import silence
from assistant.events import Degraded, Event, ReplyAudio, ReplyDone, ReplyPhrase, ReplyStopped, Translated
from clients.cli.translations import MOST_OPEN, Translations

GROWS, WHOLE = Translated(1, "es", "No sé", "", 1.0), Translated(1, "es", "No sé dónde.", "", 2.0, final=True)
OTHER = Translated(1, "en", "Now say", "", 1.0)
PHRASE, SOUND, OVER = ReplyPhrase(1, "No sé"), ReplyAudio(1, silence(10), 16_000, "No sé", ()), ReplyDone(1, "")


def translations(*, at_once: bool = False) -> tuple[Translations, list[Event]]:
    shown: list[Event] = []
    return Translations(shown.append, at_once=at_once), shown


def test_what_is_written_is_shown_at_once_and_spoken_at_the_end() -> None:
    some, shown = translations()
    some.begin(1, "en")
    for event in (GROWS, PHRASE, SOUND):
        some.push("en", event)
    assert shown == [GROWS]
    some.end(1, "en")
    assert shown == [GROWS, PHRASE, SOUND]
    for event in (WHOLE, OVER):
        some.push("en", event)
    assert shown[3:] == [WHOLE, OVER]


def test_with_headphones_it_is_spoken_at_once() -> None:
    some, shown = translations(at_once=True)
    some.begin(1, "en")
    for event in (GROWS, PHRASE, SOUND):
        some.push("en", event)
    assert shown == [GROWS, PHRASE, SOUND]


@pytest.mark.parametrize("at_once", [False, True])
def test_the_other_language_takes_its_place(at_once: bool) -> None:
    some, shown = translations(at_once=at_once)
    some.begin(1, "en")
    for event in (GROWS, PHRASE, SOUND):
        some.push("en", event)
    some.end(1, "es")
    some.push("en", WHOLE)
    some.push("es", OTHER)
    assert shown == [GROWS, *([PHRASE, SOUND, ReplyStopped(1, "")] if at_once else []), OTHER]
    assert some.source(1) == "es"


def test_nothing_is_left_of_what_was_none() -> None:
    some, shown = translations()
    some.begin(1, "en")
    some.push("en", GROWS)
    some.push("en", SOUND)
    some.drop(1)
    some.push("en", WHOLE)
    assert shown == [GROWS, Translated(1, "es", "", "", 1.0, final=True), ReplyDone(1, "")]
    assert some.source(1) is None
    some.drop(2)


def test_what_is_given_up_is_always_told_and_what_is_old_forgotten() -> None:
    some, shown = translations()
    some.push("es", degraded := Degraded(7, "interpreting word by word", "why"))
    assert shown == [degraded]
    for turn in range(3 * MOST_OPEN):
        some.begin(turn, "en")
    assert some.source(0) is None
    assert some.source(3 * MOST_OPEN - 1) == "en"
