"""What a command works on: sound files, texts, or the lines of standard input, each as soon as it is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.errors import InputError
from clients.cli.media import decode
from clients.cli.stdin import STDIN, lines

SOUND_ENDINGS = frozenset(".wav .flac .mp3 .ogg .opus .m4a .aac .webm .mp4 .mkv .mov .wma .aiff .aif .au .amr .3gp .mka".split())


def is_sound(argument: str) -> bool:
    """Tell a sound file from a text: it exists, or its ending says that it should."""
    try:
        return Path(argument).suffix.lower() in SOUND_ENDINGS or Path(argument).is_file()
    except (OSError, ValueError):
        return False  # too long for a file name, or with a character that none can have


def check(arguments: Sequence[str]) -> None:
    """Say what is wrong with the arguments before a model is loaded.

    Raises:
        InputError: an empty text, or a file that is no sound.
    """
    for argument in arguments:
        if not argument.strip():
            raise InputError("A text is empty; give some words, a sound file, or - for standard input.")
        if is_sound(argument):
            next(decode(argument), None)


def each(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the arguments, and in the place of `-` the lines of standard input that say something."""
    for argument in arguments:
        if argument == STDIN:
            yield from (line.strip() for line in lines() if line.strip())
        else:
            yield argument


def called(argument: str, number: int, kind: str) -> str:
    """Return how a complaint names one of several: a file by its name, a text by its number."""
    return argument if is_sound(argument) else f"{kind} {number}"
