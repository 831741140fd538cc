"""A model's chat template: the text around the messages of a conversation, kept apart from what the messages say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from assistant.engines import Message, ToolSpec
from assistant.errors import EngineError, EngineUnavailable

_MARK = "\ue000{}\ue001"
"""Stands for a message's text while the template is laid out; from Unicode's private area, so no message contains it by chance."""


class Part(NamedTuple):
    """A stretch of the prompt: `said` by somebody, or the model's own marks and words around it."""

    text: str
    said: bool


class _Refused(Exception):
    """The template does not take such a conversation."""


class ChatLayout:
    """One model's template, in the dialect of Jinja that Hugging Face's models are written in."""

    def __init__(self, template: str, *, bos: str, eos: str) -> None:
        """Read the template; `bos` and `eos` are the texts of the model's own tokens.

        Raises:
            EngineUnavailable: it is no template.
        """
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
        environment.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
        environment.globals |= {"raise_exception": _refuse, "strftime_now": lambda form: datetime.now().strftime(form)}  # noqa: DTZ005
        try:
            self._template = environment.from_string(template)
        except TemplateError as error:
            raise EngineUnavailable(f"The model's chat template cannot be read ({error}); take a model with a standard one.") from error
        self.takes_tools = "tools" in template
        self._tokens = {"bos_token": bos, "eos_token": eos}

    def parts(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> list[Part]:
        """Return the prompt for the next answer, in order.

        A template without a system role gets the system's words at the head of the first user's.

        Raises:
            EngineError: the template does not take these messages.
        """
        try:
            return self._laid_out(messages, tools)
        except _Refused:
            try:
                return self._laid_out(_without_system(messages), tools)
            except _Refused as error:
                raise EngineError(f"The model's chat template does not take this conversation ({error}); start a new one.") from error

    def _laid_out(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> list[Part]:
        marked = [{"role": m.role, "content": _MARK.format(i)} for i, m in enumerate(messages)]
        given: dict[str, Any] = dict(self._tokens, messages=marked, add_generation_prompt=True, enable_thinking=False)
        if tools and self.takes_tools:
            given["tools"] = [
                {"type": "function", "function": {"name": t.name, "description": t.description, "parameters": t.parameters}} for t in tools
            ]
        try:
            rest = self._template.render(given)
        except TemplateError as error:
            raise _Refused(str(error)) from error
        parts: list[Part] = []
        for index, message in enumerate(messages):
            before, mark, rest = rest.partition(_MARK.format(index))
            if not mark:
                raise _Refused(f"it leaves out the {message.role}")
            parts += [Part(before, said=False), Part(message.content, said=True)]
        return [*parts, Part(rest, said=False)]


def _refuse(reason: str) -> NoReturn:
    raise TemplateError(reason)


def _without_system(messages: Sequence[Message]) -> list[Message]:
    if len(messages) < 2 or messages[0].role != "system":
        return list(messages)
    system, first, *rest = messages
    return [replace(first, content=f"{system.content}\n\n{first.content}"), *rest]
