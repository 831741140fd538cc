"""`POST /v1/chat/completions`: the assistant's language model and tools on a conversation that the client keeps."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.engines import Defer, Message, ToolCall, ToolSpec
from assistant.respond import SYSTEM, Answer, Used
from assistant.routed import Chosen
from assistant.tools import Result, Toolbox
from server.realtime.answer import ItemResponder
from server.realtime.asked import MOST_TOKENS
from server.realtime.config import SessionConfig
from server.realtime.ids import new_id
from server.realtime.items import Conversation
from server.realtime.prompt import messages
from server.rest.chat_request import ChatRequest, read_chat
from server.rest.endpoint import Streamed, begun, events, while_wanted
from server.service import Service

DONE = b"data: [DONE]\n\n"

HELD = "I can only do that in a conversation that stays open."
"""In the place of a timer, a list or a note: nothing here would ring, or be read out, after the answer."""


class _Stateless(Toolbox):
    """Our own tools as far as they need no memory."""

    def call(self, name: str, arguments: Any) -> Result:
        """Carry out a call that changes nothing."""
        return Result(HELD) if self.has_effects(name) else super().call(name, arguments)


@dataclass
class _Completion:
    """One answer on its way. The model is greedy: the same conversation gets the same answer, whatever the temperature."""

    service: Service
    asked: ChatRequest
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created_s: int = field(default_factory=lambda: int(datetime.now(UTC).timestamp()))
    text: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    _used: bool = False
    _cut: bool = False

    def __post_init__(self) -> None:
        self._items = Conversation()
        for item in self.asked.items():
            self._items.add(item)
        self._most_tokens = self.asked.most_tokens or MOST_TOKENS
        self._config = SessionConfig(
            instructions=self.asked.system, output_modalities=("text",), tools=self.asked.client_tools, max_output_tokens=self._most_tokens
        )

    async def follow(self) -> AsyncGenerator[str | dict[str, Any], None]:
        """Yield words, and calls of the client's tools, as they are written.

        Raises:
            PromptTooLong: the last message alone is more than the model holds.
            EngineError: the model failed.
        """
        toolbox = _Stateless()
        responder = ItemResponder(self.service.engines.language_model, toolbox, self._items, lambda: self._config)
        async with aclosing(responder.respond(None, _at_once)) as pieces:
            async for piece in pieces:
                if found := self._take(piece):
                    yield found
        self._cut = responder.spent.cut

    def _take(self, piece: Answer) -> str | dict[str, Any] | None:
        match piece:
            case ToolCall(name, arguments):
                call = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
                self.calls.append({"id": new_id("call"), "type": "function", "function": call})
                return self.calls[-1]
            case Used(said=said):
                self._used = self._used or bool(said)
                self.text += said
                return said
            case Defer() | Chosen():
                return None
            case words:
                self.text += words
                return words

    async def finish(self) -> dict[str, Any]:
        """Return the whole answer."""
        async for _ in self.follow():
            pass
        usage = await self._usage()
        message: dict[str, Any] = {"role": "assistant", "content": self.text or (None if self.calls else ""), "refusal": None}
        if self.calls:
            message["tool_calls"] = self.calls
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self._reason}
        return self._wire("chat.completion", [choice]) | {"usage": usage}

    async def chunks(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the answer in parts."""
        role: dict[str, Any] = {"role": "assistant", "content": ""}  # in the first part, whatever that is
        async with aclosing(self.follow()) as parts:
            async for part in parts:
                delta = {"content": part} if isinstance(part, str) else {"tool_calls": [{"index": len(self.calls) - 1} | part]}
                yield self._chunk(role | delta)
                role = {}
        usage = await self._usage()
        yield self._chunk(role, self._reason)
        if self.asked.wants_usage:
            yield self._wire("chat.completion.chunk", []) | {"usage": usage}

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        return self._wire("chat.completion.chunk", [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}])

    def _wire(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created_s, "model": self.asked.model, "choices": choices}

    @property
    def _reason(self) -> str:
        """Return why the answer ended."""
        if self.calls:
            return "tool_calls"
        return "length" if self._cut and not self._used else "stop"

    async def _usage(self) -> dict[str, int]:
        """Return what it took in the model's own tokens: the conversation as it would be shown, and the answer written behind it."""
        model = self.service.engines.language_model
        shown = messages(self._items, self.asked.system or SYSTEM, None, model.memory_turns, tools=model.takes_tools)
        specs = [ToolSpec(tool.name, tool.description, tool.parameters) for tool in self.asked.client_tools]
        written = self.text + "".join(f"{call['function']['name']} {call['function']['arguments']}" for call in self.calls)
        prompt = await model.count(shown, tools=specs)
        tokens = await model.count([*shown, Message("assistant", written)], tools=specs) - prompt if written else 0
        return {"prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens}


async def chat_completions(service: Service, request: Request) -> Response:
    """Answer a conversation."""
    completion = _Completion(service, await read_chat(request))
    if completion.asked.stream:
        chunks = await while_wanted(request, begun(completion.chunks()))
        return Streamed(events(chunks, last=DONE), "text/event-stream")
    return JSONResponse(await while_wanted(request, completion.finish()))


async def _at_once() -> None:
    """Return: an answer to a text is no draft."""
