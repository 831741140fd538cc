"""Which words only say "go on", which always interrupt, and which sound alike."""

from __future__ import annotations

import pytest

from assistant.interjections import LANGUAGES, Lexicon, sound, words


def test_words_are_plain() -> None:
    assert words("Mm-hmm, ¡sí! Don’t… stop") == ["mm", "hmm", "si", "don't", "stop"]
    assert words(" … ") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_on_both_lists(language: str) -> None:
    lexicon, lists = Lexicon(language), LANGUAGES[language]
    for phrase in lists.backchannels.split(","):
        assert lexicon.beyond(phrase) == []
        assert not lexicon.commands(words(phrase)), phrase
    for phrase in lists.commands.split(","):
        assert lexicon.commands(lexicon.beyond(phrase)), phrase


@pytest.mark.parametrize(
    ("text", "beyond"),
    [
        ("Okay, right.", []),
        ("Goat it.", []),  # "got it"
        ("I see, and then?", ["and", "then"]),
        ("Yes, set a timer", ["set", "timer"]),
        ("All of it, really", ["all", "of", "it"]),
        ("Okay, all", []),  # "right" may follow
        ("Of", []),
    ],
)
def test_backchannels_are_left_out_wherever_they_stand(text: str, beyond: list[str]) -> None:
    assert Lexicon("en").beyond(text) == beyond


@pytest.mark.parametrize("text", ["held on", "hello don", "skaypit", "never mined", "would you wait"])
def test_a_command_is_known_by_its_sound(text: str) -> None:
    assert Lexicon("en").commands(words(text))


@pytest.mark.parametrize("text", ["tomorrow", "all day", "at six", ""])
def test_other_words_are_no_commands(text: str) -> None:
    assert not Lexicon("en").commands(words(text))


@pytest.mark.parametrize(("one", "other"), [("right", "write"), ("got", "goat"), ("knows", "nose"), ("cell", "sell"), ("you", "year")])
def test_words_that_differ_in_vowels_sound_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(("one", "other"), [("stop", "top"), ("at", "tea"), ("no", "on"), ("wait", "way")])
def test_others_do_not(one: str, other: str) -> None:
    assert sound(one) != sound(other)


@pytest.mark.parametrize(
    ("text", "beyond"),
    [
        ("Mhmich", []), ("Of courage", []), ("I seemed", []), ("Oh, really're", []), ("Yesterday", []),
        ("I seemed tired", ["seemed", "tired"]), ("Of cats", ["of", "cats"]), ("Stop", ["stop"]),
    ],
)  # fmt: skip
def test_the_end_of_a_word_that_is_cut_off_may_be_a_guess(text: str, beyond: list[str]) -> None:
    lexicon = Lexicon("en")
    assert lexicon.beyond(text, cut=True) == beyond
    assert lexicon.beyond(text)


def test_a_language_without_lists_has_no_interjections() -> None:
    assert Lexicon("de").beyond("ja genau") == ["ja", "genau"]
    assert not Lexicon("de").commands(["halt"])
