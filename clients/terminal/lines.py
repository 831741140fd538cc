"""The conversation, line by line, as a fold over the facts."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import islice

from assistant.events import (
    Deferred,
    Failed,
    Final,
    Partial,
    PlaybackDone,
    PlaybackStarted,
    ReplyAudio,
    ReplyDone,
    ReplyPhrase,
    ReplyStopped,
    Routed,
    Stamped,
    ToolCalled,
    Translated,
    WritingFailed,
    Written,
)
from clients.terminal.cells import clean
from clients.terminal.playing import Playing
from clients.terminal.state import QUIET_DB, Entry, Kind, Stage

KEPT = 5000
"""Lines that are remembered, for the transcript too: a talk may last for days."""

SHOWN = 300
"""Lines that one can scroll back to."""


class Lines:
    """Takes facts in order. Of each turn, the person's line may still grow, and so may the reply's."""

    def __init__(self, *, you: str, parley: str) -> None:
        self.you = you
        """Who is heard now."""
        self._parley = parley
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._growing: Entry | None = None
        self._growing_turn = 0
        self._playing: dict[int, Playing] = {}
        self._translations: dict[int, Entry] = {}

    def push(self, stamped: Stamped) -> None:
        """Take one fact."""
        turn = stamped.event.turn
        match stamped.event:
            case Partial(committed=committed, tentative=tentative):
                self._growing, self._growing_turn = self._said(committed, tentative), turn
            case Final(text=text):
                self._settle(text, self.you)
            case Written(text=text, language=language):
                self._settle(text, language)
            case ToolCalled(name=name, arguments=arguments):
                shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
                self._add(Kind.TOOL, "tool", f"{name}({shown})")
            case Routed(to=to, why=why) if to not in ("small", "ask"):
                self._add(Kind.TOOL, "asking", f"{to} ({why})")
            case Deferred():
                self._add(Kind.NOTE, "", "(beyond the small model)")
            case ReplyPhrase() | ReplyAudio() | PlaybackStarted():
                if isinstance(stamped.event, ReplyPhrase) or turn in self._playing:
                    self._playing.setdefault(turn, Playing()).push(stamped.event, stamped.at_s)
            case Translated(language=language, committed=committed, tentative=tentative):
                self._translations[turn] = Entry(Kind.PARLEY, f"→ {language}", clean(committed), clean(tentative), stage=Stage.GROWING)
            case ReplyDone() | PlaybackDone() if turn in self._playing:
                self._playing[turn].push(stamped.event, stamped.at_s)
                if self._playing[turn].over:
                    self._finish(turn)
            case ReplyDone():
                self._finish(turn)
            case ReplyStopped(heard=heard):
                self._finish(turn, heard=heard)
            case Failed(message=message) | WritingFailed(message=message):
                self._growing = None
                self._finish(turn)
                self._add(Kind.ERROR, "error", message)

    def entries(self, now_s: float) -> tuple[Entry, ...]:
        """Return the newest lines, the newest last."""
        settled = list(islice(reversed(self._entries), SHOWN))[::-1]
        turns = sorted({*self._playing, *self._translations})
        behind = [turn for turn in turns if self._growing and turn in self._translations and turn >= self._growing_turn]
        before = [self._shown(turn, now_s) for turn in turns if turn not in behind]
        growing = [self._growing] if self._growing else []
        return (*settled, *before, *growing, *(self._shown(turn, now_s) for turn in behind))

    def level_db(self, now_s: float) -> float:
        """Return how loud the speaker is."""
        return max((playing.level_db(now_s) for playing in self._playing.values()), default=QUIET_DB)

    def transcript(self) -> list[str]:
        """Return all that was said, one line each."""
        lines = []
        for entry in self._entries:
            if entry.kind in (Kind.YOU, Kind.PARLEY, Kind.ERROR):
                text = entry.text[: entry.heard] + " [stopped]" if entry.stage is Stage.STOPPED else entry.text
                lines.append(f"{entry.who}: {text}")
        return lines

    def _said(self, committed: str, tentative: str) -> Entry | None:
        certain, open_ = clean(committed), clean(tentative)
        return Entry(Kind.YOU, self.you, certain, open_, stage=Stage.GROWING) if certain or open_ else None

    def _settle(self, text: str, who: str) -> None:
        self._growing = None
        if text:
            self._add(Kind.YOU, who, text)

    def _add(self, kind: Kind, who: str, text: str) -> None:
        self._entries.append(Entry(kind, clean(who), clean(text)))

    def _shown(self, turn: int, now_s: float) -> Entry:
        playing, translation = self._playing.get(turn), self._translations.get(turn)
        if playing is None:
            assert translation is not None
            return translation
        text, heard = clean(playing.text), clean(playing.heard(now_s))
        if translation is not None:
            rest = clean(f"{translation.text} {translation.tentative}").strip()
            rest = rest[len(text) :].strip() if rest.startswith(text) else ""
            return replace(translation, text=text, tentative=rest, heard=len(heard), stage=Stage.SPOKEN)
        return Entry(Kind.PARLEY, self._parley, text, heard=len(heard), stage=Stage.SPOKEN)

    def _finish(self, turn: int, *, heard: str | None = None) -> None:
        playing, translation = self._playing.pop(turn, None), self._translations.pop(turn, None)
        if playing is None and translation is None:
            return
        who = translation.who if translation else self._parley
        text = clean(playing.text if playing else f"{translation.text} {translation.tentative}" if translation else "").strip()
        if text and heard is not None:
            self._entries.append(Entry(Kind.PARLEY, who, text, heard=len(clean(heard)), stage=Stage.STOPPED))
        elif text:
            self._entries.append(Entry(Kind.PARLEY, who, text))
