"""What a terminal sends for keys, as keys. Where it can, it is asked to tell when a key is released (the kitty keyboard protocol)."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

ASK = "\x1b[>27u\x1b[?u"
"""All keys as codes, with the text they make, and when they are released; and: do you know this? Others ignore both."""

UNASK = "\x1b[<u"

_SEQUENCE = re.compile(r"\x1b\[([?<=>]?)([0-9;:]*)([ -/]*)([@-~])|\x1bO([@-~])|\x1b([^\[O\x1b])")
_UNFINISHED = re.compile(r"\x1b(\[[0-9;:?<=>]{0,64}[ -/]{0,8}|O)?$")
_NAMES = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}
_TILDE = {"1": "home", "4": "end", "5": "page up", "6": "page down", "7": "home", "8": "end"}
_CONTROL = {3: "ctrl-c", 9: "tab", 12: "ctrl-l", 13: "enter", 10: "enter", 26: "ctrl-z", 27: "escape", 127: "backspace", 8: "backspace"}
_WITH_CONTROL = {ord(letter): f"ctrl-{letter}" for letter in "clz"}
_CTRL = 4


@dataclass(frozen=True, slots=True)
class Key:
    """A key by what it writes, or its name; pressed, or released."""

    name: str
    pressed: bool = True


TELLS_RELEASES = Key("tells releases")
"""Comes once, if the terminal tells when keys are released."""


class Keys:
    """Takes bytes as they come, also in the middle of a sequence."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._waiting = ""

    @property
    def unfinished(self) -> bool:
        """Whether a sequence has begun; if nothing follows, it was the escape key."""
        return bool(self._waiting)

    def push(self, data: bytes) -> list[Key]:
        """Return the keys in `data`."""
        text = self._waiting + self._decoder.decode(data)
        self._waiting = ""
        keys: list[Key] = []
        here = 0
        while here < len(text):
            if found := _SEQUENCE.match(text, here):
                here = found.end()
                if key := _sequence(found):
                    keys.append(key)
            elif _UNFINISHED.match(text, here):
                self._waiting = text[here:]
                break
            else:
                keys += _plain(text[here])
                here += 1
        return keys

    def flush(self) -> list[Key]:
        """Nothing follows: return what the beginning of a sequence was after all."""
        waiting, self._waiting = self._waiting, ""
        return [Key("escape")] if waiting else []


def _plain(character: str) -> list[Key]:
    if character.isprintable():
        return [Key(character)]
    name = _CONTROL.get(ord(character))
    return [Key(name)] if name else []


def _sequence(found: re.Match[str]) -> Key | None:
    private, numbers, between, final, after_o, alt = found.groups()
    if alt:
        return None
    if after_o:
        return Key(_NAMES[after_o]) if after_o in _NAMES else None
    if private == "?" and final == "u":
        return TELLS_RELEASES if numbers.strip("0") else None
    if private or between:
        return None
    code, modifiers, text = (*numbers.split(";"), "", "", "")[:3]
    modifier, _, kind = modifiers.partition(":")
    pressed = kind != "3"
    if final in _NAMES:
        return Key(_NAMES[final], pressed)
    if final == "~":
        return Key(_TILDE[code], pressed) if code in _TILDE else None
    if final != "u" or kind == "2":  # a held key does nothing a second time
        return None
    return _coded(code, modifier, text, pressed=pressed)


def _coded(code: str, modifier: str, text: str, *, pressed: bool) -> Key | None:
    number = int(code.partition(":")[0] or 0)
    with_control = bool((int(modifier or 1) - 1) & _CTRL)
    if with_control:
        return Key(_WITH_CONTROL[number], pressed) if number in _WITH_CONTROL else None
    if text and text.partition(":")[0].isdigit():
        number = int(text.partition(":")[0])
    if number in _CONTROL:
        return Key(_CONTROL[number], pressed)
    character = chr(number) if 32 <= number < 0x110000 and not 0xE000 <= number <= 0xF8FF and not 0xD800 <= number <= 0xDFFF else ""
    return Key(character, pressed) if character and character.isprintable() else None
