"""Inputs that are nearly right: a seed with some of it changed, as bytes, as lines of text, or as a tree of JSON."""

from __future__ import annotations

import copy
import json
import struct
import tomllib
from collections.abc import Sequence
from random import Random
from typing import Any, TypeAlias

Json: TypeAlias = Any

NUMBERS = (
    0, 1, -1, 2, 7, 127, 128, 255, 256, 1000, 4096, 32_767, 32_768, 65_535, 65_536, 2**31 - 1, 2**31, -(2**31), 2**32 - 1, 2**32, 2**53, 2**63 - 1,
    2**63, 2**64, 10**20, 10**400,
)  # fmt: skip
FLOATS = (0.0, -0.0, 0.5, -0.5, 1e-320, 1e300, 1e308, float("inf"), float("-inf"), float("nan"))
TEXTS = (
    "", " ", "\0", "\n", "\r\n", "\t", ".", "..", "/", "\\", "../../etc/passwd", "/etc/passwd", "C:\\nul", "CON", "nul.gguf", "com1", "~", "%00", "%2e%2e%2f",
    "{", "}", "[", "]", "<", ">", '"', "'", "`", "$", "null", "true", "NaN", "Infinity", "-0", "1e999", "0x1f", "1_000", "\ud800", "\udfff\ud800", "\ufeff",
    "\u202e", "\u2028", "\x1b[2J", "İ", "ß", "ﬀ", "٣", "²", "𝟙", "👩‍👩‍👧", "e" + "\u0301" * 40, "a" * 5000, "(" * 3000, "9" * 5000, "en", "en-US", "EN_us",
    "user", "message", "type", "id", "item", "x",
)  # fmt: skip
"""Texts that some reader somewhere took for something else."""

MOST_BYTES = 200_000
"""Of a case: what grows in a circle does not grow for ever."""

MOST_REPEATED = 4000


def number(random: Random) -> int:
    """Return a whole number, mostly one at some edge."""
    return random.choice(NUMBERS) if random.random() < 0.7 else random.randint(-1000, 100_000)


def text(random: Random, words: Sequence[str] = ()) -> str:
    """Return a text, one of `words` half of the time."""
    if words and random.random() < 0.5:
        return random.choice(words)
    if random.random() < 0.7:
        return random.choice(TEXTS)
    return "".join(chr(random.choice((random.randrange(32, 127), random.randrange(0xD7FF)))) for _ in range(random.randrange(30)))


def value(random: Random, words: Sequence[str] = (), depth: int = 3) -> Json:
    """Return anything that JSON can say."""
    match random.randrange(9 if depth else 6):
        case 0:
            return None
        case 1:
            return random.random() < 0.5
        case 2:
            return number(random)
        case 3:
            return random.choice(FLOATS)
        case 4 | 5:
            return text(random, words)
        case 6:
            return [value(random, words, depth - 1) for _ in range(random.randrange(5))]
        case 7:
            return {text(random, words): value(random, words, depth - 1) for _ in range(random.randrange(5))}
        case _:
            return deep(random)


def deep(random: Random) -> Json:
    """Return something deep."""
    found: Json = 1
    for _ in range(random.choice((10, 100, 190, 300))):
        found = [found] if random.random() < 0.5 else {"a": found}
    return found


def deep_text(random: Random) -> str:
    """Return JSON that is deeper than any reader goes."""
    return random.choice(("[", '{"a":', "[[", '[{"type":')) * random.choice((500, 2000, 30_000))


def tree(random: Random, seed: Json, words: Sequence[str] = ()) -> Json:
    """Return a copy of some JSON with one to four changes."""
    found = copy.deepcopy(seed)
    for _ in range(random.choice((1, 1, 2, 3, 4))):
        found = _changed(random, found, words)
    return found


def _changed(random: Random, seed: Json, words: Sequence[str]) -> Json:
    places = list(_places(seed))
    if not places or random.random() < 0.05:
        return value(random, words)
    holder, key = random.choice(places)
    match random.randrange(8):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 0:
            holder.pop(key)
        case 1 if isinstance(holder, dict):
            holder[text(random, words)] = holder.pop(key)
        case 1:
            holder.insert(key, copy.deepcopy(holder[key]))
        case 2 if isinstance(holder, dict):
            holder[text(random, words)] = value(random, words)
        case 3 if isinstance(holder[key], str):
            holder[key] = "".join(lines(random, holder[key], words))
        case 4 if isinstance(holder[key], str | list) and len(holder[key]) < MOST_REPEATED:
            holder[key] = holder[key] * random.choice((0, 2, 50))
        case 5:
            holder[key] = [holder[key]] if random.random() < 0.5 else {"type": holder[key]}
        case _:
            holder[key] = value(random, words)
    return seed


def _places(seed: Json, depth: int = 0) -> Any:
    if depth > 40:
        return
    keys = list(seed) if isinstance(seed, dict) else range(len(seed)) if isinstance(seed, list) else ()
    for key in keys:
        yield seed, key
        yield from _places(seed[key], depth + 1)


def dumped(random: Random, found: Json) -> str:
    """Return JSON as text, now and then broken."""
    written = json.dumps(found, ensure_ascii=random.random() < 0.7)
    match random.randrange(25):
        case 0:
            return lines(random, written)
        case 1:
            return deep_text(random)
        case 2:
            return written.replace(random.choice(('"', ":", ",")), deep_text(random), 1)
        case _:
            return written


def lines(random: Random, seed: str, words: Sequence[str] = ()) -> str:
    """Return a text with one to four changes, of characters or of lines."""
    found = seed
    for _ in range(random.choice((1, 1, 2, 3, 4))):
        found = _line_changed(random, found, words) if random.random() < 0.5 and "\n" in found else _text_changed(random, found, words)
    return found[:MOST_BYTES]


def _line_changed(random: Random, seed: str, words: Sequence[str]) -> str:
    found = seed.split("\n")
    at = random.randrange(len(found))
    match random.randrange(6):
        case 0:
            del found[at]
        case 1:
            found.insert(at, found[random.randrange(len(found))])
        case 2:
            other = random.randrange(len(found))
            found[at], found[other] = found[other], found[at]
        case 3 if "=" in found[at]:
            found[at] = f"{found[at].partition('=')[0]}= {text(random, words)}"
        case 4:
            found[at] = text(random, words)
        case _:
            found[at] = _text_changed(random, found[at], words)
    return "\n".join(found)


def _text_changed(random: Random, seed: str, words: Sequence[str]) -> str:
    start = random.randrange(len(seed) + 1)
    end = min(len(seed), start + random.choice((0, 1, 1, 2, 8, 40)))
    match random.randrange(6):
        case 0:
            return seed[:start] + seed[end:]
        case 1:
            return seed[:end] + seed[start:]
        case 2:
            return seed[:start]
        case 3:
            return seed[:start] + chr(random.randrange(0xD7FF)) + seed[end:]
        case 4:
            return seed[:start] + seed[start:end] * random.choice((3, 30, 1000)) + seed[end:]
        case _:
            return seed[:start] + text(random, words) + seed[end:]


def toml(random: Random, seed: str, words: Sequence[str] = ()) -> str:
    """Return TOML that is nearly the seed: half of the time well-formed, with something else in it."""
    if random.random() < 0.5:
        return lines(random, seed, words)
    found = tree(random, tomllib.loads(seed), words)
    return (
        "\n".join(f"{json.dumps(key, ensure_ascii=False)} = {_inline(each)}" for key, each in found.items())
        if isinstance(found, dict)
        else ""
    )


def _inline(value: Json) -> str:
    match value:
        case bool() | str() | int():
            return json.dumps(value, ensure_ascii=False)
        case float():
            return repr(value)
        case list():
            return f"[{', '.join(map(_inline, value))}]"
        case dict():
            return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {_inline(each)}" for key, each in value.items()) + "}"
        case _:
            return "[]"


def octets(random: Random, seeds: Sequence[bytes], words: Sequence[bytes] = ()) -> bytes:
    """Return one of the seeds with one to eight changes."""
    found = bytearray(random.choice(seeds))
    for _ in range(random.choice((1, 1, 2, 3, 4, 8))):
        found = _octets_changed(random, found, seeds, words)
    return bytes(found[:MOST_BYTES])


def _octets_changed(random: Random, found: bytearray, seeds: Sequence[bytes], words: Sequence[bytes]) -> bytearray:
    # Headers are at the front, so half of the changes are, too.
    start = random.randrange(min(len(found), 64) + 1) if random.random() < 0.5 else random.randrange(len(found) + 1)
    end = min(len(found), start + random.choice((1, 1, 2, 4, 16, 512)))
    match random.randrange(9):
        case 0:
            del found[start:end]
        case 1:
            found[start:start] = found[start:end]
        case 2:
            del found[start:]
        case 3 if start < len(found):
            found[start] ^= 1 << random.randrange(8)
        case 4 if start < len(found):
            found[start] = random.randrange(256)
        case 5:
            form = random.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
            packed = struct.pack(form, number(random) % (1 << 8 * struct.calcsize(form)))
            found[start : start + len(packed)] = packed
        case 6 if words:
            found[start:end] = random.choice(words)
        case 7:
            other = random.choice(seeds)
            at = random.randrange(len(other) + 1)
            found[start:end] = other[at : at + random.choice((1, 8, 64, 1024))]
        case _:
            found[start:end] = random.randbytes(random.choice((1, 2, 4, 16)))
    return found
