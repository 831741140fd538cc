"""What the keys of the full-screen view do to a talk, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.attention import Attention
from assistant.tools import local_time
from clients.desktop.ears import Ears, Way
from clients.terminal.model import Action, Model
from clients.terminal.state import MUTED, Status


class Controls:
    """One talk's. `over` becomes true when somebody wants to quit."""

    def __init__(
        self,
        ears: Ears,
        attention: Attention,
        ways: Sequence[Way],
        *,
        interrupt: Callable[[], None],
        change: Callable[[Way], None],
        now_s: Callable[[], float],
        status: Status | None = None,
        timers: Callable[[], list[tuple[str, float]]] = list,
    ) -> None:
        """Begin with the way that `ears` listen in.

        Args:
            ears: what keys open and close.
            attention: told to wait for the phrase, or not to.
            ways: the ways of listening that there are to choose from.
            interrupt: stops what is being spoken.
            change: is told of another way of listening.
            now_s: the clock of `ears` and `attention`.
            status: mode and languages.
            timers: gives what is running, with the seconds left.
        """
        self._ears, self._attention, self._ways = ears, attention, tuple(ways)
        self._interrupt, self._change, self._now_s, self._timers = interrupt, change, now_s, timers
        self._status = status or Status()
        self._phrase = attention.phrase
        self.over = False
        self._listen(ears.way)

    def show_on(self, model: Model) -> None:
        """Be what keys of this view change, and tell it what there is to know."""
        self._model = model
        self.refresh()

    def do(self, action: Action) -> None:
        """Do what a key asks for."""
        match action:
            case Action.MUTE:
                self._ears.muted = not self._ears.muted
                if self._ears.muted:
                    self._ears.talked(self._now_s())
            case Action.INTERRUPT:
                self._interrupt()
            case Action.TALK if self._ears.way is Way.PUSH and not self._ears.muted:
                if self._ears.closed:
                    self._interrupt()
                self._ears.talk()
            case Action.TALKED:
                self._ears.talked(self._now_s())
            case Action.LISTEN:
                self._listen(self._ways[(self._ways.index(self._ears.way) + 1) % len(self._ways)])
            case Action.SAVE:
                self._model.note(save(self._model.transcript()), self._now_s())
            case Action.QUIT:
                self.over = True
        self.refresh()

    def refresh(self) -> None:
        """Tell the view how things are."""
        ears = self._ears
        talk = ("hold to talk" if self._model.holds else "talk") if ears.way is Way.PUSH and not ears.muted else ""
        self._model.status = replace(
            self._status, microphone=self._microphone(), talk=talk, welcome=self._welcome(), timers=tuple(self._timers())
        )

    def _welcome(self) -> str:
        if self._ears.muted:
            return "The microphone is muted; m opens it."
        match self._ears.way:
            case Way.PUSH if self._model.holds:
                return "Hold the space bar while you speak."
            case Way.PUSH:
                return "Press the space bar, speak, and press it again."
            case Way.WAKE if self._phrase:
                return f"Say “{self._phrase.phrase}”, and what you want."
        return "Say something."

    def _microphone(self) -> str:
        if self._ears.muted:
            return MUTED
        match self._ears.way:
            case Way.PUSH:
                return "push-to-talk: open" if self._ears.talking else "push-to-talk"
            case Way.WAKE:
                phrase = self._phrase.phrase if self._phrase else ""
                return "awake" if self._attention.awake(self._now_s()) else f"say “{phrase}”"
            case Way.OPEN:
                return "open microphone"

    def _listen(self, way: Way) -> None:
        self._ears.turn(way)
        self._attention.phrase = self._phrase if way is Way.WAKE else None
        self._change(way)


def save(lines: Sequence[str]) -> str:
    """Write a transcript into the current folder and return one sentence about it."""
    if not lines:
        return "There is nothing to save yet."
    now = local_time()
    path = Path(f"parley-{now:%Y-%m-%d-%H%M%S}.txt")
    try:
        path.write_text("\n".join([f"Parley, {now:%Y-%m-%d %H:%M}", "", *lines, ""]), encoding="utf-8")
    except OSError as error:
        return f"Not saved: {error.strerror or error}; start parley in a folder that you may write to."
    return f"Saved as {path.name}."
