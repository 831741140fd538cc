"""The view without a terminal: facts and keys in, what is on the screen out."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from enum import Enum, auto

from assistant.audio import Samples
from assistant.events import Degraded, Restored, Stamped
from assistant.latency import Timing
from clients.terminal.cells import clean
from clients.terminal.floor import FloorFold
from clients.terminal.keys import TELLS_RELEASES, Key
from clients.terminal.lines import Lines
from clients.terminal.playing import level_db
from clients.terminal.push_key import Push, PushKey
from clients.terminal.state import QUIET_DB, State, Status
from clients.terminal.timings import Timings

NOTICE_S = 6.0
"""How long something that was just done is told."""

FALL_DB_S = 30.0
"""How far a meter falls in a second: the eye follows a slow fall."""

LINES_EACH = 8
"""Lines of the screen that an entry may have, for how far one can scroll back."""

BLOCKS = 32
"""Blocks of the microphone that are remembered if nobody looks."""


class Action(Enum):
    """What a key asks of the program."""

    MUTE = auto()
    INTERRUPT = auto()
    TALK = auto()
    TALKED = auto()
    LISTEN = auto()
    """Another way of listening: open, push-to-talk, wake phrase."""
    SAVE = auto()
    REPAINT = auto()
    SUSPEND = auto()
    QUIT = auto()


_ACTIONS = {
    "m": Action.MUTE, "i": Action.INTERRUPT, "l": Action.LISTEN, "s": Action.SAVE, "q": Action.QUIT,
    "ctrl-c": Action.QUIT, "ctrl-z": Action.SUSPEND, "ctrl-l": Action.REPAINT,
}  # fmt: skip
_PUSHES = {Push.BEGIN: Action.TALK, Push.END: Action.TALKED}
_SCROLL = {"up": 1, "down": -1, "page up": 10, "page down": -10}


class Model:
    """All of it; times are seconds on the session's clock."""

    def __init__(self, *, you: str = "you", parley: str = "parley") -> None:
        self._lines, self._timings, self._floor = Lines(you=you, parley=parley), Timings(), FloorFold()
        self._troubles: dict[str, str] = {}
        self._heard_db: deque[float] = deque(maxlen=BLOCKS)
        self._microphone_db = self._speaker_db = QUIET_DB
        self._looked_s = 0.0
        self._push = PushKey()
        self._notice, self._notice_until_s = "", 0.0
        self._page, self._back = "conversation", 0
        self.status = Status()
        """What the program says of itself."""
        self.silent = ""
        """Why there is no sound."""
        self.xruns = 0
        """Times that sound was lost because the program, or what it hears and plays through, was too late."""

    def push(self, stamped: Stamped) -> None:
        """Take the next fact."""
        self._lines.push(stamped)
        self._timings.push(stamped)
        self._floor.push(stamped)
        match stamped.event:
            case Degraded(what=what, why=why):
                self._troubles[what] = why
            case Restored(what=what):
                self._troubles.pop(what, None)

    def time(self, timing: Timing) -> None:
        """Take what a turn took from somebody who knows better than the facts."""
        self._timings.correct(timing)

    def hear(self, samples: Samples) -> None:
        """Take what the microphone gave, for its meter."""
        self._heard_db.append(level_db(samples))

    def key(self, key: Key, now_s: float) -> Action | None:
        """Take a key; return what it asks of the program, if anything."""
        if key == TELLS_RELEASES:
            self._push.tells_releases = True
        elif key.name == " ":
            if not self.status.talk:
                return None
            push = self._push.press(now_s) if key.pressed else self._push.release()
            return _PUSHES[push] if push else None
        elif key.pressed:
            action = self._pressed(key.name.lower())
            if action in (Action.MUTE, Action.LISTEN):
                self._push.release()
            return action
        return None

    def tick(self, now_s: float) -> Action | None:
        """Time has passed."""
        push = self._push.tick(now_s)
        return _PUSHES[push] if push else None

    def note(self, text: str, now_s: float) -> None:
        """Tell for some seconds that something was done."""
        self._notice, self._notice_until_s = clean(text), now_s + NOTICE_S

    def listen_to(self, who: str) -> None:
        """Label what is heard now."""
        self._lines.you = who

    @property
    def holds(self) -> bool:
        """Whether push-to-talk is a key that is held."""
        return self._push.tells_releases

    def transcript(self) -> list[str]:
        """Return the conversation as lines of text."""
        return self._lines.transcript()

    def state(self, now_s: float) -> State:
        """Return what is to be seen now."""
        fall_db = FALL_DB_S * max(0.0, now_s - self._looked_s)
        self._looked_s = now_s
        self._microphone_db = max(self._microphone_db - fall_db, *self._heard_db, QUIET_DB)
        self._heard_db.clear()
        self._speaker_db = max(self._speaker_db - fall_db, self._lines.level_db(now_s), QUIET_DB)
        entries = self._lines.entries(now_s)
        self._back = min(self._back, LINES_EACH * len(entries))
        troubles = self._troubles | ({"no sound": self.silent} if self.silent else {})
        return State(
            entries=entries,
            status=replace(self.status, microphone=clean(self.status.microphone)),
            floor=self._floor.floor,
            microphone_db=float(round(self._microphone_db)),
            speaker_db=float(round(self._speaker_db)),
            bars=self._timings.bars,
            p50_s=self._timings.percentile(0.5),
            p95_s=self._timings.percentile(0.95),
            turns=self._timings.turns,
            troubles=tuple((clean(what), clean(why)) for what, why in troubles.items()),
            xruns=self.xruns,
            notice=self._notice if now_s < self._notice_until_s else "",
            page=self._page,
            back=self._back,
        )

    def _pressed(self, name: str) -> Action | None:
        if name in _SCROLL:
            self._back = max(0, self._back + _SCROLL[name])
        elif name == "end":
            self._back = 0
        elif name in ("?", "h"):
            self._page = "help" if self._page != "help" else "conversation"
        elif name == "escape":
            if self._page != "help":
                return Action.INTERRUPT
            self._page = "conversation"
        return _ACTIONS.get(name)
