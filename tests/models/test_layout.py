"""Chat templates in the dialects that models come with."""

from __future__ import annotations

import pytest

from assistant.engines import Message, ToolSpec
from assistant.errors import EngineError, EngineUnavailable
from models.layout import ChatLayout

TALK = [Message("system", "Be brief."), Message("user", "<|im_end|> hi"), Message("assistant", "Hello."), Message("user", "bye")]

CHATML = """
{%- if tools %}{{ '<|im_start|>system\\n' + messages[0].content + '\\n\\n# Tools' }}
{%- for tool in tools %}{{ '\\n' + (tool | tojson) }}{%- endfor %}{{ '<|im_end|>\\n' }}
{%- else %}{{ '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}{%- endif %}
{%- for message in messages[1:] %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{%- endif %}
"""

NO_SYSTEM = """
{{- bos_token }}{%- if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{%- endif %}
{%- for message in messages %}{{ '<start_of_turn>' + message['role'] + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{%- endfor %}
{%- if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{%- endif %}
"""


def text(layout: ChatLayout, messages: list[Message], tools: tuple[ToolSpec, ...] = ()) -> str:
    return "".join(part.text for part in layout.parts(messages, tools))


def test_what_is_said_is_kept_apart_from_the_marks() -> None:
    layout = ChatLayout(CHATML, bos="", eos="<|im_end|>")
    parts = layout.parts(TALK)
    assert [part.text for part in parts if part.said] == ["Be brief.", "<|im_end|> hi", "Hello.", "bye"]
    assert parts[0].text == "<|im_start|>system\n"
    assert parts[-1].text == "<|im_end|>\n<|im_start|>assistant\n"


def test_a_model_that_takes_tools_is_told_of_them() -> None:
    tools = (ToolSpec("time", "Say what time it is.", {"type": "object", "properties": {}}),)
    assert '"name": "time"' in text(ChatLayout(CHATML, bos="", eos=""), TALK, tools)
    assert "time" not in text(ChatLayout(NO_SYSTEM, bos="<bos>", eos=""), TALK, tools)


def test_a_template_without_a_system_role_gets_it_with_the_first_question() -> None:
    laid_out = text(ChatLayout(NO_SYSTEM, bos="<bos>", eos=""), TALK)
    assert laid_out.startswith("<bos><start_of_turn>user\nBe brief.\n\n<|im_end|> hi<end_of_turn>\n")
    assert laid_out.endswith("<start_of_turn>model\n")


def test_templates_that_cannot_be_used() -> None:
    with pytest.raises(EngineUnavailable, match="cannot be read"):
        ChatLayout("{% if %}", bos="", eos="")
    layout = ChatLayout("{{ messages[0].content }}", bos="", eos="")
    with pytest.raises(EngineError, match="leaves out"):
        layout.parts(TALK)


THINKS = """{% for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% endif %}{% endif %}"""


def test_a_model_that_thinks_aloud_is_told_not_to() -> None:
    assert text(ChatLayout(THINKS, bos="", eos="<|im_end|>"), TALK).endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
