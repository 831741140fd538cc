from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import InputError
from models.advice.candidates import Adapts, Answering, Candidates, Listening, Speaking, candidates, llm_shape
from models.advice.costs import LlmShape, WhisperShape
from models.advice.money import hourly
from models.advice.profiles import Limits, Profile, Rated, frontier, profiles, recommended
from models.catalogue import Published, catalogue
from models.prices import Price
from models.shape.alike import decoder_alike
from models.shape.plain_gguf import Mix
from tests.models.advice.speeds import speeds

SHELF, HERE = catalogue(), speeds()


def made(memory_mb: int, score: float | None, took_s: float | None, voice: int = 0) -> Rated:
    measures = () if score is None else tuple(Published(measure=m, value=score, source="https://a.b") for m in ("IFEval", "MMLU-Pro"))
    listening = Listening("ear", 0, WhisperShape(384, 4, 4), {"en": Published(measure="WER", value=0, source="https://a.b")})
    answering = Answering(f"model-{score}", memory_mb * 1_000_000, LlmShape(1e8, 1e7, "Q4_0"), 1024, measures, Adapts.WEIGHTS, tools=True)
    return Rated(Profile(listening, answering, Speaking({"en": "v"}, voice, 0), ("en",), HERE), took_s)


def found(*languages: str, accept: bool = False, unverified: bool = False, here: Sequence[str] = ()) -> Candidates:
    return candidates(SHELF, languages, accept=accept, unverified=unverified, here=here)


def test_quality_is_what_is_published_or_nothing() -> None:
    by_name = {each.name: each for each in found("en").answering}
    assert by_name["qwen3.5-0.8b"].score == pytest.approx((52.1 + 29.7) / 2)
    assert by_name["ministral-3-3b"].score is None
    assert by_name["starter"].score is None
    small = next(each for each in found("en", "es").listening if each.name == "whisper-small")
    assert small.heard(("en", "es")) == pytest.approx(1 - 0.096)
    assert small.heard(("en", "uk")) is None
    every = [each for entry in SHELF.models.values() for each in entry.published]
    assert every
    assert all(each.source.startswith("https://") for each in every)


def test_what_needs_a_word_is_left_out_until_it_is_given_or_the_model_is_here() -> None:
    assert found("en").left_out["lfm2.5-1.2b"] == "--accept-licence"
    assert found("en").left_out["whisper-base.en"] == "--unverified"
    assert "lfm2.5-1.2b" in {each.name for each in found("en", accept=True).answering}
    assert "whisper-base.en" in {each.name for each in found("en", unverified=True).listening}
    assert "lfm2.5-1.2b" in {each.name for each in found("en", here=["lfm2.5-1.2b"]).answering}


def test_a_recognizer_knows_all_languages_and_each_has_its_own() -> None:
    one, two = ({each.name: each for each in found(*languages, unverified=True).listening} for languages in (("en",), ("en", "de")))
    assert "whisper-tiny.en" in one
    assert "whisper-tiny.en" not in two
    assert "starter" in one
    assert "starter" not in two
    assert two["whisper-base"].memory_bytes == 2 * one["whisper-base"].memory_bytes


def test_voices_are_here_or_medium_or_high() -> None:
    spoken = found("en", "es", accept=True).speaking
    assert [each.quality for each in spoken] == [0, 1, 2]
    assert dict(spoken[0].names) == {"en": "starter", "es": "starter"}
    assert dict(spoken[2].names) == {"en": "en_US-ljspeech-high", "es": "es_MX-claude-high"}
    assert spoken[1].names["es"] == "es_MX-claude-high"  # high in name only: its file is a medium one's
    assert all(each.quality < 2 for each in {p.speaking.quality: p.speaking for p in profiles(found("en"), ("en",), HERE)}.values())


def test_a_language_that_nothing_speaks() -> None:
    with pytest.raises(InputError, match="'xx' is no language that Parley can speak; choose from"):
        found("xx")


def test_a_language_model_is_its_layers_and_its_output_matrix() -> None:
    entry = SHELF.entry("qwen3.5-2b")
    shape = llm_shape(entry)
    assert shape.mix == "Q4_K_M"
    assert shape.body_bytes + shape.head_bytes == entry.bytes
    assert llm_shape(SHELF.entry("gemma-4-e2b")).body_bytes < 0.5 * SHELF.entry("gemma-4-e2b").bytes
    assert llm_shape(SHELF.entry("lfm2.5-1.2b")).mix == "Q4_0"


@pytest.mark.parametrize("name", [name for name, entry in SHELF.models.items() if entry.kind == "assistant"])
def test_a_shape_model_has_as_many_bytes(name: str) -> None:
    entry = SHELF.entry(name)
    shape = llm_shape(entry)
    alike = decoder_alike(shape.body_bytes, shape.head_bytes, entry.build.width if entry.build else 2048, Mix(shape.mix))
    assert alike.body_bytes == pytest.approx(shape.body_bytes, rel=0.05)
    if shape.head_bytes:
        assert alike.head_bytes == pytest.approx(shape.head_bytes, rel=0.05)


def test_none_of_the_frontier_is_beaten_and_what_is_not_published_beats_nothing_that_is() -> None:
    good, dear, slow, unknown = made(500, 60, 0.5), made(900, 60, 0.6), made(400, 50, 0.9), made(400, None, 0.4)
    assert frontier([good, dear, slow, unknown]) == [unknown, good, slow]
    assert frontier([made(400, 50, 0.5), made(400, None, 0.5)])[0].profile.quality == 50


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.none() | st.integers(1, 4), st.none() | st.integers(1, 4), st.integers(0, 2)),
        min_size=1,
        max_size=12,
    )
)
def test_every_profile_is_on_the_frontier_or_beaten_by_one_that_is(rows: list[tuple[int, int | None, int | None, int]]) -> None:
    rated = [made(*row) for row in rows]
    kept = frontier(rated)
    assert kept
    for one, other in itertools.permutations(kept, 2):
        better = (
            (one.profile.quality or -1) >= (other.profile.quality or -1), one.profile.memory_bytes <= other.profile.memory_bytes,
            one.slowness_s <= other.slowness_s, one.profile.speaking.quality >= other.profile.speaking.quality,
        )  # fmt: skip
        same = (one.profile.quality, one.profile.memory_bytes, one.slowness_s) == (
            other.profile.quality,
            other.profile.memory_bytes,
            other.slowness_s,
        )
        assert not all(better) or same


def test_the_best_within_the_limits() -> None:
    rated = [made(100, None, 0.2), made(800, 40, 0.5), made(2000, 60, 1.0), made(4000, 80, 3.0)]

    def best(memory_gb: float, deadline_s: float) -> float | None:
        return recommended(rated, Limits(round(memory_gb * 1e9), deadline_s)).profile.quality

    assert [best(8, 1.2), best(1.5, 1.2), best(8, 5), best(8, 0.3), best(0.4, 5)] == [60, 40, 80, None, None]
    assert recommended(rated, Limits(10**10, 0.1)) is rated[0]
    with pytest.raises(InputError, match=r"No profile fits into 0\.1 GB: the smallest takes 0\.29; give --memory 0\.3 or more"):
        recommended(rated, Limits(10**8, 1))


def test_what_cannot_keep_up_with_its_own_speech_is_not_recommended() -> None:
    quick = made(100, 10, 0.2)
    heavy = Answering("heavy", 10**9, LlmShape(2e10, 0, "Q4_0"), 1024, quick.profile.answering.published, Adapts.WEIGHTS, tools=True)
    slow = Rated(Profile(quick.profile.listening, heavy, quick.profile.speaking, ("en",), HERE), 0.3)
    assert not slow.profile.keeps_up
    assert recommended([slow, quick], Limits(10**11, 1)) is quick


def test_an_hour_of_talk_with_a_hosted_model() -> None:
    assert hourly({"dear": Price(10, 50), "cheap": Price(0.1, 0.5)}) == [("cheap", pytest.approx(0.0057)), ("dear", pytest.approx(0.57))]
