"""What a client of `/v1/chat/completions` asks for, read and checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from starlette.requests import Request

from assistant.foreign import parsed_json
from server.realtime.config import Tool
from server.realtime.ids import new_id
from server.realtime.items import Item
from server.realtime.refusals import Refused
from server.rest.bodies import checked, read_json, without

MOST_TOKENS = 4096
"""The longest answer; who asks for more gets this."""

NEUTRAL: dict[str, tuple[Any, ...]] = {
    "stop": ([],),
    "n": (1,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "logit_bias": ({},),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "response_format": ({"type": "text"},),
    "modalities": (["text"],),
    "audio": (),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "prediction": (),
    "web_search_options": (),
    "moderation": (),
}
"""What is not done here, and what of it asks for nothing."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


def _text(content: Any) -> Any:
    """Return the text of a message whose content came in parts."""
    if not isinstance(content, list):
        return content
    for part in content:
        if not isinstance(part, dict) or part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise ValueError("only parts of the type 'text' are understood here.")
    return " ".join(part["text"] for part in content)


def _object(arguments: str) -> str:
    try:
        parsed_json(arguments)
    except ValueError as error:
        raise ValueError("the arguments of a call are a JSON object in a string.") from error
    return arguments


Content: TypeAlias = Annotated[str, BeforeValidator(_text)]


class _System(_Part):
    role: Literal["system", "developer"]
    content: Content


class _User(_Part):
    role: Literal["user"]
    content: Content


class _Function(_Part):
    name: str = Field(min_length=1)
    arguments: Annotated[str, AfterValidator(_object)] = "{}"


class _Call(_Part):
    id: str = Field(min_length=1)
    type: Literal["function"] = "function"
    function: _Function


class _Assistant(_Part):
    role: Literal["assistant"]
    content: Content | None = None
    tool_calls: tuple[_Call, ...] | None = None


class _Given(_Part):
    role: Literal["tool"]
    tool_call_id: str
    content: Content


_Message: TypeAlias = Annotated[_System | _User | _Assistant | _Given, Field(discriminator="role")]


class _ClientTool(_Part):
    type: Literal["function"]
    function: Tool


class _StreamOptions(_Part):
    include_usage: bool = False


class ChatRequest(_Part):
    """A conversation and what is wanted of the answer. `temperature` and the like are hints to a model that samples; ours does not."""

    model: str = Field(min_length=1)
    messages: tuple[_Message, ...] = Field(min_length=1)
    stream: bool = False
    stream_options: _StreamOptions | None = None
    tools: tuple[_ClientTool, ...] | None = None
    tool_choice: Literal["none", "auto"] | None = None
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)

    @property
    def most_tokens(self) -> int | None:
        """The longest answer that is wanted; None for our own bound."""
        most = self.max_completion_tokens or self.max_tokens
        return most and min(most, MOST_TOKENS)

    @property
    def client_tools(self) -> tuple[Tool, ...]:
        """The client's tools that may be called."""
        return () if self.tool_choice == "none" else tuple(tool.function for tool in self.tools or ())

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with what it took."""
        return self.stream_options is not None and self.stream_options.include_usage

    @property
    def system(self) -> str | None:
        """The instructions; None for the assistant's own."""
        lines = [message.content for message in self.messages if isinstance(message, _System)]
        return "\n".join(lines) if lines else None

    def items(self) -> Iterator[Item]:
        """Yield the conversation without its instructions."""
        for message in self.messages:
            match message:
                case _User(content=content):
                    yield Item(new_id("item"), "message", "user", "input_text", content)
                case _Assistant(content=content, tool_calls=calls):
                    if content:
                        yield Item(new_id("item"), "message", "assistant", "output_text", content)
                    for call in calls or ():
                        function = call.function
                        yield Item(new_id("item"), "function_call", name=function.name, call_id=call.id, arguments=function.arguments)
                case _Given(tool_call_id=call_id, content=content):
                    yield Item(new_id("item"), "function_call_output", call_id=call_id, output=content)


async def read_chat(request: Request) -> ChatRequest:
    """Return what is asked for.

    Raises:
        Refused: something that is not allowed, or not done here.
        Denied: it is too large.
    """
    given = await read_json(request)
    without(given, NEUTRAL)
    choice = given.get("tool_choice")
    if choice == "required" or isinstance(choice, dict):
        raise Refused("A tool call cannot be forced here; use 'auto' or 'none'.", "unsupported_parameter", "tool_choice")
    return checked(ChatRequest, given)
