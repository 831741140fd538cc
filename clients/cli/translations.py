"""What is shown and heard of translations that grow while somebody speaks: written at once, spoken when the speaker has finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.events import Degraded, Event, ReplyAudio, ReplyDone, ReplyStopped, Restored, Translated

MOST_OPEN = 16
"""Utterances that are remembered; there are never so many under way."""


@dataclass
class _Translation:
    """Of one utterance."""

    source: str | None
    """The language that it is in, as far as is known; None: what is translated of it is void."""
    goes_on: bool = True
    held: list[Event] = field(default_factory=list)
    """What is to be heard when it is over."""
    written: Translated | None = None
    heard: bool = False


class Translations:
    """Takes what the interpreters tell, one for each language that is spoken, and passes on what is of the right one and due."""

    def __init__(self, show: Callable[[Event], None], *, at_once: bool) -> None:
        """`at_once`: nobody is disturbed by a voice while he speaks, as with headphones."""
        self._show, self.at_once = show, at_once
        self._all: dict[int, _Translation] = {}

    def source(self, turn: int) -> str | None:
        """Return the language that an utterance is being translated from, if that has begun."""
        return self._all[turn].source if turn in self._all else None

    def begin(self, turn: int, source: str) -> None:
        """An utterance is in this language, as far as is known."""
        if turn not in self._all:
            self._all[turn] = _Translation(source)
            while len(self._all) > MOST_OPEN:
                del self._all[min(self._all)]

    def end(self, turn: int, source: str) -> None:
        """An utterance is over, and was in this language: what there is of its translation is spoken."""
        self.begin(turn, source)
        translation = self._all[turn]
        if translation.source != source:
            self._silence(turn, translation)
        translation.source, translation.goes_on = source, False
        held, translation.held = translation.held, []
        for event in held:
            self._pass_on(translation, event)

    def drop(self, turn: int) -> None:
        """An utterance was none after all: what was translated of it is void."""
        if (translation := self._all.get(turn)) is None:
            return
        self._silence(turn, translation)
        translation.source = None
        if (written := translation.written) is not None:
            self._show(Translated(turn, written.language, "", "", written.heard_s, final=True))
            self._show(ReplyDone(turn, ""))

    def push(self, source: str, event: Event) -> None:
        """Take the next fact of the interpreter out of `source`."""
        if isinstance(event, Degraded | Restored):
            self._show(event)
        elif (translation := self._all.get(event.turn)) is not None and translation.source == source:
            if translation.goes_on and not (self.at_once or isinstance(event, Translated)):
                translation.held.append(event)
            else:
                self._pass_on(translation, event)

    def _silence(self, turn: int, translation: _Translation) -> None:
        translation.held.clear()
        if translation.heard:
            translation.heard = False
            self._show(ReplyStopped(turn, ""))

    def _pass_on(self, translation: _Translation, event: Event) -> None:
        translation.heard |= isinstance(event, ReplyAudio)
        if isinstance(event, Translated):
            translation.written = event
        self._show(event)
