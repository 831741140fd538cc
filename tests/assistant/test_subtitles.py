"""Segments as subtitles."""

from __future__ import annotations

from assistant.subtitles import srt, vtt
from assistant.transcript import Segment


def test_subtitles() -> None:
    segments = [Segment("Hello.", 0.5, 2.25), Segment("Good bye.", 3661.0, 3662.5)]
    assert srt(segments) == "1\n00:00:00,500 --> 00:00:02,250\nHello.\n\n2\n01:01:01,000 --> 01:01:02,500\nGood bye.\n"
    assert vtt(segments) == "WEBVTT\n\n00:00:00.500 --> 00:00:02.250\nHello.\n\n01:01:01.000 --> 01:01:02.500\nGood bye.\n"
