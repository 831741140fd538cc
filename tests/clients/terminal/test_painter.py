from __future__ import annotations

import re

from clients.terminal.cells import Span, Style
from clients.terminal.painter import Painter

ONE, TWO, OTHER = (Span("one"),), (Span("two", Style.YOU),), (Span("other"),)


def test_only_what_changed_is_written() -> None:
    painter = Painter()
    assert painter.paint((ONE, TWO), 10).decode() == (
        "\x1b[?2026h\x1b[1;1H\x1b[0mone\x1b[0m\x1b[K\x1b[2;1H\x1b[0;1;36mtwo\x1b[0m\x1b[K\x1b[?2026l"
    )
    assert painter.paint((ONE, TWO), 10) == b""
    assert painter.paint((ONE, OTHER), 10).decode() == "\x1b[?2026h\x1b[2;1H\x1b[0mother\x1b[0m\x1b[K\x1b[?2026l"


def test_another_size_is_painted_anew() -> None:
    painter = Painter()
    painter.paint((ONE, TWO), 10)
    for paint in (lambda: painter.paint((ONE, TWO), 11), lambda: painter.paint((ONE, TWO, OTHER), 11)):
        written = paint()
        assert b"one" in written
        assert b"two" in written
    painter.forget()
    assert b"one" in painter.paint((ONE, TWO, OTHER), 11)


def test_the_last_column_is_not_wiped() -> None:
    assert b"\x1b[K" not in Painter().paint(((Span("0123456789"),),), 10)


def test_without_colours_styles_still_differ() -> None:
    painter = Painter(colours=False)
    written = painter.paint(tuple((Span("x", style),) for style in Style), 10).decode()
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", written.replace("\x1b[0;3m", ""))
    looks = dict(zip(Style, re.findall(r"\x1b\[([0-9;]*)mx", written), strict=True))
    for one, other in [
        (Style.SPOKEN, Style.PLAIN), (Style.TENTATIVE, Style.PLAIN), (Style.FAINT, Style.PLAIN), (Style.TITLE, Style.PLAIN),
        (Style.SPOKEN, Style.TENTATIVE), (Style.KEY, Style.FAINT), (Style.TROUBLE, Style.PLAIN),
    ]:  # fmt: skip
        assert looks[one] != looks[other]
