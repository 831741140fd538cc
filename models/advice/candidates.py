"""Which models may be part of a profile, and what is known of each: memory, published quality, how far it can be adapted. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.errors import InputError
from models.advice.costs import Hears, LlmCost, LlmShape, Speaks, WhisperCost, WhisperShape, Writes
from models.advice.probe import Speeds
from models.catalogue import CONTEXT_TOKENS, Catalogue, Entry, Kind, Published
from models.espeak import VOICES
from models.shape.plain_gguf import HEAD, Mix
from models.shape.plain_gguf import Kind as Written
from models.starter import STARTER

STARTER_NAME, ESPEAK_NAME = "starter", "espeak-ng"

HEARD, FOLLOWED, KNOWN = "WER, Picovoice average", "IFEval", "MMLU-Pro"
"""The measures that are compared, as the catalogue calls them."""

MAIN_BYTES = 190_000_000
"""The program with the starter models but for the voice, as resident; the others are measured with shape models, too."""

WINDOW_BYTES = 340_000_000
"""What a recognizer that pads takes beside its weights."""

REPACKED = 1.55
"""Memory of a language model over its file: llama.cpp lays most weights out once more."""

KV_BYTES = 32_768
"""Of a token, where nobody says."""

USUAL_WIDTH = 2048
"""Of a language model, where nobody says."""

VOICE_BYTES, A_VOICE_BYTE = 60_000_000, 7.0
"""Of a voice's process at its largest: that it is there, and for each byte of its file."""

HERE_BYTES = 160_000_000
"""Of the starter voice's process."""

HIGH_BYTES = 90_000_000
"""A voice's file from this size on has the generator of Piper's high quality, whatever it is called."""


class Adapts(StrEnum):
    """How far a language model can be made one's own, from the least on."""

    PROMPT = "prompt"
    """What it is told: a system line, a domain pack."""
    TERMS = "weights, with conditions"
    """Its weights are there to be trained on, under a licence that has to be accepted."""
    WEIGHTS = "weights"
    """Its weights are there to be trained on."""
    RECIPE = "recipe"
    """It can be trained anew: the project has the recipe and the data."""


@dataclass(frozen=True)
class Listening:
    """A recognizer for all languages that were asked for."""

    name: str
    memory_bytes: int
    shape: WhisperShape | None
    """None for the starter's, which are measured."""
    wrong: Mapping[str, Published]
    """Word errors as published, by language; a language that is missing has none."""

    def heard(self, languages: Sequence[str]) -> float | None:
        """Return the share of words that are heard rightly in the language that is heard worst; None if that is not published."""
        if not all(language in self.wrong for language in languages):
            return None
        return 1 - max(self.wrong[language].value for language in languages) / 100


@dataclass(frozen=True)
class Answering:
    """A language model."""

    name: str
    memory_bytes: int
    shape: LlmShape | None
    """None for the starter, which is measured."""
    width: int
    published: tuple[Published, ...]
    adapts: Adapts
    tools: bool
    """Parley can read its calls of tools."""

    @property
    def score(self) -> float | None:
        """Return the mean of how often it follows instructions and how often it knows, in percent; None if one is not published."""
        found = {each.measure: each.value for each in self.published}
        return (found[FOLLOWED] + found[KNOWN]) / 2 if {FOLLOWED, KNOWN} <= found.keys() else None


@dataclass(frozen=True)
class Speaking:
    """Voices for all languages that were asked for."""

    names: Mapping[str, str]
    """By language."""
    quality: int
    """0: what is here; 1 and 2: as Piper calls them, medium and high."""
    memory_bytes: int


@dataclass(frozen=True)
class Candidates:
    """All that may be chosen from."""

    listening: Sequence[Listening]
    answering: Sequence[Answering]
    speaking: Sequence[Speaking]
    left_out: Mapping[str, str]
    """Models that would need a word of the person first, and which."""


def candidates(shelf: Catalogue, languages: Sequence[str], *, accept: bool, unverified: bool, here: Collection[str]) -> Candidates:
    """Return what knows these languages and can be had.

    Args:
        shelf: the catalogue.
        languages: ISO 639-1, at least one.
        accept: also what has a licence to be accepted.
        unverified: also what nobody has verified.
        here: names of what is installed, which needs no word any more.

    Raises:
        InputError: no recognizer knows a language, or nothing can speak it.
    """
    _speakable(shelf, languages)
    left_out: dict[str, str] = {}
    allowed: dict[str, Entry] = {}
    for name, entry in shelf.models.items():
        if entry.languages and entry.kind in (Kind.RECOGNITION, Kind.ASSISTANT) and not set(languages) <= set(entry.languages):
            continue
        needs = []
        if name not in here:
            needs += ["--accept-licence"] * (shelf.licences[entry.licence].accept and not accept)
            needs += ["--unverified"] * (not entry.verified and not unverified)
        if not needs:
            allowed[name] = entry
        elif entry.kind in (Kind.RECOGNITION, Kind.ASSISTANT) or (entry.kind is Kind.VOICE and set(entry.languages) & set(languages)):
            left_out[name] = " ".join(needs)
    listening = [
        _listening(name, entry, len(languages)) for name, entry in allowed.items() if entry.kind is Kind.RECOGNITION and entry.build
    ]
    if set(languages) <= STARTER.recognizers.keys():
        listening.insert(0, Listening(STARTER_NAME, 0, None, {}))
    answering = [_answering(name, entry, shelf) for name, entry in allowed.items() if entry.kind is Kind.ASSISTANT]
    answering.insert(0, Answering(STARTER_NAME, 0, None, 0, (), Adapts.RECIPE, tools=True))
    if not listening:
        raise InputError(f"No recognizer that may be fetched knows {' and '.join(languages)}; add --unverified, or choose other languages.")
    return Candidates(listening, answering, _speaking(allowed, languages), left_out)


def llm_shape(entry: Entry) -> LlmShape:
    """Return what of a language model's file is computed for each token."""
    mix = Mix.Q4_0 if "Q4_0" in entry.files[0].name.upper() else Mix.Q4_K_M
    head = entry.build.vocabulary * entry.build.width * HEAD.a_weight if entry.build and entry.build.vocabulary else 0.0
    body = entry.bytes - head
    if entry.build and entry.build.computes_m:
        body = min(body, entry.build.computes_m * 1e6 * Written.Q4_0.a_weight)
    return LlmShape(body, head, mix.value)


def hears(listening: Listening, speeds: Speeds) -> Hears:
    """Return what a pass of it takes on a machine."""
    return speeds.starter_hearing if listening.shape is None else WhisperCost(listening.shape, speeds.hearing)


def writes(answering: Answering, speeds: Speeds) -> Writes:
    """Return what its steps take on a machine."""
    return speeds.starter_writing if answering.shape is None else LlmCost(answering.shape, speeds.writing[answering.shape.mix])


def speaks(speaking: Speaking, speeds: Speeds) -> Speaks:
    """Return what its phrases take on a machine."""
    return (speeds.starter_voice, speeds.medium, speeds.high)[speaking.quality]


def _listening(name: str, entry: Entry, count: int) -> Listening:
    assert entry.build is not None
    encoder, decoder = entry.build.layers or (1, 1)
    wrong = {each.language: each for each in entry.published if each.measure == HEARD and each.language}
    memory = count * (WINDOW_BYTES + entry.bytes // 2)  # half precision on disk, int8 in memory; each language loads its own
    return Listening(name, memory, WhisperShape(entry.build.width, encoder, decoder), wrong)


def _answering(name: str, entry: Entry, shelf: Catalogue) -> Answering:
    kept = min(CONTEXT_TOKENS, entry.window_tokens or CONTEXT_TOKENS) * (entry.kv_bytes or KV_BYTES)
    measured = (entry.memory_mb or 0) * 1_000_000
    adapts = Adapts.TERMS if shelf.licences[entry.licence].accept else Adapts.WEIGHTS
    reads_calls = entry.tools is not None and entry.tools != "gemma"
    memory, width = measured or round(REPACKED * entry.bytes) + kept, entry.build.width if entry.build else USUAL_WIDTH
    return Answering(name, memory, llm_shape(entry), width, entry.published, adapts, reads_calls)


def _speakable(shelf: Catalogue, languages: Sequence[str]) -> None:
    known = {language for entry in shelf.models.values() if entry.kind is Kind.VOICE for language in entry.languages}
    known |= {*VOICES, *STARTER.voices}
    if unknown := [language for language in languages if language not in known]:
        raise InputError(f"--lang {unknown[0]!r} is no language that Parley can speak; choose from {', '.join(sorted(known))}.")


def _speaking(allowed: Mapping[str, Entry], languages: Sequence[str]) -> list[Speaking]:
    """Return what is here, and where there are better ones, the first medium and the first high voice of each language.

    Raises:
        InputError: nothing that may be fetched speaks a language.
    """
    found: dict[tuple[str, ...], Speaking] = {}
    choices = [_voices(allowed, language) for language in languages]
    for most in (0, 1, 2):
        qualities = [max((each for each in voices if each <= most), default=min(voices)) for voices in choices]
        picked = [voices[quality] for voices, quality in zip(choices, qualities, strict=True)]
        names = {language: name for language, (name, _) in zip(languages, picked, strict=True)}
        speaking = Speaking(names, max(qualities), sum(memory for _, memory in picked))
        found.setdefault(tuple(names.values()), speaking)
    return list(found.values())


def _voices(allowed: Mapping[str, Entry], language: str) -> dict[int, tuple[str, int]]:
    """Return the voice of each quality, and its memory."""
    found: dict[int, tuple[str, int]] = {}
    if language in STARTER.voices or language in VOICES:
        found[0] = STARTER_NAME if language in STARTER.voices else ESPEAK_NAME, HERE_BYTES
    for name, entry in allowed.items():
        if entry.kind is Kind.VOICE and language in entry.languages:
            quality = 2 if entry.bytes >= HIGH_BYTES else 1
            found.setdefault(quality, (name, round(VOICE_BYTES + A_VOICE_BYTE * entry.bytes)))
    if not found:
        raise InputError(f"No voice for {language!r} may be fetched without a word of yours; add --accept-licence or --unverified.")
    return found
