"""The large model over real HTTP: what it says, what it costs, and what it does when a provider fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assistant.engines import Message, Piece, ToolCall, ToolSpec
from assistant.errors import EngineError, EngineUnavailable
from assistant.redaction import Redaction
from models.hosted import Hosted, Provider
from models.large import Large
from models.ledger import Ledger
from models.prices import Price
from tests.models.hosted.provider import PRICE, Script, Server, serving

ASKED = [Message("system", "You are Parley."), Message("user", "What is the capital of France?")]
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
EXACT = 20 * PRICE.read / 1e6 + 8 * PRICE.written / 1e6


class Bench:
    """A large model with a ledger of its own."""

    def __init__(self, folder: Path, providers: Sequence[Provider], *, daily: float = 1.0, each: float = 1.0, token_s: float = 5.0) -> None:
        self.ledger = Ledger(folder / "cost.sqlite", daily_usd=daily, session_usd=each, now=lambda: NOW)
        self.hosted = [Hosted(provider, first_s=2.0, token_s=token_s) for provider in providers]
        self.large = Large(self.hosted, self.ledger, most_tokens=50)
        self.told: list[str] = []

    async def ask(
        self, asked: Sequence[Message] = ASKED, tools: Sequence[ToolSpec] = (), most: int | None = None, **others: Any
    ) -> list[Piece]:
        given = {"session": "s", "redaction": Redaction()} | others
        pieces = []
        async with aclosing(self.large.answer(asked, tools=tools, told=self.told.append, **given)) as answer:
            async for piece in answer:
                pieces.append(piece)
                if len(pieces) == most:
                    break
        return pieces

    @property
    def usd(self) -> float:
        return sum(row.usd for row in self.ledger.spent("day"))


def run(
    folder: Path, script: Script | Callable[[dict[str, Any]], Script], work: Callable[[Bench, Server], Awaitable[None]], **others: Any
) -> None:
    async def inside() -> None:
        async with serving(script) as server:
            bench = Bench(folder, [server.provider()], **others)
            try:
                await work(bench, server)
            finally:
                await bench.large.close()

    asyncio.run(inside())


def test_words_come_as_they_are_written_and_are_paid_exactly(tmp_path: Path) -> None:
    async def work(bench: Bench, server: Server) -> None:
        assert await bench.ask() == ["Paris ", "is ", "the ", "capital."]
        assert bench.told == ["Scripted"]
        assert server.keys == ["Bearer sk-test"]
        asked = server.asked[0]
        assert asked["stream_options"] == {"include_usage": True}
        assert asked["max_completion_tokens"] == 50
        assert bench.usd == pytest.approx(EXACT)
        [row] = bench.ledger.spent("provider")
        assert (row.answers, row.read, row.written, row.estimated) == (1, 20, 8, 0)
        assert bench.large.first_s is not None

    run(tmp_path, Script(), work)


def test_cached_and_told_costs_count(tmp_path: Path) -> None:
    async def work(bench: Bench, _: Server) -> None:
        await bench.ask()
        assert bench.usd == pytest.approx((4 * 1.0 + 16 * 0.1 + 8 * 10.0) / 1e6)

    cached = {"prompt_tokens": 20, "completion_tokens": 8, "prompt_tokens_details": {"cached_tokens": 16}}
    run(tmp_path / "cached", Script(usage=cached), work)

    async def told(bench: Bench, _: Server) -> None:
        await bench.ask()
        assert bench.usd == pytest.approx(0.0000123)

    run(tmp_path / "told", Script(usage={"prompt_tokens": 20, "completion_tokens": 8, "cost": 0.0000123}), told)


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {"prompt_tokens": 10**9, "completion_tokens": 8},
        {"prompt_tokens": 20, "completion_tokens": 10**9},
        {"prompt_tokens": -5, "completion_tokens": 8},
        {"prompt_tokens": 20, "completion_tokens": 8, "cost": 900.0},
    ],
)
def test_what_is_not_counted_or_cannot_be_true_is_estimated(tmp_path: Path, usage: dict[str, Any] | None) -> None:
    async def work(bench: Bench, _: Server) -> None:
        await bench.ask()
        [row] = bench.ledger.spent("day")
        assert row.estimated == 1
        assert 0 < row.usd < 0.001

    run(tmp_path, Script(usage=usage), work)


def test_tools_are_told_and_their_calls_are_put_together(tmp_path: Path) -> None:
    async def work(bench: Bench, server: Server) -> None:
        tool = ToolSpec("set_timer", "Set a timer.", {"type": "object", "properties": {"minutes": {"type": "number"}}})
        redaction = Redaction()
        asked = [Message("user", "Call 030 1234567 in five minutes.")]
        assert await bench.ask(asked, [tool], redaction=redaction) == [ToolCall("set_timer", {"minutes": 5, "to": "030 1234567"})]
        assert server.asked[0]["tools"][0]["function"]["name"] == "set_timer"
        assert server.asked[0]["messages"][0]["content"] == "Call [phone 1] in five minutes."

    run(tmp_path, Script(words=(), calls=(("set_timer", '{"minutes": 5, "to": "[phone 1]"}'),)), work)


def test_what_must_not_leave_stays_and_comes_back(tmp_path: Path) -> None:
    async def work(bench: Bench, server: Server) -> None:
        asked = [Message("user", "Write to ann@example.org about Bob.")]
        assert "".join(map(str, await bench.ask(asked, redaction=Redaction(names=["Bob"])))) == "I wrote to ann@example.org about Bob."
        assert server.asked[0]["messages"][0]["content"] == "Write to [email 1] about [name 1]."

    run(tmp_path, Script(words=("I wrote to [em", "ail 1", "] about ", "[name 1].")), work)


def test_who_stops_listening_ends_the_connection_and_pays_for_what_was_said(tmp_path: Path) -> None:
    async def work(bench: Bench, server: Server) -> None:
        assert await bench.ask(most=2) == ["Paris ", "is "]
        async with asyncio.timeout(10):
            await server.left.wait()
        [row] = bench.ledger.spent("day")
        assert (row.answers, row.estimated) == (1, 1)
        assert 0 < row.usd < EXACT + 1e-4
        assert bench.large.reachable

    run(tmp_path, Script(stall_after=2), work)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (Script(status=401), "does not take the key"),
        (Script(status=404), "knows no model 'big'"),
        (Script(status=429), "too much to do"),
        (Script(status=500), "failed"),
        (Script(status=400), "refused the question"),
        (Script(words=(), raw=b"data: [1]\n\n"), "another form"),
        (Script(drop_after=0), "cannot be reached"),
    ],
)
def test_a_provider_that_fails_is_one_sentence(tmp_path: Path, script: Script, said: str) -> None:
    async def work(bench: Bench, server: Server) -> None:
        with pytest.raises(EngineUnavailable, match=said):
            await bench.ask()
        assert len(server.asked) == (2 if script.status in (429, 500) or script.drop_after == 0 else 1)
        if script.status != 200:
            assert bench.usd == 0

    run(tmp_path, script, work)


def test_an_answer_that_breaks_off_is_said_and_paid(tmp_path: Path) -> None:
    async def work(bench: Bench, _: Server) -> None:
        with pytest.raises(EngineError) as raised:
            await bench.ask()
        assert not isinstance(raised.value, EngineUnavailable)
        assert 0 < bench.usd < 0.001

    run(tmp_path, Script(drop_after=2), work)
    run(tmp_path / "stalled", Script(stall_after=2), work, token_s=0.2)


def test_the_next_provider_answers(tmp_path: Path) -> None:
    async def inside() -> None:
        async with serving(Script(status=500)) as broken, serving(Script()) as good:
            bench = Bench(tmp_path, [broken.provider(name="First"), good.provider(name="Second")])
            assert "".join(map(str, await bench.ask())) == "Paris is the capital."
            assert bench.told == ["Second"]
            await bench.ask()
            asked = len(broken.asked)
            await bench.ask()
            assert len(broken.asked) == asked, "after failures in a row it is left alone"
            await bench.large.close()

    asyncio.run(inside())


def test_retry_after_is_obeyed(tmp_path: Path) -> None:
    async def work(bench: Bench, server: Server) -> None:
        with pytest.raises(EngineUnavailable):
            await bench.ask()
        assert not bench.large.reachable
        assert bench.large.most_usd(ASKED, ()) is None
        with pytest.raises(EngineUnavailable, match="No provider"):
            await bench.ask()
        assert len(server.asked) == 1

    run(tmp_path, Script(status=429, headers={"Retry-After": "20"}), work)


def test_no_budget_is_overrun_by_fifty_at_once(tmp_path: Path) -> None:
    async def work(bench: Bench, server: Server) -> None:
        budget = 0.01

        async def one(number: int) -> str:
            try:
                return "".join(map(str, await bench.ask(session=f"s{number}")))
            except EngineUnavailable as error:
                return str(error)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(number)) for number in range(50)]
        said = [task.result() for task in tasks]
        assert 6 <= said.count("Paris is the capital.") < 50
        assert all("are left" in text for text in said if text != "Paris is the capital.")
        assert bench.usd <= budget
        assert len(server.asked) == said.count("Paris is the capital.")

    run(tmp_path, Script(word_s=0.02), work, daily=0.01)


def test_a_session_has_a_budget_of_its_own(tmp_path: Path) -> None:
    async def work(bench: Bench, _: Server) -> None:
        with pytest.raises(EngineUnavailable, match="may cost"):
            await bench.ask(session="poor")

    run(tmp_path, Script(), work, each=0.00001)


def test_the_key_is_in_no_repr() -> None:
    assert "sk-test" not in repr(Provider("A", "http://x/v1", "m", "sk-test", Price(1, 1)))
