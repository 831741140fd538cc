"""How models are asked: the wordings that their makers publish, and what the starter model was trained on."""

from __future__ import annotations

import pytest

from assistant.engines import Message, Translation
from assistant.errors import InputError
from assistant.interpret import LANGUAGES
from models.starter.recipe.conversation import TRANSLATE_PROMPTS, UNFINISHED
from models.translation import CHINESE, STARTER_UNFINISHED, wording_of

ASKED = Translation("The gateway is open.", "en", "es", terms=(("gateway", "pasarela"),))


def test_the_starter_model_is_asked_as_it_was_trained() -> None:
    wording = wording_of("Parley starter")
    assert wording(ASKED) == [Message("system", TRANSLATE_PROMPTS["es"]), Message("user", "The pasarela is open.")]
    begun = wording(Translation("The gate", "en", "es", begun="La", finished=False))
    assert STARTER_UNFINISHED == UNFINISHED
    assert begun[1:] == [Message("user", "The gate ..."), Message("assistant", "La")]
    with pytest.raises(InputError, match="does not know Japanese"):
        wording(Translation("Hello.", "en", "ja"))


def test_translation_models_are_asked_in_their_own_words() -> None:
    [index] = wording_of("Index-Translate-2B")(ASKED)
    assert index.role == "user"
    assert "请将以下英语文本翻译成西班牙语" in index.content
    assert "gateway→pasarela" in index.content
    [plain] = wording_of("index_translate 9b")(Translation("Hello.", "en", "es"))
    assert plain.content == "请将以下英语文本翻译为西班牙语，直接输出翻译结果，不要进行任何解释。\n\nHello."
    [hy] = wording_of("Hy-MT2-1.8B")(ASKED)
    assert hy.content.startswith(
        "Reference the following translations:\ngateway translates to pasarela\n\nTranslate the following text into Spanish."
    )
    assert hy.content.endswith("\n\nThe gateway is open.")
    assert set(CHINESE) == set(LANGUAGES)


def test_any_other_chat_model_is_told_what_to_do() -> None:
    system, user = wording_of("Qwen2.5 0.5B Instruct")(ASKED)
    assert system.content.startswith("Translate what the user says from English to Spanish.")
    assert "gateway = pasarela" in system.content
    assert user == Message("user", ASKED.text)
    open_ended, _, begun = wording_of("")(Translation("The gate", "en", "es", begun="La", finished=False))
    assert "unfinished" in open_ended.content
    assert begun == Message("assistant", "La")
