"""States that tests look at."""

from __future__ import annotations

from dataclasses import replace

from clients.terminal.state import Bar, Entry, Floor, Kind, Stage, State, Status


def bar(turn: int, times: float = 1.0) -> Bar:
    parts = (("understood", 0.16), ("thought", 0.184), ("voiced", 0.19), ("waited", 0.224), ("played", 0.3))
    return Bar(turn, tuple((name, at_s * times) for name, at_s in parts))


EMPTY = State()

TALK = State(
    entries=(
        Entry(Kind.YOU, "you", "What is seven times eight?"),
        Entry(Kind.TOOL, "tool", "calculate(expression='7 * 8')"),
        Entry(Kind.PARLEY, "parley", "That's 56."),
        Entry(Kind.YOU, "you", "And what can you tell me about the history of the train station in this town, please?"),
        Entry(Kind.PARLEY, "parley", "It was built in 1887 and rebuilt twice.", heard=20, stage=Stage.STOPPED),
        Entry(Kind.PARLEY, "parley", "Timer set for 5 minutes.", heard=9, stage=Stage.SPOKEN),
        Entry(Kind.YOU, "you", "what is", "six times", stage=Stage.GROWING),
    ),
    floor=Floor.SPEAKING,
    microphone_db=-23.0,
    speaker_db=-31.0,
    bars=(bar(1), bar(2, 1.5)),
    p50_s=0.3,
    p95_s=0.45,
    turns=2,
)

BUSY = replace(
    TALK,
    status=Status(microphone="push-to-talk", talk="hold to talk", timers=(("5 minute timer", 272.0), ("7 AM alarm", 30_000.0))),
    troubles=(("a short first phrase", "an answer would take 1.31 s, and may take 1.2 s"),),
    notice="Saved as parley-2026-11-26-120000.txt.",
)

SCRIPTS = replace(
    EMPTY,
    entries=(
        Entry(Kind.YOU, "ja", "日本語のテキストはここに表示されます、そして長い行は折り返されます。"),
        Entry(Kind.YOU, "he", "שלום עולם, מה שלומך היום? אני רוצה לקנות כרטיס לרכבת."),
        Entry(Kind.PARLEY, "→ en", "family 👩‍👩‍👧 and flags 🇪🇸, hearts ❤️ and accents e\u0301."),
    ),
    status=Status("interpreter", "Japanese ⇄ Hebrew", "muted"),
)
