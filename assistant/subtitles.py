"""Segments as subtitles."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.transcript import Segment


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{milliseconds // 1000:02d}{point}{milliseconds % 1000:03d}"


def srt(segments: Sequence[Segment]) -> str:
    """Return SubRip text."""
    return "\n".join(f"{number}\n{_clock(s.start_s, ',')} --> {_clock(s.end_s, ',')}\n{s.text}\n" for number, s in enumerate(segments, 1))


def vtt(segments: Sequence[Segment]) -> str:
    """Return WebVTT text."""
    cues = "\n".join(f"{_clock(s.start_s, '.')} --> {_clock(s.end_s, '.')}\n{s.text}\n" for s in segments)
    return f"WEBVTT\n\n{cues}"
