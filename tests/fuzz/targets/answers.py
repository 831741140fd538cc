"""What models answer: tool calls out of a local one's words, and the stream of a hosted one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

from assistant.engines import Defer, Message, ToolCall
from assistant.errors import EngineError
from assistant.tools import TOOLS, Toolbox
from models.calls import CLOSE, LFM_CLOSE, LFM_OPEN, OPEN, STARTER_CALL, STARTER_DEFER, CallParser
from tests.fuzz.campaign import Target
from tests.fuzz.mutation import TEXTS, deep_text, dumped, lines, tree
from tests.fuzz.targets.messages import sendable

MARKS = (OPEN, CLOSE, LFM_OPEN, LFM_CLOSE, STARTER_CALL, STARTER_DEFER)
ANSWERS = (
    f'Let me see. {OPEN}\n{{"name": "add", "arguments": {{"a": 1, "b": [2, "x"]}}}}\n{CLOSE} Done.',
    f"{OPEN}\n<function=add>\n<parameter=a>\n17\n</parameter>\n<parameter=b>\nfoo <b>\n</parameter>\n</function>\n{CLOSE}",
    f'{LFM_OPEN}[add(a=1, b={{"x": [1, -2.5, None, True]}}), note(text="it\'s")]{LFM_CLOSE}',
    f'{STARTER_CALL}timer {{"minutes": 5}}',
    f"I do not know. {STARTER_DEFER}",
    "Only words: 3 < 4, and <tool is nothing.",
)
WORDS = (*MARKS, "<function=", "<parameter=", "</parameter>", "f(*a)", "f(**a)", "{[]: 1}", "{1: 2, **{}}", "lambda: 0", "__import__('os')", "(" * 200, "1e999", "-" * 5000 + "1", "b'x'", "1j", "...", "{{}}")  # fmt: skip


def _literal(random: Random, depth: int = 3) -> str:
    """Return something that Python could write."""
    inner = [_literal(random, depth - 1) for _ in range(random.randrange(4))] if depth else []
    match random.randrange(8):
        case 0:
            return f"[{', '.join(inner)}]"
        case 1:
            return f"({', '.join(inner)})"
        case 2:
            return f"{{{', '.join(inner)}}}"
        case 3 | 4:
            return "{" + ", ".join(f"{random.choice((_literal(random, 0), repr(each)))}: {each}" for each in inner) + "}"
        case _:
            return random.choice(
                (
                    "1",
                    "-2.5",
                    "'x'",
                    "b'x'",
                    "None",
                    "True",
                    "...",
                    "1j",
                    "1e999",
                    "-x",
                    "x",
                    "f()",
                    "f'{x}'",
                    "1 + 2",
                    "not 1",
                    "'\\ud800'",
                    "9" * 300,
                    "-'a'",
                    "set()",
                )
            )


def _pieces(random: Random) -> list[str]:
    seed = random.choice(ANSWERS)
    if random.random() < 0.05:
        seed = seed.replace("{", deep_text(random), 1)
    if random.random() < 0.2:
        seed = f"{LFM_OPEN}[{random.choice(('f', 'a.b', 'f()', '1', 'lambda'))}({random.choice(('a=', '', '**', '*', 'a=1, a='))}{_literal(random)})]{LFM_CLOSE}"
    text, found = (lines(random, seed, WORDS) if random.random() < 0.8 else seed), []
    text = text.encode(errors="replace").decode()  # as a vocabulary gives it
    while text:
        mark = next((each for each in MARKS if text.startswith(each)), None)
        size = len(mark) if mark and random.random() < 0.7 else random.choice((1, 2, 5, 20, 400))
        found.append(text[:size])
        text = text[size:]
    return [*found, "\0cut"] if random.random() < 0.1 else found


def _parse(pieces: list[str]) -> None:
    parser, found = CallParser(), list[Any]()
    for piece in pieces:
        found += parser.cut() if piece == "\0cut" else parser.push(piece)
    for each in found + parser.flush():
        assert isinstance(each, str | Defer | ToolCall)
        if isinstance(each, ToolCall):
            assert isinstance(each.name, str)
            assert isinstance(each.arguments, dict)
            sendable(each.arguments)


SUMS = ("15 / 100 * 60", "9 ** 9 ** 9", "sqrt(2) - -(3)", "(" * 300, "1" * 300, "0.1 + 0.2", "1 / 0", "−3 × 4 ÷ 2^8")
SAID = (
    "calculate",
    "expression",
    "convert",
    "value",
    "from",
    "to",
    "miles",
    "kilometers",
    "minutes",
    "hours",
    "time",
    "25:99",
    "07:30",
    "list",
    "item",
    *SUMS,
)


def _called(random: Random) -> list[tuple[str, Any]]:
    called = []
    for _ in range(random.choice((1, 2, 5))):
        name, spec = random.choice(tuple(TOOLS.items()))
        arguments = {key: random.choice((*SUMS, 5, "7:30", "shopping", "milk", "feet")) for key in spec.arguments}
        if random.random() < 0.3:
            arguments = {key: lines(random, random.choice(SUMS), SAID) for key in arguments}
        called.append((name, tree(random, arguments, SAID) if random.random() < 0.7 else arguments))
    return called


@contextmanager
def tools(_: Path) -> Iterator[Target]:
    """What tools are called with."""

    def take(case: list[tuple[str, Any]]) -> None:
        toolbox = Toolbox()
        for name, arguments in case:
            said = toolbox.call(name, arguments).text
            assert isinstance(said, str)
            toolbox.spoke(said)
        toolbox.due()
        assert all(seconds < 1e9 for _, seconds in toolbox.running())

    yield Target(_called, take, ())


@contextmanager
def calls(_: Path) -> Iterator[Target]:
    """A local model's words."""
    yield Target(_pieces, _parse, (EngineError,))


CHUNKS: tuple[dict[str, Any], ...] = (
    {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Good"}}]},
    {"id": "c", "choices": [{"index": 0, "delta": {"content": "lo."}, "finish_reason": None}]},
    {"id": "c", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "t", "function": {"name": "add", "arguments": '{"a": '}}]}}]},
    {"id": "c", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}, "finish_reason": "tool_calls"}]},
    {"id": "c", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 2}, "cost": 0.01}},
    {"error": {"message": "busy", "code": 503}},
)  # fmt: skip
KEYS = (
    "choices",
    "delta",
    "tool_calls",
    "function",
    "arguments",
    "usage",
    "index",
    "error",
    "data: ",
    "event: error\n",
    "data: [DONE]\n\n",
)


def _stream(random: Random) -> tuple[int, dict[str, str], list[bytes]]:
    chunks = [random.choice(CHUNKS) for _ in range(random.randrange(6))]
    if chunks:
        at = random.randrange(len(chunks))
        chunks[at] = tree(random, chunks[at], KEYS)
    text = "".join(f"data: {dumped(random, chunk)}\n\n" for chunk in chunks) + random.choice(("data: [DONE]\n\n", ""))
    data = (lines(random, text, KEYS) if random.random() < 0.3 else text).encode(errors="surrogatepass")
    status = random.choice((200, 200, 200, 200, 200, 200, 401, 404, 429, 500, 302, 204))
    headers = {"content-type": random.choice(("text/event-stream", "application/json", "text/html; charset=nonsense", ""))}
    if random.random() < 0.2:
        headers["retry-after"] = (
            random.choice(TEXTS).encode("latin-1", "replace").decode("latin-1").replace("\n", "").replace("\r", "")[:200]
        )
    if random.random() < 0.05:
        headers["content-encoding"] = random.choice(("gzip", "deflate", "br", "zstd", "x"))
    return status, headers, [data[at : at + 500] for at in range(0, len(data), 500)]


@contextmanager
def hosted(_: Path) -> Iterator[Target]:
    """A provider's answer."""
    import httpx2
    import openai

    from models.hosted import Failure, Hosted, Provider

    told: list[tuple[int, dict[str, str], list[bytes]]] = []

    class Body(httpx2.AsyncByteStream):
        def __init__(self, parts: list[bytes]) -> None:
            self._parts = parts

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for part in self._parts:
                yield part

    class Transport(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            status, headers, parts = told[-1]
            return httpx2.Response(status, headers=headers, stream=Body(parts), request=request)

    provider = Provider("p", "http://127.0.0.1:1", "m", None, None)
    loop = asyncio.new_event_loop()
    asked = Hosted(provider, first_s=20, token_s=20)
    client = httpx2.AsyncClient(transport=Transport())
    asked._client = openai.AsyncOpenAI(base_url=provider.url, api_key="none", max_retries=0, http_client=client)

    async def answer() -> None:
        async with aclosing(asked.answer([Message("user", "Hi")], most_tokens=10)) as parts:
            async for part in parts:
                sendable(part.name, part.arguments) if isinstance(part, ToolCall) else sendable(str(part))

    def take(case: tuple[int, dict[str, str], list[bytes]]) -> None:
        told[:] = [case]
        loop.run_until_complete(answer())

    try:
        yield Target(_stream, take, (Failure,))
    finally:
        loop.run_until_complete(asked.close())
        loop.close()
