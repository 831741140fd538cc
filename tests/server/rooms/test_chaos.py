"""Whatever people do in a room, in any order: lines only grow, everybody reads his own language, nothing is left behind."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.entrance import Limits
from tests.server.rooms.stage import Stage, Visitor, play

STEPS = st.one_of(
    st.tuples(st.just("speak"), st.integers(1, 4)),
    st.tuples(st.just("wait"), st.sampled_from([0.0, 0.05, 0.4, 2.0, 70.0, 130.0])),
    st.tuples(st.just("room.say"), st.just({"text": "see you there"})),
    st.tuples(st.just("room.set"), st.fixed_dictionaries({}, optional={"muted": st.booleans(), "hears": st.booleans(), "language": st.sampled_from(["en", "es"])})),
    st.tuples(st.sampled_from(["room.leave", "break", "come"]), st.none()),
    st.tuples(st.just("room.lock"), st.fixed_dictionaries({"locked": st.booleans()})),
    st.tuples(st.just("room.remove"), st.sampled_from([{"person": "person_1"}, {"person": "person_2"}])),
    st.tuples(st.just("room.close"), st.just({})),
)  # fmt: skip


class Someone:
    """Comes, goes and comes back with the seat he had."""

    def __init__(self, stage: Stage, number: int) -> None:
        self._stage, self._number = stage, number
        self._stack = AsyncExitStack()
        self.visitor: Visitor | None = None
        self.seen: list[Visitor] = []
        self._speaking: set[asyncio.Task[None]] = set()

    async def do(self, step: str, what: Any) -> None:
        match step:
            case "wait":
                await asyncio.sleep(what)
            case "come" if self.visitor is None:
                seat = {"seat": self.seen[-1].of("room.joined")[-1]["seat"]} if self.seen and self.seen[-1].of("room.joined") else {}
                self.visitor = await self._stack.enter_async_context(self._stage.visitor())
                self.seen.append(self.visitor)
                language = ("en", "es")[self._number % 2]
                await self.visitor.send(
                    "room.join", name=f"n{self._number}", language=language, hears=True, host=self._stage.room.host, **seat
                )
            case "break" if self.visitor is not None:
                await self.end()
            case "speak" if self.visitor is not None:
                speech = (self._stage.english if self._number % 2 == 0 else self._stage.spanish).say(
                    " ".join("uno dos tres cuatro".split()[:what])
                )
                self._speaking.add(asyncio.get_running_loop().create_task(self.visitor.speak(speech, quiet_s=1.0)))
            case _ if self.visitor is not None and step.startswith("room."):
                await self.visitor.send(step, **(what or {}))

    async def end(self) -> None:
        self.visitor = None
        for task in self._speaking:
            task.cancel()
        if self._speaking:
            await asyncio.wait(self._speaking)
        self._speaking.clear()
        await self._stack.aclose()


def check(visitor: Visitor) -> None:
    lines: dict[str, list[dict[str, Any]]] = {}
    for event in visitor.of("room.line"):
        lines.setdefault(event["line"]["id"], []).append(event["line"])
    for told in lines.values():
        for language in ("en", "es"):
            texts = [line["texts"][language] for line in told if language in line["texts"]]
            assert all(later["committed"].startswith(earlier["committed"]) for earlier, later in pairwise(texts))
            assert all(later["final"] for earlier, later in pairwise(texts) if earlier["final"])
        assert all(len(line["texts"]) <= 2 for line in told)
        empty = [not any(line["texts"][line["language"]][part] for part in ("committed", "tentative")) for line in told]
        assert not empty[0]
        if empty[-1]:
            assert all(text["final"] for text in told[-1]["texts"].values())
    assert not [code for code in visitor.errors if code in ("engine_error", "server_error")]
    closed = [i for i, event in enumerate(visitor.events) if event["type"] == "room.closed"]
    assert not closed or closed == [len(visitor.events) - 1]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 2), STEPS), max_size=25))
def test_anything_may_happen(steps: list[tuple[int, tuple[str, Any]]]) -> None:
    async def work(stage: Stage) -> None:
        people = [Someone(stage, number) for number in range(3)]
        try:
            for each in people:
                await each.do("come", None)
            for number, (step, what) in steps:
                await people[number].do(step, what)
            await asyncio.sleep(10)
            for line in stage.room.lines:
                assert line.done, line
                assert not line.empty
            for each in people:
                for visitor in each.seen:
                    check(visitor)
        finally:
            for each in people:
                await each.end()
        await asyncio.sleep(20)
        assert stage.places.taken == 0

    play(work, limits=Limits(sessions=2))
