"""How numbers, spans, times of day and lists are said: short texts that read well and that a synthesiser cannot misread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal

POWERS_FROM = Decimal(10) ** 15
"""From here on digits mean nothing to a listener, and espeak-ng has no word: said as a power of ten."""

NOTHING_BELOW = Decimal("1e-9")
"""Smaller sizes are said as about 0."""

_NOISE = Decimal("1e-20")
"""Relative error below which a number was only disturbed by earlier rounding, such as 1 / 3 * 3."""

_EXACT = Context(prec=28, rounding=ROUND_HALF_UP)
_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_UP)

# not strftime or calendar: they follow the machine's locale, and the voice does not
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = "January February March April May June July August September October November December".split()


class Refused(Exception):
    """What was asked for cannot be done; the message is the sentence that tells the user."""


def number(value: Decimal) -> str:
    """Return a finite number with at most 2 decimals (2 digits below 0.1), led by `about` when that changed it."""
    size = _EXACT.abs(value)
    if size < NOTHING_BELOW:
        return "about 0" if size else "0"
    if size < POWERS_FROM:
        shown = size.quantize(Decimal(1).scaleb(-max(2, 1 - size.adjusted())), context=_EXACT)
        text = f"{_EXACT.normalize(shown):f}"
    else:
        shown = _THREE_DIGITS.plus(size)
        mantissa = f"{_EXACT.normalize(shown.scaleb(-shown.adjusted())):f}"
        text = ("" if mantissa == "1" else f"{mantissa} times ") + f"10 to the power of {shown.adjusted()}"
    about = "" if abs(shown - size) <= size * _NOISE else "about "
    return f"{about}{'minus ' if value < 0 else ''}{text}"


def counted(value: Decimal, one: str, many: str) -> str:
    """Return the number with its noun: `1 mile`, `about 1.61 kilometers`."""
    said = number(value)
    return f"{said} {one if said.split()[-1] == '1' else many}"


def span(seconds: int) -> str:
    """Return a length of time: `1 hour, 5 minutes and 10 seconds`."""
    return listing([f"{n} {unit}{'s' * (n != 1)}" for n, unit in _parts(seconds)])


def span_name(seconds: int) -> str:
    """Return a length of time as it stands before a noun: `5 minute`, `1 hour 30 minute`."""
    return " ".join(f"{n} {unit}" for n, unit in _parts(seconds))


def _parts(seconds: int) -> list[tuple[int, str]]:
    parts = [(seconds // 3600, "hour"), (seconds // 60 % 60, "minute"), (seconds % 60, "second")]
    return [part for part in parts if part[0]] or [(0, "second")]


def clock(at: datetime) -> str:
    """Return a time of day: `3:05 PM`, `3 PM`, `noon`, `midnight`."""
    if at.minute == 0 and at.hour % 12 == 0:
        return "noon" if at.hour else "midnight"
    minutes = f":{at.minute:02d}" if at.minute else ""  # "3:00" is read as three zero zero
    return f"{at.hour % 12 or 12}{minutes} {'PM' if at.hour >= 12 else 'AM'}"


def date(at: datetime) -> str:
    """Return a day: `Tuesday, November 24`."""
    return f"{_DAYS[at.weekday()]}, {_MONTHS[at.month - 1]} {at.day}"


def listing(items: Sequence[str], most: int = 1000) -> str:
    """Return `milk, eggs and bread`; past `most` items only how many more there are."""
    if len(items) > most:
        items = [*items[:most], f"{len(items) - most} more"]
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def plain(text: str) -> str:
    """Return the text on one line, without control characters and halves of characters, which no voice can take."""
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
