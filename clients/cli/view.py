"""What a person sees: live words, replies as they are spoken, a bar per stage, and with `-v` every fact with its time."""

from __future__ import annotations

from dataclasses import fields

from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from assistant.events import (
    Deferred,
    Degraded,
    Event,
    Failed,
    Final,
    Partial,
    ReplyAudio,
    ReplyDone,
    ReplyPhrase,
    ReplyStopped,
    Restored,
    Routed,
    Stamped,
    ToolCalled,
    Written,
)
from assistant.latency import Timing

BAR_WIDTH = 36

_BACK = Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2))
"""To the beginning of the line, and wipe it."""


class Conversation:
    """An observer that writes a conversation line by line; partial words are shown in place where there is a terminal."""

    def __init__(self, console: Console, *, you: str = "you", parley: str = "parley") -> None:
        self._console, self._parley = console, parley
        self.you = you
        """Who is heard now."""
        self._live = console.is_terminal
        self._shown = 0

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        match stamped.event:
            case Partial(_, committed, tentative) if self._live:
                self._replace(Text.assemble((f"{self.you:>8}  ", "cyan"), (committed, "bold"), " ", (tentative, "dim")))
            case Final(_, text, _) if text:
                self._replace(Text.assemble((f"{self.you:>8}  ", "cyan"), (text, "bold")), last=True)
            case Written(_, _, text, language) if text:
                self._replace(Text.assemble((f"{language:>8}  ", "cyan"), (text, "bold")), last=True)
            case ToolCalled(_, name, arguments, _):
                shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
                self._replace(Text.assemble((f"{'tool':>8}  ", "yellow"), f"{name}({shown})"), last=True)
            case Routed(_, to, why) if to not in ("small", "ask"):
                self._replace(Text.assemble((f"{'asking':>8}  ", "yellow"), f"{to} ({why})"), last=True)
            case Deferred():
                self._replace(Text.assemble((f"{'':>8}  ", "yellow"), "(beyond the small model)"), last=True)
            case ReplyPhrase(_, text):
                self._replace(Text.assemble((f"{self._parley:>8}  ", "green"), text), last=True)
            case ReplyStopped(_, heard):
                self._replace(Text(f"{'':>8}  (stopped after {heard!r})", "dim"), last=True)
            case Degraded(_, what, why):
                self._replace(Text(f"{'':>8}  ({what}: {why})", "dim"), last=True)
            case Restored(_, what):
                self._replace(Text(f"{'':>8}  ({what}: no longer)", "dim"), last=True)
            case Failed(_, message, _):
                self._replace(Text.assemble((f"{'error':>8}  ", "red"), message), last=True)

    def _replace(self, line: Text, *, last: bool = False) -> None:
        """Write over the words that were tentative."""
        if self._live:
            self._console.control(_BACK)
            if not last and (over := len(line) - self._console.width + 1) > 0:
                line = Text("…", "dim") + line[over + 1 :]  # the newest words are the ones to see
        if last or self._live:
            self._console.print(line, end="\n" if last else "", overflow="ignore", crop=False)


class Verbose:
    """An observer that writes every fact with its time, in seconds since the first."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._first_s: float | None = None

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        self._first_s = stamped.at_s if self._first_s is None else self._first_s
        line = f"{stamped.at_s - self._first_s:8.3f}  {describe(stamped.event)}"
        self._console.print(Text(line, "dim"))


def describe(event: Event) -> str:
    """Return a fact on one line, its audio as seconds."""
    if isinstance(event, ReplyAudio):
        return f"ReplyAudio turn={event.turn} {event.samples.size / event.sample_rate_hz:.2f} s of {event.text!r}"
    values = ((f.name, getattr(event, f.name)) for f in fields(event))
    shown = " ".join(f"{name}={round(value, 3) if isinstance(value, float) else value!r}" for name, value in values)
    return f"{type(event).__name__} {shown}"


def bars(timing: Timing) -> Text:
    """Return one line a stage: its bar from where the one before ended, in milliseconds after the last word."""
    reached = timing.in_order()
    longest = max((at for _, at in reached), default=0.0) or 1.0
    lines, before = Text(), 0.0
    for stage, at in reached:
        start, end = (round(max(0.0, min(x, longest)) / longest * BAR_WIDTH) for x in (before, at))
        bar = " " * start + "━" * max(1, end - start)
        lines.append(f"{stage.replace('_', ' '):>14}  ", "dim")
        lines.append(f"{bar:<{BAR_WIDTH + 1}}", "blue")
        lines.append(f" {at * 1000:5.0f} ms\n", "dim")
        before = at
    return lines


class Collected:
    """An observer that keeps what one turn gave, for `--json` and for files."""

    def __init__(self) -> None:
        self.text = self.language = self.reply = ""
        self.tool_calls: list[dict[str, object]] = []
        self.audio: list[ReplyAudio] = []
        self.failed: Failed | None = None

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        match stamped.event:
            case Final(_, text, language):
                self.text, self.language = text, language
            case ToolCalled(_, name, arguments, said):
                self.tool_calls.append({"name": name, "arguments": arguments, "result": said})
            case ReplyAudio() as audio:
                self.audio.append(audio)
            case ReplyDone(_, text):
                self.reply = text
            case Failed() as failed:
                self.failed = failed
