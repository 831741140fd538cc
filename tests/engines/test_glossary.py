"""Terms through real engines: the translation holds them, whatever the model would have said; a recognizer's errors are put right."""

from __future__ import annotations

import asyncio

from assistant.engines import Translation
from assistant.glossary import Glossary, Term
from assistant.primed import primed
from clients.bench.room import recording
from models.load import load


def test_the_translation_of_a_finished_sentence_holds_every_term_once() -> None:
    async def work() -> None:
        engines = await load(["en"], speaks=[])
        try:
            terms = (("house", "cabaña"), ("river", "arroyo"))
            for text, begun in (("The house is near the river.", ""), ("The house is near the river.", "La cabaña")):
                asked = Translation(text, "en", "es", begun=begun, terms=terms)
                found = begun + "".join([piece async for piece in engines.language_model.translate(asked)])
                assert found.count("cabaña") == 1, found
                assert found.count("arroyo") == 1, found
        finally:
            await engines.close()

    asyncio.run(work())


def test_a_term_is_there_as_soon_as_its_word_is() -> None:
    async def work() -> None:
        engines = await load(["en"], speaks=[])
        try:
            for text, there in (("The", False), ("The house is", True), ("The house is near the", True)):
                asked = Translation(text, "en", "es", finished=False, terms=(("house", "cabaña"),) if "house" in text else ())
                found = "".join([piece async for piece in engines.language_model.translate(asked)])
                assert ("cabaña" in found) == there, (text, found)
        finally:
            await engines.close()

    asyncio.run(work())


def test_what_is_misheard_is_put_right() -> None:
    async def work() -> None:
        loaded = await load(["en"], speaks=[])
        try:
            samples = recording("translate-1")
            heard = await loaded.recognizers["en"].recognize(samples, language="en", times=True)
            word = heard.words[-1].text.strip(".,?")
            engines = primed(loaded, Glossary([Term({"en": ("Zaragoza",)}, heard={"en": (word,)})]))
            found = await engines.recognizers["en"].recognize(samples, language="en", times=True)
            assert found.text == heard.text.replace(word, "Zaragoza")
            assert found.words == ()
            assert engines.recognizers["en"].hearing == loaded.recognizers["en"].hearing
            assert primed(loaded, Glossary()) is loaded
        finally:
            await loaded.close()

    asyncio.run(work())
