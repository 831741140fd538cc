"""A hosted model behind OpenAI's Chat Completions: its words as they come, and what they cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from assistant.engines import Message, Piece, ToolCall, ToolSpec
from assistant.errors import EngineError, EngineUnavailable, InputError
from assistant.foreign import parsed_json
from models.prices import Price, Usage

CHARACTERS_A_TOKEN = 4
"""Where a provider counts nothing."""

AROUND_A_MESSAGE, AROUND_A_PROMPT = 8, 16
"""Tokens at most that a provider's layout adds."""

CONNECT_S = 3.0

LOOPBACK = ("localhost", "127.0.0.1", "::1")

FREE = Price(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Provider:
    """One model of one provider, and how it is reached."""

    name: str
    url: str
    """Of the API, such as https://api.openai.com/v1."""
    model: str
    key: str | None
    price: Price | None
    """None: its cost is not known."""
    limits_with: str = "max_completion_tokens"
    """How the longest answer is called: older servers know `max_tokens`."""
    extra: Mapping[str, Any] | None = None
    """What else is sent with each question, such as the effort of reasoning."""

    def __repr__(self) -> str:
        """Without the key."""
        return f"Provider({self.name}, {self.model} at {self.url})"


def is_local(url: str) -> bool:
    """Whether the address is this machine: what runs there costs no money, and nothing leaves."""
    return urlsplit(url).hostname in LOOPBACK


class Failure(EngineError):
    """A provider did not answer, or not to the end."""

    def __init__(self, message: str, *, again: bool, costs: bool = False, retry_after_s: float | None = None) -> None:
        """Say why; `again`: it may go better the next time; `costs`: the question may have been computed all the same."""
        super().__init__(message)
        self.again, self.costs, self.retry_after_s = again, costs, retry_after_s


Part: TypeAlias = "Piece | Usage"


class Hosted:
    """One provider. Made and used on one event loop; `close` ends its connections."""

    def __init__(self, provider: Provider, *, first_s: float, token_s: float) -> None:
        """Prepare.

        Args:
            provider: whom to ask.
            first_s: the longest wait for an answer's beginning.
            token_s: the longest wait for its next part.

        Raises:
            InputError: the package is not installed.
        """
        try:
            import httpx2
            import openai
        except ImportError as error:
            raise InputError("Hosted models need the package openai; install it: pip install -e '.[hosted]'.") from error
        self.provider = provider
        self._openai = openai
        self._broken = (openai.OpenAIError, httpx2.HTTPError, OSError)  # the client passes some of its transport's errors on
        self._first_s, self._token_s = first_s, token_s
        self._client: Any = openai.AsyncOpenAI(
            base_url=provider.url, api_key=provider.key or "none", max_retries=0, timeout=first_s + token_s, default_headers={}
        )

    def most_tokens_read(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> int:
        """Return how many tokens a prompt has at most: no token is shorter than a byte."""
        texts = [message.content for message in messages] + [json.dumps(_tool(spec)) for spec in tools]
        return sum(len(text.encode()) + AROUND_A_MESSAGE for text in texts) + AROUND_A_PROMPT

    def most_usd(self, messages: Sequence[Message], tools: Sequence[ToolSpec], most_tokens: int) -> float | None:
        """Return what an answer can cost at most; None if the price is not known."""
        price = self.provider.price
        return None if price is None else price.cost(Usage(self.most_tokens_read(messages, tools), most_tokens))

    async def answer(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = (), most_tokens: int) -> AsyncGenerator[Part, None]:
        """Yield the parts of an answer, and what was used at its end. Closed earlier, the connection is closed, too.

        Raises:
            Failure: it does not come, or not to its end.
        """
        options: dict[str, Any] = {self.provider.limits_with: most_tokens, **(self.provider.extra or {})}
        if tools:
            options["tools"] = [_tool(spec) for spec in tools]
        begun = False
        try:
            async with asyncio.timeout(self._first_s):
                stream = await self._client.chat.completions.create(
                    model=self.provider.model,
                    messages=[{"role": message.role, "content": message.content} for message in messages],
                    stream=True,
                    stream_options={"include_usage": True},
                    **options,
                )
            begun, calls, usage, whole = True, _Calls(), None, _Characters()
            try:
                chunks, wait_s = aiter(stream), self._first_s
                while True:
                    async with asyncio.timeout(wait_s):
                        chunk = await anext(chunks, None)
                    if chunk is None:
                        break
                    usage = _usage(getattr(chunk, "usage", None)) or usage
                    for choice in chunk.choices:
                        if choice.delta.content:
                            wait_s = self._token_s
                            if text := whole.push(choice.delta.content):
                                yield text
                        calls.push(choice.delta.tool_calls or ())
            finally:
                with suppress(Exception):
                    await stream.close()
            for call in calls.complete():
                yield call
            if usage is not None:
                yield usage
        except TimeoutError as error:
            raise Failure(f"{self.provider.name} took too long.", again=True, costs=True) from error
        except self._openai.APIStatusError as error:
            raise _refused(self.provider, error.status_code, error.response.headers.get("retry-after")) from error
        except self._broken as error:
            raise Failure(
                f"{self.provider.name} cannot be reached ({type(error).__name__}); check the connection.", again=True, costs=begun
            ) from error
        except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError, RecursionError) as error:
            raise Failure(
                f"{self.provider.name} answers in another form than OpenAI's ({type(error).__name__}).", again=False, costs=True
            ) from error

    async def close(self) -> None:
        """End the connections."""
        await self._client.close()


def counted(
    usage: Usage | None, messages: Sequence[Message], tools: Sequence[ToolSpec], written: str, most_read: int, most_written: int
) -> Usage:
    """Return what an answer used: as the provider counts, if that can be true; otherwise from the texts, as an estimate."""
    if usage is not None and 0 < usage.read <= most_read and 0 <= usage.cached <= usage.read and 0 <= usage.written <= most_written:
        return usage
    told = usage.told_usd if usage is not None else None
    read = sum(len(message.content) for message in messages) + sum(len(json.dumps(_tool(spec))) for spec in tools)
    return Usage(ceil(read / CHARACTERS_A_TOKEN), ceil(len(written) / CHARACTERS_A_TOKEN), told_usd=told, estimated=True)


def _usage(told: Any) -> Usage | None:
    if told is None:
        return None
    details = getattr(told, "prompt_tokens_details", None)
    cost = getattr(told, "cost", None)
    try:
        return Usage(
            int(told.prompt_tokens), int(told.completion_tokens), int(getattr(details, "cached_tokens", 0) or 0),
            told_usd=float(cost) if isinstance(cost, int | float) and 0 <= cost < 1000 else None,
        )  # fmt: skip
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None


def _tool(spec: ToolSpec) -> dict[str, Any]:
    return {"type": "function", "function": {"name": spec.name, "description": spec.description, "parameters": spec.parameters}}


def _refused(provider: Provider, status: int, retry_after: str | None) -> Failure:
    seconds = float(retry_after) if retry_after and retry_after.replace(".", "", 1).isdecimal() else None
    why = {
        401: "does not take the key; check it",
        403: "does not let this key use the model; check its rights",
        404: f"knows no model {provider.model!r}; check its name and the address",
        429: "has too much to do, or the account's limit is reached; wait, or raise it",
    }.get(status, "failed" if status >= 500 else "refused the question")
    return Failure(f"{provider.name} {why} (HTTP {status}).", again=status in (408, 409, 429) or status >= 500, retry_after_s=seconds)


class _Characters:
    """Puts characters together whose halves come apart; some providers cut an emoji in two."""

    def __init__(self) -> None:
        self._half = ""

    def push(self, text: str) -> str:
        """Return the whole characters; a half without the other one is a question mark."""
        text, self._half = self._half + text, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _Calls:
    """Tool calls, which come in parts."""

    def __init__(self) -> None:
        self._parts: dict[int, tuple[str, str]] = {}

    def push(self, parts: Iterable[Any]) -> None:
        for part in parts:
            name, arguments = self._parts.get(part.index, ("", ""))
            self._parts[part.index] = (name + (part.function.name or ""), arguments + (part.function.arguments or ""))

    def complete(self) -> list[ToolCall]:
        found = []
        for _, (name, arguments) in sorted(self._parts.items()):
            name.encode()
            given = parsed_json(arguments or "{}")
            if not isinstance(given, dict):
                raise ValueError(arguments)
            found.append(ToolCall(name, given))
        return found


def unavailable(reasons: Sequence[str]) -> EngineUnavailable:
    """Return the error that no provider answered."""
    return EngineUnavailable(" ".join(reasons) or "No provider of a large model may be asked now.")
