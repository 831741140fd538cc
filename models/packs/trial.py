"""A pack's own cases, tried without the pack and with it, by the engines that answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np
import soxr

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.engines import Engines, ToolCall, Used, Voice
from assistant.equipped import equipped
from assistant.glossary import Glossary, whole_words
from assistant.informed import KNOWLEDGE
from assistant.knowledge import claimed
from assistant.lexicon import words
from assistant.pack import Pack
from assistant.respond import Chat
from assistant.tools import Toolbox
from models.packs.cases import Case

QUIET_S = 0.3
"""Around a spoken case."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a case."""

    case: Case
    heard: str
    """What was asked, as it was understood."""
    passage: str | None
    """The one that was used."""
    tool: str | None
    said: str

    @property
    def right(self) -> bool:
        """Whether the passage, or the tool, is the one that is wanted: none, where nothing may be claimed."""
        return (self.passage, self.tool if self.case.tool else None) == (self.case.passage, self.case.tool)

    @property
    def complete(self) -> bool:
        """Whether all is said that must be."""
        return all(text in self.said for text in self.case.says)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    right: int
    of: int

    def __str__(self) -> str:
        return f"{self.right / self.of:6.1%}  ({self.right} of {self.of})" if self.of else "     –"


def summary(tried: Sequence[Tried], pack: Pack) -> dict[str, Share]:
    """Return the figures of a trial, by what they tell."""
    known, unknown = [t for t in tried if t.case.passage], [t for t in tried if not t.case.passage and not t.case.tool]
    aloud = [t for t in tried if t.case.spoken]
    wrong = [edits(words(t.case.ask), words(t.heard)) for t in aloud]
    terms = [(t, term) for t in aloud for term in _terms(pack.glossary, t.case)]
    return {
        "right passage": _share(known, lambda t: t.right),
        "answer holds what it must": _share([t for t in tried if t.case.says], lambda t: t.complete),
        "nothing claimed out of the pack": _share(unknown, lambda t: t.passage is None),
        "right tool": _share([t for t in tried if t.case.tool], lambda t: t.right),
        "word error rate, aloud": Share(sum(wrong), sum(len(words(t.case.ask)) for t in aloud)),
        "terms heard right, aloud": Share(sum(bool(whole_words([term]).search(t.heard)) for t, term in terms), len(terms)),
        "right passage, aloud": _share([t for t in aloud if t.case.passage], lambda t: t.right),
    }


def _share(tried: Sequence[Tried], right: Callable[[Tried], bool]) -> Share:
    return Share(sum(map(right, tried)), len(tried))


def _terms(glossary: Glossary, case: Case) -> list[str]:
    """Return the terms of a language that occur in what is asked."""
    return [form for forms in glossary.forms(case.language) for form in forms if whole_words([form]).search(case.ask)]


@dataclass(frozen=True, slots=True)
class Claims:
    """What comes of the cases if passages are claimed from a score on."""

    least: float
    right: Share
    wrong: Share
    """Of the questions that a passage answers, those that get another one."""
    unasked: Share
    """Of the others, those that get one."""


def claims(pack: Pack, cases: Sequence[Case], least: float) -> Claims:
    """Return what a threshold gives, by the words of the cases alone."""
    right = wrong = known = unasked = unknown = 0
    for case in cases:
        hit = claimed(pack.knowledge.search(case.ask), least)
        if case.passage:
            known += 1
            right += hit is not None and hit.passage.name == case.passage
            wrong += hit is not None and hit.passage.name != case.passage
        elif not case.tool:
            unknown += 1
            unasked += hit is not None
    return Claims(least, Share(right, known), Share(wrong, known), Share(unasked, unknown))


async def tried(engines: Engines, pack: Pack | None, cases: Sequence[Case]) -> AsyncGenerator[Tried, None]:
    """Ask each case and yield what came of it, with a pack or without one; the voices that make the spoken ones know none."""
    used = equipped(engines, pack)
    for case in cases:
        heard = case.ask
        if case.spoken:
            sound = await spoken(case.ask, engines.voices[case.language])
            heard = (await used.recognizers[case.language].recognize(sound, language=case.language)).text
        chat = Chat(used.language_model, Toolbox())
        passage = tool = None
        said = ""
        async with aclosing(chat.respond(heard, _released)) as pieces:
            async for piece in pieces:
                match piece:
                    case Used(name, arguments, text):
                        said += text
                        if name == KNOWLEDGE:
                            passage = arguments["passage"]
                        else:
                            tool = name
                    case str():
                        said += piece
                    case ToolCall(name):
                        tool = name
        yield Tried(case, heard, passage, tool, said.strip())


async def _released() -> None:
    return None


async def spoken(text: str, voice: Voice) -> Samples:
    """Return a text as 16 kHz speech with a little quiet around it."""
    async with aclosing(voice.speak(text)) as sounds:
        samples = np.concatenate([sound.samples async for sound in sounds])
    if voice.sample_rate_hz != LISTEN_RATE_HZ:
        samples = soxr.resample(samples, voice.sample_rate_hz, LISTEN_RATE_HZ)
    quiet = silence(round(QUIET_S * LISTEN_RATE_HZ))
    return np.concatenate([quiet, samples, quiet]).astype(np.float32)


def edits(wanted: Sequence[str], found: Sequence[str]) -> int:
    """Return the fewest words that must be changed, put in or left out to make one of the other."""
    row = list(range(len(found) + 1))
    for i, word in enumerate(wanted, 1):
        before, row = row, [i]
        for j, other in enumerate(found, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (word != other)))
    return row[-1]
