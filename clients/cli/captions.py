"""What is said and its translation, as both grow: in place in a terminal, line by line elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from assistant.events import Event, Partial, Translated, WritingFailed, Written


@dataclass
class _Caption:
    """One utterance."""

    said: tuple[str, str] = ("", "")
    """Certain and tentative words."""
    meant: tuple[str, str] = ("", "")
    """Of the translation."""
    written: bool = False
    final: bool = False

    def text(self) -> Text:
        """Return both lines; what may still change is dim."""
        return Text.assemble(_line("dim", self.said), "\n", _line("bold", self.meant))


class Captions:
    """Takes the facts of a session and of its interpreter. Runs inside `with`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._open: dict[int, _Caption] = {}
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None

    def __enter__(self) -> Captions:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def push(self, event: Event) -> None:
        """Take one fact."""
        match event:
            case Partial(turn=turn, committed=committed, tentative=tentative):
                self._caption(turn).said = committed, tentative
            case Written(turn=turn, text=text):
                caption = self._caption(turn)
                caption.said, caption.written = (text, ""), True
            case WritingFailed(turn=turn) if turn in self._open:  # otherwise nothing was understood, and nothing follows
                self._caption(turn).written = True
            case Translated(turn=turn, committed=committed, tentative=tentative, final=final):
                caption = self._caption(turn)
                caption.meant, caption.final = (committed, tentative), final
            case _:
                return
        while self._open and (first := next(iter(self._open.values()))).final and first.written:
            del self._open[next(iter(self._open))]
            if any(first.meant):
                self._console.print(first.text(), soft_wrap=self._live is None)
        if self._live is not None:
            self._live.update(Group(*(caption.text() for caption in self._open.values())), refresh=True)

    def _caption(self, turn: int) -> _Caption:
        return self._open.setdefault(turn, _Caption())


def _line(style: str, words: tuple[str, str]) -> Text:
    certain, tentative = words
    return Text.assemble((certain, style), " " if certain and tentative else "", (tentative, "dim italic"))
