"""What was said in a room as a file, all languages side by side."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from assistant.subtitles import srt, vtt
from assistant.transcript import Segment
from server.rooms.lines import Line
from server.rooms.room import Room

LEAST_S = 1.5
"""So long a subtitle is shown at least."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a transcript is written."""

    suffix: str
    media_type: str
    write: Callable[[Room], str]


def file_name(room: Room, form: Format) -> str:
    """Return a name that every system takes: the title's letters and the day."""
    plain = unicodedata.normalize("NFKD", room.title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:40].strip("-")
    return f"{slug or 'room'}-{_day(room):%Y-%m-%d}.{form.suffix}"


def _day(room: Room) -> datetime:
    return datetime.fromtimestamp(room.unix_ms(room.opened_s) / 1000, UTC)


def _said(room: Room) -> list[Line]:
    """Return the lines that have words, in the order in which they began."""
    return sorted((line for line in room.lines if not line.empty), key=lambda line: line.began_s)


def _others(line: Line) -> list[tuple[str, str]]:
    """Return the other languages of a line and what stands there."""
    return [(language, text.whole) for language, text in line.texts.items() if language != line.language and text.whole]


def _txt(room: Room) -> str:
    head = f"{room.title}\n{_day(room):%Y-%m-%d %H:%M} UTC\n"
    return head + "".join(f"\n{_paragraph(room, line)}" for line in _said(room))


def _paragraph(room: Room, line: Line) -> str:
    minutes, seconds = divmod(max(0, int(line.began_s - room.opened_s)), 60)
    first = f"[{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}] {line.name} ({line.language}): {line.own.whole}\n"
    return first + "".join(f"    {language}: {text}\n" for language, text in _others(line))


def _segments(room: Room, cue: Callable[[Line], str]) -> list[Segment]:
    """Return subtitles that begin with the first line, at 0."""
    said = _said(room)
    start_s = said[0].began_s if said else 0.0
    return [
        Segment(cue(line), line.began_s - start_s, max(line.ended_s, line.began_s + LEAST_S) - start_s) for line in said
    ]  # fmt: skip


def _srt(room: Room) -> str:
    def inert(text: str) -> str:
        return text.replace("<", "‹").replace(">", "›").replace("{", "(").replace("}", ")")  # players take them for markup

    return srt(
        _segments(room, lambda line: "\n".join([inert(f"{line.name}: {line.own.whole}"), *(inert(text) for _, text in _others(line))]))
    )


def _vtt(room: Room) -> str:
    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    def cue(line: Line) -> str:
        name = escaped(line.name).replace("--", "‐‐")  # at a tag's end they would be an arrow, which only times may have
        own = f"<v {name}><lang {line.language}>{escaped(line.own.whole)}</lang></v>"
        return "\n".join([own, *(f"<lang {language}>{escaped(text)}</lang>" for language, text in _others(line))])

    return vtt(_segments(room, cue))


def _json(room: Room) -> str:
    lines = [line.wire(room.unix_ms(line.began_s), line.texts) for line in _said(room)]
    whole = {"title": room.title, "began_at": room.unix_ms(room.opened_s), "lines": lines}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


FORMATS: Mapping[str, Format] = {
    "txt": Format("txt", "text/plain; charset=utf-8", _txt),
    "srt": Format("srt", "application/x-subrip; charset=utf-8", _srt),
    "vtt": Format("vtt", "text/vtt; charset=utf-8", _vtt),
    "json": Format("json", "application/json", _json),
}
"""By the name that is asked for."""
