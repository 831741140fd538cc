"""What is thought of a machine, its disk, its ports and so on: tables, with no machine at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import EngineUnavailable, SettingsError
from assistant.settings import Settings
from clients.doctor.finding import Finding
from clients.doctor.probes import build, clock, conversations, disk, language_model, machine, ports, recognizers, settings, versions, voices
from clients.doctor.trial import Trial, judged

GIB, MIB = 2**30, 2**20


def verdicts(findings: list[Finding]) -> dict[str, str]:
    """Return the verdict on each thing; whatever is not well must have a remedy, whatever is well needs none."""
    for finding in findings:
        assert bool(finding.remedy) == (finding.verdict != "ok"), finding
        assert finding.sentence.endswith("."), finding
        assert ".." not in finding.sentence.replace("...", ""), finding
    assert len({finding.about for finding in findings}) == len(findings)
    return {finding.about: str(finding.verdict) for finding in findings}


GOOD = machine.Machine("CPU", "Linux", 4.0, 8, 4, frozenset({"AVX2", "VNNI"}), 16 * GIB, 8 * GIB, 1.0)


@pytest.mark.parametrize(
    ("change", "about", "verdict", "words"),
    [
        ({}, "Processor", "ok", "4 of 8 cores usable, 4 physical"),
        ({"usable_cores": 1.0}, "Processor", "warning", "1 of 8 cores"),
        ({"usable_cores": 1.5}, "Processor", "warning", "1.5 of 8"),
        ({"physical_cores": None}, "Processor", "ok", "8 cores usable."),
        ({}, "Instruction sets", "ok", "AVX2, VNNI; not AVX-512, AMX."),
        ({"instructions": frozenset({"NEON", "I8MM"})}, "Instruction sets", "ok", "NEON, I8MM."),
        ({"instructions": frozenset()}, "Instruction sets", "warning", "neither AVX2 nor NEON"),
        ({"instructions": None}, "Instruction sets", "ok", "does not tell"),
        ({}, "Memory", "ok", "8.0 of 16.0 GiB"),
        ({"free_memory_bytes": GIB}, "Memory", "warning", "1.0 of 16.0 GiB"),
        ({"free_memory_bytes": 300 * MIB}, "Memory", "problem", "0.3 of"),
        ({"memory_bytes": None}, "Memory", "ok", "does not tell"),
        ({}, "Load", "ok", "1.0 programs"),
        ({"load": 9.5}, "Load", "warning", "9.5 programs at work on 4 cores"),
    ],
)
def test_machines(change: dict[str, Any], about: str, verdict: str, words: str) -> None:
    findings = machine.judge(replace(GOOD, **change))
    assert verdicts(findings)[about] == verdict
    assert words in next(finding.sentence for finding in findings if finding.about == about)


X86 = """processor\t: 0
model name\t: A good one
physical id\t: 0
core id\t\t: 0
flags\t\t: fpu avx2 avx512f avx_vnni amx_tile

processor\t: 1
physical id\t: 0
core id\t\t: 0
flags\t\t: fpu avx2 avx512f avx_vnni amx_tile

processor\t: 2
physical id\t: 1
core id\t\t: 0
flags\t\t: fpu avx2 avx512f avx_vnni amx_tile
"""
ARM = "processor\t: 0\nFeatures\t: fp asimd i8mm\n"


def test_what_linux_tells() -> None:
    assert machine.parsed(X86) == ("A good one", 2, {"AVX2", "AVX-512", "VNNI", "AMX"})
    assert machine.parsed(ARM)[1:] == (None, {"NEON", "I8MM"})
    assert machine.parsed("")[1:] == (None, frozenset())
    assert [machine.share(text) for text in ("max 100000\n", "150000 100000", "", "x y", "1 0")] == [None, 1.5, None, None, None]


@pytest.mark.parametrize(
    ("python", "parley", "there", "expected"),
    [
        ((3, 11, 7), "0.1.0", {"numpy": "2.0.1", "av": "14"}, {"Python": "ok", "Packages": "ok"}),
        ((3, 10, 1), "0.1.0", {"numpy": "2", "av": "15.1"}, {"Python": "problem", "Packages": "ok"}),
        ((3, 12, 0), "0.1.0", {"numpy": "1.26.4", "av": "14"}, {"Python": "ok", "numpy": "problem", "Packages": "ok"}),
        ((3, 12, 0), "0.1.0", {"numpy": "2.1"}, {"Python": "ok", "av": "problem", "Packages": "ok"}),
        ((3, 12, 0), None, {}, {"Python": "ok", "Packages": "warning"}),
    ],
)
def test_versions(python: tuple[int, ...], parley: str | None, there: dict[str, str], expected: dict[str, str]) -> None:
    assert verdicts(versions.judge(versions.Versions(python, parley, {"numpy": "2", "av": "14"}, there))) == expected


def test_requirements() -> None:
    asked = ["numpy>=2", "piper-tts[alignment]>=1.8", 'torch>=2.4; extra == "recipe"', "rich"]
    assert versions.least(asked) == {"numpy": "2", "piper-tts": "1.8"}
    assert versions.numbers("2.0") == versions.numbers("2") < versions.numbers("2.0.1rc1") < versions.numbers("10")
    assert versions.numbers("odd") == ()


def test_settings() -> None:
    changed = settings.Changes(Path("s.toml"), True, {"endpoint.end_s": 0.5, "microphone": "USB"}, {"microphone": "--set"})
    (finding,) = settings.judge(changed)
    assert finding.sentence == "s.toml is in force; set: endpoint.end_s = 0.5, microphone = USB (by --set)."
    assert verdicts([finding]) == {"Settings": "ok"}
    (finding,) = settings.judge(settings.Changes(Path("s.toml"), False))
    assert "no file s.toml, which is fine; all is as by default" in finding.sentence
    broken = settings.Changes(Path("s.toml"), True, mistake=SettingsError("s.toml, line 3: 'x' is not allowed; take a number."))
    assert verdicts(settings.judge(broken)) == {"Settings": "problem"}


def test_what_settings_change_and_by_what() -> None:
    given = Settings.model_construct().model_copy(update={"microphone": "USB"})
    assert settings.different(given) == {"microphone": "USB"}
    assert settings.different(Settings.model_construct()) == {}
    found = settings.sources(["a.b", "c", "d"], ["a.b=1"], ["PARLEY_A__B", "PARLEY_C"])
    assert found == {"a.b": "--set", "c": "PARLEY_C"}


@pytest.mark.parametrize(
    ("free", "refused", "needed", "verdict", "words"),
    [
        (5 * GIB, "", True, "ok", "5.0 GiB are free for /x"),
        (100 * MIB, "", True, "warning", "100 MiB are free"),
        (3 * MIB, "", True, "problem", "3 MiB are free"),
        (3 * MIB, "", False, "warning", "3 MiB are free"),
        (5 * GIB, "Read-only file system", True, "problem", "Nothing can be written in /x (Read-only file system)"),
        (0, "No space left on device", False, "warning", "(No space left on device)"),
    ],
)
def test_disks(free: int, refused: str, needed: bool, verdict: str, words: str) -> None:
    (finding,) = disk.judge([disk.Place("Conversations", Path("/x"), free, refused, needed)])
    assert verdicts([finding]) == {"Conversations": verdict}
    assert words in finding.sentence
    assert verdict == "ok" or "XDG_STATE_HOME" in finding.remedy or "before the disk is full" in finding.remedy


@pytest.mark.parametrize(
    ("port", "verdict", "words"),
    [
        (ports.Port("h", 8765), "ok", "Port 8765 of h is free."),
        (ports.Port("h", 0), "ok", "any free port"),
        (ports.Port("h", 8765, "Address already in use"), "problem", "cannot be opened: Address already in use."),
        (ports.Port("h", 8765, "Address already in use", parley=True), "ok", "a parley serve that runs now"),
        (ports.Port("h", 80, "Permission denied"), "problem", "Permission denied"),
    ],
)
def test_ports(port: ports.Port, verdict: str, words: str) -> None:
    (finding,) = ports.judge(port)
    assert verdicts([finding]) == {"parley serve": verdict}
    assert words in finding.sentence


FILE = Path("c.db")


@pytest.mark.parametrize(
    ("kept", "verdict", "words"),
    [
        (conversations.Kept(FILE, there=False), "ok", "No conversations are kept yet"),
        (conversations.Kept(FILE, conversations=3, bytes=2_000_000), "ok", "3 conversations in c.db, 2.0 MB, whole"),
        (conversations.Kept(FILE, mode=0o644), "warning", "others on this machine can open it"),
        (conversations.Kept(FILE, unreadable="file is not a database"), "problem", "cannot be read (file is not a database)"),
        (conversations.Kept(FILE, damage="row 3 missing"), "problem", "damaged (row 3 missing)"),
        (conversations.Kept(FILE, tables=frozenset({"items"})), "problem", "it has no table sessions"),
    ],
)
def test_conversations(kept: conversations.Kept, verdict: str, words: str) -> None:
    (finding,) = conversations.judge(kept)
    assert verdicts([finding]) == {"Kept": verdict}
    assert words in finding.sentence


NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("newest", "wall_s", "verdict"),
    [
        (NOW - timedelta(days=90), 0.5, "ok"),
        (NOW + timedelta(hours=13), 0.501, "ok"),
        (NOW + timedelta(days=400), 0.5, "problem"),
        (NOW, 61.0, "warning"),
        (NOW, -3.0, "warning"),
    ],
)
def test_clocks(newest: datetime, wall_s: float, verdict: str) -> None:
    (finding,) = clock.judge(clock.Clock(NOW, "UTC", newest, wall_s, 0.5))
    assert verdicts([finding]) == {"Clock": verdict}
    assert "2026-05-04 12:00:00, time zone UTC" in finding.sentence


@pytest.mark.parametrize(
    ("trial", "verdict", "words"),
    [
        (Trial("e", 0.5, 0.1, "done in 100 ms"), "ok", "done in 100 ms; loaded in 0.50 s."),
        (Trial("e", 0.5, 2.0, "done in 2.0 s"), "warning", "more than the 1.2 s"),
        (Trial("e", 0.5, 2.0, "done in 2.0 s", most_s=3.0), "ok", "done in 2.0 s"),
        (Trial("e", 0.5, 0.1, "done", "it said nothing", "Take another."), "warning", "; it said nothing."),
        (Trial("e", failed=EngineUnavailable("It cannot be loaded; take another.")), "problem", "It cannot be loaded."),
    ],
)
def test_trials(trial: Trial, verdict: str, words: str) -> None:
    (finding,) = judged([trial])
    assert verdicts([finding]) == {"e": verdict}
    assert words in finding.sentence


def test_doubts() -> None:
    assert recognizers.doubt("en", "What is seven times eight?") == ""
    assert recognizers.doubt("en", "What is 7 times 8?") == ""
    assert "'Thank you.'" in recognizers.doubt("en", "Thank you.")
    assert "nothing" in recognizers.doubt("en", "")
    assert recognizers.doubt("es", "") == ""
    assert language_model.doubt(3) == ""
    assert "nothing" in language_model.doubt(0)
    assert voices.doubt(100, 0.5) == ""
    assert voices.doubt(0, 0.0) == "it said nothing"
    assert "0.001" in voices.doubt(100, 0.001)


@pytest.mark.parametrize(
    ("used", "there", "verdict", "words"),
    [
        ({"AVX2"}, {"AVX2", "VNNI"}, "ok", "built for this processor, with AVX2."),
        ({"AVX2"}, {"AVX2", "AVX-512"}, "warning", "built without AVX-512, which this processor has"),
        ({"AVX2", "AVX-512"}, {"AVX2"}, "problem", "built with AVX-512, which this processor does not have"),
        (set(), set(), "ok", "no instruction sets beyond the usual ones"),
        ({"NEON"}, None, "ok", "not known"),
    ],
)
def test_builds(used: set[str], there: set[str] | None, verdict: str, words: str) -> None:
    (finding,) = build.judge(build.Build(frozenset(used), None if there is None else frozenset(there)))
    assert verdicts([finding]) == {"llama.cpp": verdict}
    assert words in finding.sentence


def test_what_llama_cpp_tells() -> None:
    assert build.told("CPU : SSE3 = 1 | AVX2 = 1 | AVX512 = 0 | AVX_VNNI = 1 | REPACK = 1 | ") == {"AVX2", "VNNI"}
    assert build.told("") == frozenset()
