"""What was told once as certain stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.grown import grown
from server.rooms.lines import Line, Text

TEXTS = st.lists(st.sampled_from("a b c ab ¿no? sí. ".split()), max_size=6).map(" ".join)


@given(st.lists(st.tuples(TEXTS, TEXTS, st.booleans())))
def test_committed_text_only_grows_and_ends_once(steps: list[tuple[str, str, bool]]) -> None:
    text, before = Text(), Text()
    for committed, tentative, final in steps:
        text.grow(committed, tentative, final=final)
        assert text.committed.startswith(before.committed)
        if before.final:
            assert text == before
        assert not (text.final and text.tentative)
        before = Text(text.committed, text.tentative, text.final, text.lag_s)


@given(TEXTS, TEXTS)
def test_what_follows_is_taken_as_it_is(before: str, more: str) -> None:
    assert grown(before, before + more) == before + more


def test_a_text_that_was_mended_keeps_its_beginning() -> None:
    assert grown("I don't no", "I don't know where he lives.") == "I don't no where he lives."
    assert grown("I don't no where", "I don't know.") == "I don't no where"


def test_a_line_is_told_in_the_languages_that_are_read() -> None:
    line = Line("line_1", "person_1", "Ann", 3.0, "en", texts={"en": Text("Hello.", final=True), "es": Text("Hola"), "fr": Text("Allô")})
    assert not line.done
    told = line.wire(3000, ["es", "de"])
    assert (told["began_at"], list(told["texts"])) == (3000, ["en", "es"])
    assert told["texts"]["es"] == {"committed": "Hola", "tentative": "", "final": False, "lag_s": None}
    assert list(line.wire(0, ["en"])["texts"]) == ["en"]
    line.end()
    assert line.done
