"""What the conversation asks of its engines. `models/` implements these; tests and benchmarks may bring their own.

All streams are async generators: closing one (`aclose`, or cancelling the task that reads it) stops the engine's work
at its next step, and the engine takes its next request only after that.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from assistant.audio import Samples
from assistant.route import Doubt


class Detector(Protocol):
    """Tells speech from everything else. Light enough to run on the event loop: about 0.1 ms a chunk. One per stream."""

    def probability(self, chunk: Samples) -> float:
        """Return the speech probability of the next 32 ms (512 samples at 16 kHz), in [0, 1]."""
        ...

    def reset(self) -> None:
        """Forget the stream so far."""
        ...


class TurnDetector(Protocol):
    """Tells from the melody and the words of speech whether it is over, where a `Detector` only hears that it is silent."""

    async def probability(self, samples: Samples) -> float:
        """Return how likely whoever speaks in these 16 kHz samples has finished, in [0, 1]; the newest 8 s count.

        Raises:
            EngineError: the model failed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Word:
    """One word in audio, recognised or spoken; `start_s` and `end_s` count from the start of that audio."""

    text: str
    start_s: float
    end_s: float
    probability: float = 1.0
    """How likely a recognizer heard it right, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was said: `text`, its `language` (ISO 639-1), and `words` if times were asked for."""

    text: str
    language: str
    words: tuple[Word, ...] = ()
    probability: float = 1.0
    """Geometric mean over the tokens of the text, in [0, 1]: low where the recognizer guessed; 1 if it cannot tell."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What one must know of a recognizer to work with it."""

    window_s: float
    """The longest audio that one pass takes."""
    marks_ends: bool = False
    """Whether a mark at the end of what it writes says that a sentence is over; most models put one behind anything."""
    padded: bool = False
    """Whether a pass fills its window, so that it takes as long for a word as for a minute."""


class Recognizer(Protocol):
    """Speech to text, one window at a time."""

    @property
    def hearing(self) -> Hearing:
        """What one must know of it."""
        ...

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        """Return what 16 kHz `samples` say; empty text for no speech. The text begins with the words `known`, which are certain.

        `expected` are terms that are likely, parted by ", ".

        Raises:
            EngineError: this input failed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a conversation as the language model sees it."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model is told of it; `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Defer:
    """The model passes: a larger one should answer. Text that follows is what it says when there is none."""


@dataclass(frozen=True, slots=True)
class Used:
    """Something of our own was used; `said` is its sentence, which is spoken as it is: a second pass would only cost time."""

    name: str
    arguments: dict[str, Any]
    said: str
    """Empty where the words that follow are the reply."""


Piece: TypeAlias = "str | ToolCall | Defer | Used"


@dataclass(frozen=True, slots=True)
class Translation:
    """What is asked of a model that translates; languages are ISO 639-1."""

    text: str
    source: str
    target: str
    begun: str = ""
    """What the translation begins with."""
    finished: bool = True
    """Whether the sentence is whole; otherwise only what it supports is wanted."""
    terms: tuple[tuple[str, str], ...] = ()
    """Words of the text, each with the translation that it must have."""


class LanguageModel(Protocol):
    """Text in, text out, a token at a time."""

    @property
    def memory_turns(self) -> int:
        """Earlier turns that help the model; one trained on short conversations is confused by long ones."""
        ...

    @property
    def takes_tools(self) -> bool:
        """Whether it is told of tools, and of what they gave; one that is not knows the assistant's own by heart."""
        ...

    @property
    def threads(self) -> int:
        """How many it was given."""
        ...

    def generate(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = (), most_tokens: int = 200
    ) -> AsyncGenerator[Piece, None]:
        """Yield the pieces of the answer to the last message, which may be calls of `tools`.

        Raises:
            PromptTooLong: the messages leave no room for an answer.
            CallTooLong: `most_tokens` end in the middle of a call.
            EngineError: the model failed.
        """
        ...

    async def anticipate(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> float:
        """Get ready for an answer to the last message, which is still being said; return how likely it is complete, in [0, 1].

        Raises:
            PromptTooLong: the messages leave no room for an answer.
            EngineError: the model failed.
        """
        ...

    async def count(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> int:
        """Return how many tokens the messages are as a prompt, with the beginning of an answer if the last one is the assistant's.

        Raises:
            EngineError: they make no prompt.
        """
        ...

    async def doubt(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> Doubt:
        """Return what it thinks of a question before its first word; an answer to it afterwards finds the prompt computed.

        Raises:
            PromptTooLong: the messages leave no room for an answer.
            EngineError: the model failed.
        """
        ...

    def translation(self, asked: Translation) -> list[Message]:
        """Return the messages to which a translation is the answer, in the words that this model knows.

        Raises:
            InputError: it does not know one of the languages.
        """
        ...

    def translate(self, asked: Translation, *, most_tokens: int = 200) -> AsyncGenerator[str, None]:
        """Yield the translation behind what it begins with.

        All of it holds the terms as they shall be said, but for those whose place is still to come, or has passed in another
        wording in what it begins with.

        Raises:
            InputError: it does not know one of the languages.
            PromptTooLong: the text leaves no room for a translation.
            EngineError: the model failed.
        """
        ...

    async def limit_threads(self, most: int | None) -> None:
        """Work on at most so many threads from the next step on; None for all that the model was given."""
        ...


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of a phrase as it sounds, and which words of the phrase are in it; no words if the voice cannot tell."""

    samples: Samples
    words: tuple[Word, ...] = ()
    """Each as it stands in the phrase; over all sounds of a phrase these are its words (`words.word_spans`), in order."""


class Voice(Protocol):
    """Text to speech in one language."""

    @property
    def sample_rate_hz(self) -> int:
        """Of what `speak` yields."""
        ...

    def speak(self, text: str, *, rate: float = 1.0) -> AsyncGenerator[Sound, None]:
        """Yield the sounds of one phrase at `sample_rate_hz`; `rate`: how fast, 1 being the voice's own pace."""
        ...


@dataclass(frozen=True, slots=True)
class Outage:
    """An engine that does not work at the moment."""

    what: str
    """What is missing, in a few words that stay the same."""
    why: str
    silent: frozenset[str] = frozenset()
    """The languages that cannot be spoken until it is over; others are spoken a little later."""
    down: bool = False
    """Whether nobody can be answered until it is over; otherwise answers only come a little later."""


async def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Engines:
    """One of each, shared by all sessions; `detector` makes one per stream."""

    detector: Callable[[], Detector]
    recognizers: Mapping[str, Recognizer]
    """By language."""
    language_model: LanguageModel
    voices: Mapping[str, Voice]
    """By language."""
    turn_detector: TurnDetector | None = None
    """Only where the settings name one."""
    queues: Callable[[], Mapping[str, int]] = dict
    """How many steps are asked of each engine and not done, by its name."""
    outages: Callable[[], tuple[Outage, ...]] = tuple
    """What does not work at the moment."""
    close: Callable[[], Awaitable[None]] = _nothing
    """Ends every worker; the engines are of no use afterwards."""
