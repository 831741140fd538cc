"""A pack between a conversation and its model: what is read out, what the model is shown, what is not claimed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

import pytest

from assistant.engines import Defer, Message, Piece, ToolCall, ToolSpec, Used
from assistant.equipped import InformedLarge, Pronounced, directed, equipped
from assistant.glossary import Glossary, Term
from assistant.informed import Asked, Informed
from assistant.pack import Pack
from assistant.redaction import Redaction
from assistant.respond import SYSTEM
from assistant.route import Doubt, Privacy, Rules
from assistant.routed import Router
from assistant.tools import SPECS
from models.packs.places import pack_of
from models.scripted import ScriptedModel, Vocabulary, scripted_engines
from tests.conftest import on_virtual_time
from tests.flow.test_routed import ScriptedLarge

OPEN = "When are you open?"
HOURS = "We are open Monday to Friday from ten to seven, and on Saturdays from ten to two. On Sundays and holidays we are closed."


def shop() -> Pack:
    pack = pack_of("shop")
    assert pack is not None
    return pack


def conversation(*texts: str) -> list[Message]:
    roles = ("user", "assistant")
    return [Message("system", SYSTEM), *(Message(roles[i % 2], text) for i, text in enumerate(texts))]  # type: ignore[arg-type]


def answer(model: ScriptedModel, *texts: str, tools: Sequence[ToolSpec] = SPECS) -> list[Piece]:
    async def work() -> list[Piece]:
        async with aclosing(Informed(model, Asked(shop())).generate(conversation(*texts), tools=tools)) as pieces:
            return [piece async for piece in pieces]

    pieces: list[Piece] = on_virtual_time(work())
    assert model.streams.open == 0
    return pieces


def small(*pieces: Piece, tool: float = 0.0) -> ScriptedModel:
    return ScriptedModel(lambda _: pieces, doubts=lambda _: Doubt(tool=tool))


def test_a_small_model_reads_the_passage_as_it_stands() -> None:
    model = small("I do not know.")
    assert answer(model, "when do you open") == [Used("knowledge", {"passage": OPEN}, HOURS)]
    assert model.streams.opened == 0


def test_without_a_passage_what_it_does_not_know_is_one_sentence() -> None:
    assert answer(small(Defer(), "I don't know that one."), "who won the world cup") == [Defer(), shop().unknown["en"]]
    assert answer(small("You are welcome."), "thank you") == ["You are welcome."]


def test_what_a_small_model_learned_by_heart_is_english() -> None:
    model = small(ToolCall("time"), tool=0.9)
    assert answer(model, "¿quién ganó el mundial de fútbol?") == [Defer(), shop().unknown["es"]]
    assert model.streams.opened == 0


@pytest.mark.parametrize(
    ("text", "tool", "pieces", "says"),
    [
        ("what time is it", 0.9, [ToolCall("time")], [ToolCall("time")]),
        ("set a timer for five minutes", 0.9, [ToolCall("set_timer", {"minutes": 5})], [Defer(), shop().unknown["en"]]),
        ("what time do you open", 0.95, [ToolCall("time")], [Used("knowledge", {"passage": OPEN}, HOURS)]),
    ],
)
def test_tools_as_far_as_the_pack_allows_them(text: str, tool: float, pieces: list[Piece], says: list[Piece]) -> None:
    assert answer(small(*pieces, tool=tool), text) == says


def test_a_clients_own_tool_is_always_allowed() -> None:
    theirs = ToolSpec("set_timer", "Theirs.", {})
    call = ToolCall("set_timer", {"minutes": 5})
    assert answer(small(call, tool=0.9), "set a timer for five minutes", tools=[theirs]) == [call]


def test_a_question_may_go_on_from_the_one_before() -> None:
    [used] = answer(small("?"), "when are you open", HOURS, "and on holidays?")
    assert isinstance(used, Used)
    assert used.arguments == {"passage": OPEN}


def test_a_capable_model_is_given_the_passage_and_the_pack() -> None:
    model = ScriptedModel(lambda _: ["From ten."], takes_tools=True)
    assert answer(model, "hello", "Hello!", "when do you open") == [Used("knowledge", {"passage": OPEN}, ""), "From ten."]
    [shown] = model.prompts
    assert shown[0].content == shop().system
    assert [message.content for message in shown[1:3]] == ["hello", "Hello!"]
    assert shown[-1].content.startswith("when do you open\n(From ")
    assert HOURS in shown[-1].content


def test_a_capable_model_is_told_that_there_is_no_passage() -> None:
    model = ScriptedModel(lambda _: ["I do not know."], takes_tools=True)
    assert answer(model, "who won the world cup") == ["I do not know."]
    assert "No passage is about this" in model.prompts[0][-1].content


def test_instructions_of_a_client_stay() -> None:
    shown = Asked(shop()).messages([Message("system", "Speak like a pirate."), Message("user", "when do you open")])
    assert shown[0].content == f"{shop().system}\nSpeak like a pirate."


def test_a_passage_leaves_no_doubt() -> None:
    model = ScriptedModel(lambda _: [], doubts=lambda _: Doubt(0.9, 0.05, 2.0))
    informed = Informed(model, Asked(shop()))
    assert on_virtual_time(informed.doubt(conversation("when do you open"))) == Doubt()
    assert on_virtual_time(informed.doubt(conversation("who won the world cup"))) == Doubt(0.9, 0.05, 2.0)
    assert on_virtual_time(informed.doubt(conversation("¿quién ganó el mundial de fútbol?"))).defer == 1.0


def test_a_large_model_is_asked_with_the_passage() -> None:
    large = ScriptedLarge()
    informed = InformedLarge(large, Asked(shop()))

    async def work() -> list[Piece]:
        asked = informed.answer(conversation("when do you open"), tools=SPECS, session="s", redaction=Redaction(), told=lambda _: None)
        async with aclosing(asked) as pieces:
            return [piece async for piece in pieces]

    assert on_virtual_time(work()) == [Used("knowledge", {"passage": OPEN}, ""), "It ", "is ", "Paris."]
    assert HOURS in large.asked[0][-1].content


def test_words_of_a_pack_ask_for_the_large_model() -> None:
    router = Router(ScriptedLarge(), Rules(Privacy.HARD), "s", wanted=lambda text: "please" in text)
    given = directed(lambda _: router, shop())("s")
    assert given is not None
    assert given.wanted("I have a complaint")
    assert given.wanted("please")
    assert not given.wanted("when are you open")
    assert directed(lambda _: None, shop())("s") is None


def test_engines_are_equipped_for_listening_answering_and_speaking() -> None:
    plain = scripted_engines(Vocabulary(), {})[0]
    assert equipped(plain, None) is plain
    engines = equipped(plain, replace(shop(), glossary=Glossary([Term({"en": ("Greenlight",)}, said={"en": "green light"})])))
    assert isinstance(engines.language_model, Informed)
    voice = engines.voices["en"]
    assert isinstance(voice, Pronounced)

    async def spoken(text: str) -> tuple[int, int]:
        async with aclosing(voice.speak(text)) as sounds:
            parts = [sound async for sound in sounds]
        return sum(sound.samples.size for sound in parts), sum(len(sound.words) for sound in parts)

    respelled, as_it_stands = asyncio.run(spoken("Greenlight")), asyncio.run(spoken("greenligh "))
    assert respelled[0] > as_it_stands[0]
    assert respelled[1] == 0  # its words are not those of the phrase
