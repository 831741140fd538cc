"""`bench load`: what becomes of an utterance, what goes wrong on purpose, what a process takes; and a real server, in real time."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import Callable
from itertools import islice, repeat
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from assistant.errors import InputError
from clients.bench.load.bench import bench_load, summary
from clients.bench.load.caller import Caller, Server
from clients.bench.load.exchange import CUT_OFF, NOT_HEARD, NOT_SPOKEN, UNANSWERED, Exchange
from clients.bench.load.run import _signalled
from clients.bench.load.schedule import Fault, of_engine, schedule
from clients.bench.load.speech import FRAME_S, LEAST_GAP_S, QUIET, Saying, conversation, saying
from clients.bench.load.tally import Tally, keeps
from clients.bench.process_tree import Watched, processes
from clients.bench.room import recording
from clients.cli.main import run

SECOND = 2 * 24_000


def delta(response: str, size: int = SECOND) -> dict[str, Any]:
    return {"type": "response.output_audio.delta", "response_id": response, "delta": "A" * (4 * size // 3)}


def created(response: str) -> dict[str, Any]:
    return {"type": "response.created", "response": {"id": response}}


def done(response: str, status: str = "completed", **details: Any) -> dict[str, Any]:
    return {"type": "response.done", "response": {"id": response, "status": status, "status_details": details}}


def transcript(text: str) -> dict[str, Any]:
    return {"type": "conversation.item.input_audio_transcription.completed", "transcript": text}


def after(*events: dict[str, Any], ended_s: float | None = 10.0) -> Exchange:
    exchange = Exchange(0, counts=True, ended_s=ended_s)
    for number, event in enumerate(events):
        exchange.push(event, 10.5 + number)
    return exchange


def test_an_answer_is_timed_from_the_end_of_speech_to_its_first_sound() -> None:
    exchange = after(created("a"), delta("a"), delta("a"), done("a"))
    assert (exchange.v2v_s, exchange.audio_s, exchange.played_s) == (1.5, 2.0, 13.5)
    assert (exchange.over, exchange.failed) == (True, None)


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([transcript(" ")], NOT_HEARD),
        ([created("a"), done("a")], NOT_SPOKEN),
        ([created("a"), done("a", "failed", error={"code": "engine_error"})], "engine_error"),
        ([created("a"), done("a", "failed")], "failed"),
        ([{"type": "error", "error": {"code": "rate_limit_exceeded"}}], "rate_limit_exceeded"),
        ([{"type": "conversation.item.input_audio_transcription.failed", "error": {"code": "engine_unavailable"}}], "engine_unavailable"),
    ],
)
def test_a_turn_that_fails_says_how(events: list[dict[str, Any]], kind: str) -> None:
    exchange = after(*events)
    assert (exchange.over, exchange.failed, exchange.v2v_s) == (True, kind, None)


def test_a_response_that_gives_way_to_another_is_not_the_answer() -> None:
    assert after(created("a"), done("a", "cancelled"), created("b"), delta("b"), done("b")).v2v_s == 3.5
    assert not after(created("a"), done("a", "cancelled")).over
    assert not after(delta("earlier"), done("earlier"), transcript("What is this?")).over


def test_an_answer_to_the_beginning_only_is_no_answer() -> None:
    exchange = after(created("a"), delta("a"), done("a"), ended_s=None)
    assert not exchange.over
    exchange.give_up(UNANSWERED)
    assert exchange.failed == CUT_OFF
    exchange.give_up(UNANSWERED)
    assert exchange.failed == CUT_OFF


def test_figures_follow_from_the_exchanges_that_count() -> None:
    tally = Tally(held={0, 1})
    for v2v_s, counts in ((9.0, False), (0.5, True), (1.5, True)):
        tally.exchanges.append(Exchange(0, counts, ended_s=1.0, first_s=1.0 + v2v_s, over=True))
    figures = tally.figures(1.2)
    assert figures["v2v_s"] == {"p50": 0.5, "p95": 1.5, "max": 1.5, "n": 2}
    assert figures["within_budget"] == 0.5
    assert not keeps(figures | {"n": 2}, 1.2)
    assert keeps(figures | {"n": 2}, 1.5)
    assert not keeps(figures | {"n": 3}, 1.5)  # one was never let in
    tally.exchanges.append(Exchange(1, counts=True, failed=UNANSWERED, over=True))
    assert tally.figures(1.2)["failures"] == {UNANSWERED: 1}
    assert not keeps(tally.figures(1.2) | {"n": 2}, 1.5)


def test_a_machine_bears_what_it_bears_without_a_gap() -> None:
    def load(n: int, p95: float) -> dict[str, Any]:
        return {"n": n, "held": n, "failures": {}, "v2v_s": {"p95": p95}}

    told = summary([load(1, 0.3), load(2, 0.5), load(4, 1.3), load(8, 0.9)], 1.2, 2)
    assert told == {"sessions_within_budget": 2, "cores": 2, "sessions_a_core": 1.0, "budget_s": 1.2}


def test_what_is_said_is_made_into_messages_of_one_length() -> None:
    made = saying(recording("seven-times-eight"))
    assert {len(frame) for frame in made.frames} == {len(QUIET)}
    assert 0 < made.ended_s <= len(made.frames) * FRAME_S
    turns = list(islice(conversation([made, saying(recording("miles"))], seed=1), 100))
    assert turns == list(islice(conversation([made, saying(recording("miles"))], seed=1), 100))
    assert min(gap_s for gap_s, _ in turns) >= LEAST_GAP_S


def test_a_rate_is_kept_whatever_is_said_late(virtual: Callable[[Any], Any]) -> None:
    async def work() -> int:
        tally = Tally()
        long = Saying((QUIET,) * 60, 2.0)
        caller = Caller(Server("ws://nowhere"), 0, repeat((1.0, long)), 15.0, tally)
        await caller._converse(3600.0)
        return len(tally.exchanges)

    assert virtual(work()) == pytest.approx(900, rel=0.1)  # of Poisson's arrivals; three in ten come before the one before has been said


def test_a_connection_that_breaks_between_two_turns_is_told() -> None:
    async def goes(socket: ServerConnection) -> None:
        await socket.recv()
        socket.transport.abort()

    async def work() -> None:
        tally = Tally()
        async with serve(goes, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            caller = Caller(Server(f"ws://127.0.0.1:{port}"), 0, repeat((500.0, saying(recording("miles")))), None, tally)
            talking = asyncio.create_task(caller.run(asyncio.get_running_loop().time() + 1000))
            async with asyncio.timeout(60):
                while tally.lost < 2:  # noqa: ASYNC110 - it has no event
                    await asyncio.sleep(0.01)
            talking.cancel()
            await asyncio.wait([talking])
        assert not tally.exchanges
        assert tally.figures(1.2)["lost"] >= 2

    asyncio.run(work())


def test_faults_are_read_as_they_are_written() -> None:
    assert Fault.read("engine=llm at=30s") == Fault("llm", "kill", at_s=30.0)
    assert Fault.read("stop=voice, every=2.5") == Fault("voice", "stop", every_s=2.5)
    assert Fault.read("socket at=3s").what == "reset socket"
    for wrong in ("engine=mouth at=3s", "engine=llm", "socket at=0s", "socket=1 at=3s", "llm at=3s", "engine=llm at=3m"):
        with pytest.raises(InputError, match="is no fault; write engine=NAME"):
            Fault.read(wrong)


def test_faults_come_in_order_and_the_same_ones_for_a_seed() -> None:
    faults = [Fault.read("socket every=5s"), Fault.read("engine=voice at=30s"), Fault.read("engine=voice at=90s")]
    planned = schedule(faults, 60.0, seed=3)
    assert planned == schedule(faults, 60.0, seed=3) != schedule(faults, 60.0, seed=4)
    times = [at_s for at_s, _ in planned]
    assert times == sorted(times)
    assert (30.0, faults[1]) in planned
    assert all(0 < at_s < 60 for at_s in times)
    assert 2 < sum(fault.how == "reset" for _, fault in schedule(faults, 600.0, 0)) / 10 < 30
    assert not list(Fault.read("socket at=3s").times(3.0, random.Random(0)))


CHILD = """
import ctypes, time
ctypes.CDLL(None).prctl(15, b"language model", 0, 0, 0)
print("named", flush=True)
time.sleep(600)
"""

PARENT = f"""
import subprocess, sys, time
subprocess.run([sys.executable, "-c", {CHILD!r}])
sum(range(20_000_000))
print("ended", flush=True)
time.sleep(600)
"""


def test_an_engine_is_found_by_the_name_of_its_process_and_killed() -> None:
    async def work() -> None:
        parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE)
        assert parent.stdout is not None
        try:
            assert await parent.stdout.readline() == b"named\n"
            watched, found = Watched(parent.pid), processes(parent.pid)
            assert [process.name for process in of_engine("llm", found)] == ["language model"]
            assert of_engine("voice", found) == []
            assert _signalled(Fault("voice", "kill", at_s=1), parent.pid) is None
            assert _signalled(Fault("llm", "kill", at_s=1), parent.pid) == "language model"
            assert await parent.stdout.readline() == b"ended\n"
            assert [process.pid for process in processes(parent.pid)] == [parent.pid]
            assert watched.took_s() > 0
            assert min(watched.memory_mb()) > 0
        finally:
            parent.kill()
            await parent.wait()
        assert processes(parent.pid) == []

    asyncio.run(work())


def loaded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    monkeypatch.setattr("sys.argv", ["parley", *options])
    with pytest.raises(SystemExit) as ended:
        run()
    assert not ended.value.code
    return capsys.readouterr().out


def test_sessions_talk_to_a_server_and_one_comes_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    places = ("--set", "server.admission=places", "bench", "load", "-n", "2,1", "--minutes", "0.25")
    said = loaded(monkeypatch, capsys, *places, "--kill", "socket at=8s", "--json")
    one, two, told = (json.loads(line) for line in said.splitlines())
    assert (one["n"], two["n"], one["loop"]) == (1, 2, "closed")
    for each in (one, two):
        assert each["held"] == each["n"]
        assert each["turns"] >= each["n"]
        assert each["server_cores"] > 0
        assert each["bench_cores"] > 0
        assert min(each["server_mb"]) > 0
        assert set(each["failures"]) <= {"connection lost", UNANSWERED}  # the latter on a machine that is very busy
        assert [fault["what"] for fault in each["faults"]] == ["reset socket"]
        assert each["n"] <= each["connections"] <= each["n"] + 1
        assert all(value > 0 for value in each["values_s"])
    assert told["cores"] >= 1


def test_engines_that_are_killed_fail_no_turn(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    faults = [option for engine in ("llm at=5s", "recognizer at=8s", "voice at=11s") for option in ("--kill", f"engine={engine}")]
    said = loaded(
        monkeypatch, capsys, "--set", "server.admission=places", "bench", "load", "-n", "2", "--minutes", "0.3", *faults, "--json"
    )
    told, _ = (json.loads(line) for line in said.splitlines())
    assert [fault["touched"] for fault in told["faults"]] == ["language model", "recognizer en", "voice en"]
    assert (told["held"], told["connections"]) == (2, 2)
    assert set(told["failures"]) <= {UNANSWERED}  # on a machine that is very busy
    assert told["turns"] >= 2


def test_turns_at_a_rate_are_shown_as_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    said = loaded(monkeypatch, capsys, "bench", "load", "-n", "1", "--minutes", "0.2", "--open", "20")
    assert "20 turns a minute of each, whoever is late" in said
    assert "The bench itself took up to" in said


@pytest.mark.parametrize(
    ("counts", "url", "kill", "why"),
    [
        ("0", None, [], "'0' are no numbers of sessions"),
        ("1,2000", None, [], "from 1 to 1000"),
        ("1", None, ["llm"], "is no fault"),
        ("1", "ws://localhost:1/v1/realtime", ["engine=llm at=3s"], "Only a server that the bench starts itself can lose an engine"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_sentence(counts: str, url: str | None, kill: list[str], why: str) -> None:
    from assistant.settings import Settings

    with pytest.raises(InputError, match=why):
        asyncio.run(bench_load(Settings(), counts, 0.1, url=url, rate=None, kill=kill, seed=0, as_json=True))
