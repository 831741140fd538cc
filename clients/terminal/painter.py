"""A screen as bytes for a terminal: only the lines that changed, all at once."""

from __future__ import annotations

from clients.terminal.cells import Line, Screen, Style, width

ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
"""Another screen, no cursor, and no line goes on below: a terminal that finds a character wider than we do must not move the rest."""

LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"

_TOGETHER, _DONE = "\x1b[?2026h", "\x1b[?2026l"
"""Terminals that know these show what is between them at once; others ignore them."""

_LOOKS: dict[Style, tuple[str, str]] = {
    Style.PLAIN: ("", ""),
    Style.FAINT: ("2", ""),
    Style.STRONG: ("1", ""),
    Style.TITLE: ("7", ""),
    Style.YOU: ("1", "36"),
    Style.PARLEY: ("1", "34"),
    Style.TENTATIVE: ("3", ""),
    Style.SPOKEN: ("1;4", ""),
    Style.TROUBLE: ("1", "33"),
    Style.KEY: ("1", ""),
    Style.BAR: ("", "36"),
    Style.BAR_HIGH: ("1", "33"),
}
"""Attributes, and colours from blue to yellow only, which colour-blind people tell apart; what matters is also told by words and marks."""


class Painter:
    """Knows what is on the terminal."""

    def __init__(self, *, colours: bool = True) -> None:
        self._looks = {
            style: "\x1b[0" + "".join(f";{code}" for code in (attributes, colour if colours else "") if code) + "m"
            for style, (attributes, colour) in _LOOKS.items()
        }
        self._shown: Screen = ()
        self._columns = 0

    def forget(self) -> None:
        """The terminal has lost what was on it, or has another size: the next screen is painted as a whole."""
        self._shown = ()

    def paint(self, screen: Screen, columns: int) -> bytes:
        """Return what turns what is shown into `screen`; nothing if it is that already."""
        if columns != self._columns or len(screen) != len(self._shown):
            self._shown = ()
        fresh = not self._shown
        changed = [
            f"\x1b[{row};1H{self._line(line, columns)}"
            for row, line in enumerate(screen, 1)
            if fresh or self._shown[row - 1] != line
        ]  # fmt: skip
        self._shown, self._columns = screen, columns
        if not changed:
            return b""
        return f"{_TOGETHER}{''.join(changed)}{_DONE}".encode(errors="replace")

    def _line(self, line: Line, columns: int) -> str:
        text = "".join(f"{self._looks[span.style]}{span.text}" for span in line)
        rest = "" if width(line) >= columns else "\x1b[0m\x1b[K"  # in the last column that would wipe what was just written
        return text + rest
