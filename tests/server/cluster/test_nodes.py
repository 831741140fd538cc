"""Two machines, each with replicas of everything: one is lost, and nobody's words are."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from server.cluster.directory import Place
from tests.server.cluster.conftest import Running, running
from tests.server.serving import Talker, question, run, says_56, talking
from tests.server.store.test_resume import ask, token_of

TWICE = ["--front", "2", "--recognition", "2", "--language-model", "2", "--voice", "2"]


TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "5" * 64}
"""Without which nobody is let in by Ray itself."""


class Nodes:
    """Two Ray nodes, as processes of this machine."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        told = self._told()
        self.address, self.first, self.second = told["address"], told["first"], told["second"]

    def lose_second(self) -> None:
        """Kill it, and all that runs on it, as when its power fails."""
        assert self._process.stdin is not None
        self._process.stdin.write("lose\n")
        self._process.stdin.flush()
        assert self._told() == "lost"

    def _told(self) -> Any:
        assert self._process.stdout is not None
        while not (line := self._process.stdout.readline()).startswith(("{", '"')):
            assert line, "the nodes have ended"
        return json.loads(line)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    command = [sys.executable, "-m", "tests.server.cluster.two"]
    env = os.environ | TOKEN | {"RAY_USAGE_STATS_ENABLED": "0"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        yield Nodes(process)


@pytest.fixture(scope="module")
def pair(nodes: Nodes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("state"), "--address", nodes.address, *TWICE, env=TOKEN) as found:
        found.until(lambda: all(len(found.of(name)) == 2 for name in ("front", "recognizer en", "language model", "voice en")))
        yield found


def address(front: Place) -> str:
    return f"127.0.0.1:{front.serves}"


def pid_of(place: Place) -> int:
    """Return which process listens at a door."""
    listening = subprocess.run([sys.executable, "-c", LISTENS, str(place.port)], check=True, capture_output=True, text=True).stdout
    return int(listening)


LISTENS = """
import os, sys
at = f":{int(sys.argv[1]):04X}"
(inode,) = [line.split()[9] for line in open("/proc/net/tcp") if line.split()[1].endswith(at) and line.split()[3] == "0A"]
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if any(os.readlink(f"/proc/{pid}/fd/{fd}") == f"socket:[{inode}]" for fd in os.listdir(f"/proc/{pid}/fd")):
            print(pid)
            break
    except OSError:
        pass
"""


async def answered(client: Talker) -> str:
    done = (await client.until("response.done"))["response"]
    assert done["status"] == "completed", done
    return str(done["output"])


def test_a_stranger_is_not_let_in_by_ray(nodes: Nodes) -> None:
    code = "import sys; from ray._raylet import GcsClient; GcsClient(address=sys.argv[1]).check_alive([], timeout=5)"
    env = {name: value for name, value in os.environ.items() if name not in TOKEN}
    ran = subprocess.run([sys.executable, "-c", code, nodes.address], env=env, capture_output=True, text=True, check=False, timeout=30)
    assert ran.returncode != 0
    assert "InvalidAuthToken" in ran.stderr


CLAIMS = """
import sys, ray
from server.cluster.claim import claimed
ray.init(sys.argv[1], log_to_driver=False)
claim = claimed(ray, sys.argv[1])
print("claimed", flush=True)
sys.stdin.read()
"""


def test_who_was_killed_keeps_nobody_out(nodes: Nodes) -> None:
    for _ in range(2):
        command, pipe = [sys.executable, "-c", CLAIMS, nodes.address], subprocess.PIPE
        with subprocess.Popen(command, env=os.environ | TOKEN, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "claimed\n"
            process.kill()


def test_a_second_cluster_is_refused(pair: Running, nodes: Nodes, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "clients.cli.main", "cluster", "--port", "0", "--address", nodes.address]
    env = os.environ | TOKEN | {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 2, ran.stderr
    assert ran.stderr.splitlines()[-1] == (
        f"parley: Another parley cluster runs on Ray at {nodes.address}; end that one first (Ctrl-C), "
        "or leave out --address for a Ray of its own."
    )
    assert len(pair.fronts) == 2


def test_replicas_are_on_both(pair: Running) -> None:
    for name in ("front", "recognizer en", "language model", "voice en"):
        assert len({place.node for place in pair.of(name)}) == 2, name


@pytest.mark.parametrize("engine", ["recognizer en", "language model", "voice en"])
def test_a_killed_replica_of_an_engine_is_missed_by_nobody(pair: Running, engine: str) -> None:
    async def talk(front: Place) -> None:
        async with talking(address(front), whole=False) as client:
            for _ in range(2):
                speaking = asyncio.create_task(client.say(question()))
                assert says_56(await answered(client))
                await speaking
                client.events.clear()

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            for front in pair.fronts:
                group.create_task(talk(front))
            await asyncio.sleep(1.7)  # in the middle of the question
            os.kill(pid_of(pair.of(engine)[0]), signal.SIGKILL)

    run(work())
    pair.until(lambda: len({place.node for place in pair.of(engine)}) == 2)  # wherever Ray placed the new one first


def test_the_sessions_of_a_killed_front_go_on_at_another(pair: Running) -> None:
    async def work() -> None:
        lost, left = pair.fronts
        async with talking(address(lost), whole=False) as client, talking(address(left)) as other:
            token = await token_of(client)
            await ask(client, "What is 12 times 12?")
            await client.until("response.done")
            speaking = asyncio.create_task(other.say(question()))
            os.kill(pid_of(lost), signal.SIGKILL)
            with pytest.raises((ConnectionClosed, ConnectionError)):
                await client.until("never")
            known = [event["item"]["id"] for event in client.of("conversation.item.done")]
            async with talking(address(left), whole=False) as again:
                await again.send("session.update", session={"x": {"resume": token}})
                updated = await again.until("session.updated")
                assert updated["session"]["id"] == client.events[0]["session"]["id"]
                assert updated["session"]["x"]["items"] == known
                await ask(again, "What is 2 plus 2?")
                assert "4" in await answered(again)
            assert says_56(await answered(other))
            await speaking

    run(work())
    pair.until(lambda: len(pair.fronts) == 2)


def test_a_lost_machine_loses_no_session_s_history(pair: Running, nodes: Nodes) -> None:
    async def work() -> None:
        (lost,) = [front for front in pair.fronts if front.node == nodes.second]
        (left,) = [front for front in pair.fronts if front is not lost]
        async with talking(address(lost), whole=False) as client, talking(address(left), whole=False) as other:
            token = await token_of(client)
            for question_, answer in (("What is 12 times 12?", "144"), ("What is 7 times 8?", "56")):
                await ask(client, question_)
                assert answer in await answered(client)
            speaking = asyncio.create_task(other.say(question()))
            await other.until("input_audio_buffer.speech_started")
            await asyncio.get_running_loop().run_in_executor(None, nodes.lose_second)
            assert says_56(await answered(other)), "who was on the other machine is answered"
            await speaking
            with pytest.raises((ConnectionClosed, ConnectionError)):
                await client.until("never")
            known = [event["item"]["id"] for event in client.of("conversation.item.done")]
            assert len(known) == 4
            async with talking(address(left), whole=False) as again:
                await again.send("session.update", session={"x": {"resume": token}})
                assert (await again.until("session.updated"))["session"]["x"]["items"] == known
                await ask(again, "What is 2 plus 2?")
                assert "4" in await answered(again)

    run(work())
    assert {place.node for place in pair.places} == {nodes.first}
