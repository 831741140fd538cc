"""How each language model is asked for a translation: every translation model has learned a wording of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from assistant.engines import Message, Translation
from assistant.errors import InputError
from assistant.glossary import inline
from assistant.interpret import LANGUAGES

Wording = Callable[[Translation], list[Message]]

STARTER_UNFINISHED = " ..."
"""Behind a sentence that goes on: the starter model then ends where it supports no more of the translation."""

STARTER_LANGUAGES = ("en", "es")

CHINESE: Mapping[str, str] = {
    "ar": "阿拉伯语", "cs": "捷克语", "de": "德语", "en": "英语", "es": "西班牙语", "fr": "法语", "he": "希伯来语", "hi": "印地语",
    "id": "印尼语", "it": "意大利语", "ja": "日语", "ko": "韩语", "nl": "荷兰语", "pl": "波兰语", "pt": "葡萄牙语",
    "ru": "俄语", "th": "泰语", "tr": "土耳其语", "uk": "乌克兰语", "vi": "越南语", "zh": "中文",
}  # fmt: skip


def starter(asked: Translation) -> list[Message]:
    """The starter model's: terms stand in the sentence, where it has learned to copy them."""
    for language in (asked.source, asked.target):
        if language not in STARTER_LANGUAGES:
            raise InputError(
                f"The starter model does not know {LANGUAGES[language]}, only English and Spanish; name another with models.language_model."
            )
    system = f"Translate {LANGUAGES[asked.source]} to {LANGUAGES[asked.target]}."
    return [Message("system", system), Message("user", inline(asked.text, asked.terms) + ("" if asked.finished else STARTER_UNFINISHED))]


def chat(asked: Translation) -> list[Message]:
    """Any chat model's."""
    system = f"Translate what the user says from {LANGUAGES[asked.source]} to {LANGUAGES[asked.target]}. Say only the translation."
    if not asked.finished:
        system += " The sentence may be unfinished: leave its end as open as it is."
    if asked.terms:
        system += " Use these words: " + "; ".join(f"{term} = {translation}" for term, translation in asked.terms) + "."
    return [Message("system", system), Message("user", asked.text)]


def index(asked: Translation) -> list[Message]:
    """Index-Translate's (https://github.com/bilibili/Index-Translate)."""
    source, target = CHINESE[asked.source], CHINESE[asked.target]
    if not asked.terms:
        return [Message("user", f"请将以下{source}文本翻译为{target}，直接输出翻译结果，不要进行任何解释。\n\n{asked.text}")]
    terms = "、".join(f"{term}→{translation}" for term, translation in asked.terms)
    return [
        Message(
            "user",
            f"请将以下{source}文本翻译成{target}，并且严格遵循所有约束要求。\n\n【源文】\n{asked.text}\n\n"
            f"【约束要求】\n1. 【硬性要求】专名/术语对照: {terms}\n\n只输出译文，不要有任何额外说明。",
        )
    ]


def hy_mt(asked: Translation) -> list[Message]:
    """Hy-MT2's (https://huggingface.co/tencent/Hy-MT2-1.8B); for pairs with Chinese it is asked in English, too."""
    terms = "".join(f"{term} translates to {translation}\n" for term, translation in asked.terms)
    head = f"Reference the following translations:\n{terms}\n" if terms else ""
    only = "must ONLY" if terms else "should only"
    text = (
        f"{head}Translate the following text into {LANGUAGES[asked.target]}. "
        f"Note that you {only} output the translated result without any additional explanation:\n\n{asked.text}"
    )
    return [Message("user", text)]


WORDINGS: Sequence[tuple[str, Wording]] = (("parley starter", starter), ("index-translate", index), ("hy-mt", hy_mt))
"""By what stands in the name that a model's file gives itself (`general.name`, in small letters)."""


def wording_of(name: str) -> Wording:
    """Return how the model of this name is asked; what the translation begins with stands behind, as the assistant's."""
    return partial(_begun, _wording(name))


def _begun(wording: Wording, asked: Translation) -> list[Message]:
    return [*wording(asked), *([Message("assistant", asked.begun)] if asked.begun else [])]


def takes_terms(name: str) -> bool:
    """Tell whether the model of this name makes good use of the terms it is given.

    The starter model copies 6 in 10 of those that it would not have said itself, and the rest of the sentence is the worse for it.
    """
    return _wording(name) is not starter


def _wording(name: str) -> Wording:
    name = name.lower().replace("_", "-")
    return next((wording for part, wording in WORDINGS if part in name), chat)
