"""Transcripts in four formats, whatever people are called and say."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from server.realtime.refusals import Refused
from server.rooms.room import Bounds, Room
from server.rooms.transcript import FORMATS, file_name

CLOCK = r"\d\d:[0-5]\d:[0-5]\d"
NASTY = st.text(st.sampled_from("<>&-\n\r\t\\{}\"'/ab é\u2028\u202e"), min_size=1, max_size=30) | st.sampled_from(
    ["<script>alert(1)</script>", "1\n00:00:00,000 --> 00:00:01,000\nx", "-->", "</v><b>", "NOTE x", "{\\an8}"]
)


def said(*texts: tuple[str, str, str], title: str = "Café del día") -> Room:
    room = Room(title, 100.0, 3700.0, 1_700_000_000.0, Bounds(texts_a_minute=600))
    for number, (name, own, other) in enumerate(texts):
        try:
            person = room.join(name, "en", 0.0)
            line = room.say(person, own, 101.0 + number)
        except Refused:  # nothing is left of it
            continue
        line.texts["es"] = type(line.own)(" ".join(other.split()), final=True)
    return room


def test_both_languages_stand_side_by_side() -> None:
    room = said(("Ann", "I don't know.", "No lo sé."), ("Bob & Co", "Yes <really>.", "Sí."))
    assert FORMATS["txt"].write(room) == (
        "Café del día\n2023-11-14 22:15 UTC\n"
        "\n[00:00:01] Ann (en): I don't know.\n    es: No lo sé.\n"
        "\n[00:00:02] Bob & Co (en): Yes <really>.\n    es: Sí.\n"
    )
    assert FORMATS["srt"].write(room) == (
        "1\n00:00:00,000 --> 00:00:01,500\nAnn: I don't know.\nNo lo sé.\n\n"
        "2\n00:00:01,000 --> 00:00:02,500\nBob & Co: Yes ‹really›.\nSí.\n"
    )
    assert FORMATS["vtt"].write(room) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:01.500\n<v Ann><lang en>I don't know.</lang></v>\n<lang es>No lo sé.</lang>\n\n"
        "00:00:01.000 --> 00:00:02.500\n<v Bob &amp; Co><lang en>Yes &lt;really&gt;.</lang></v>\n<lang es>Sí.</lang>\n"
    )
    told = json.loads(FORMATS["json"].write(room))
    assert told["title"] == "Café del día"
    assert [line["texts"]["es"]["committed"] for line in told["lines"]] == ["No lo sé.", "Sí."]


def test_an_empty_room_has_transcripts_too() -> None:
    room = said()
    assert FORMATS["vtt"].write(room) == "WEBVTT\n\n"
    assert FORMATS["srt"].write(room) == ""
    assert json.loads(FORMATS["json"].write(room))["lines"] == []


@given(st.lists(st.tuples(NASTY, NASTY, NASTY), max_size=6))
def test_subtitles_are_valid_and_markup_in_them_is_inert(texts: list[tuple[str, str, str]]) -> None:
    room = said(*texts)
    cues = FORMATS["srt"].write(room).split("\n\n") if room.lines else []
    assert len(cues) == len(room.lines)
    for number, cue in enumerate(cues, 1):
        first, times, *rest = cue.rstrip("\n").split("\n")
        assert first == str(number)
        assert re.fullmatch(rf"{CLOCK},\d{{3}} --> {CLOCK},\d{{3}}", times)
        assert 1 <= len(rest) <= 2
        assert not re.search(r"[<>{}]", "".join(rest))
    head, *vtt = FORMATS["vtt"].write(room).rstrip("\n").split("\n\n")
    assert head == "WEBVTT"
    assert len(vtt) == len(room.lines)
    starts = []
    for cue in vtt:
        times, *rest = cue.split("\n")
        found = re.fullmatch(rf"({CLOCK}\.\d{{3}}) --> ({CLOCK}\.\d{{3}})", times)
        assert found
        assert found[1] < found[2]
        starts.append(found[1])
        tags = re.findall(r"<[^>]*>", "\n".join(rest))
        assert all(re.fullmatch(r"</?(v|lang)( [^<>]+)?>", tag) for tag in tags)
        assert "-->" not in "".join(rest)
        assert not re.search(r"&(?!amp;|lt;|gt;)", "".join(rest))
    assert starts == sorted(starts)


@given(NASTY)
def test_file_names_are_clean(title: str) -> None:
    for form in FORMATS.values():
        assert re.fullmatch(rf"[a-z0-9]([a-z0-9-]*[a-z0-9])?-2023-11-14\.{form.suffix}", file_name(said(title=title), form))
    assert file_name(said(), FORMATS["txt"]) == "cafe-del-dia-2023-11-14.txt"
    assert file_name(said(title="会議"), FORMATS["txt"]) == "room-2023-11-14.txt"
