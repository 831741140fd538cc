"""Every fact of a session: frozen, in the past tense, without time of its own (the session stamps it once, in `emit`).

`turn` counts from 1; 0 stands for a fact that belongs to none. `at_s` is a position in the *audio* the session heard,
in seconds: a coordinate, not a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from assistant.audio import Samples
from assistant.engines import Word

DraftStage: TypeAlias = Literal["final", "first_token", "first_phrase", "first_audio", "effect"]
Verdict: TypeAlias = Literal["backchannel", "noise", "barge-in"]


@dataclass(frozen=True, slots=True)
class Event:
    """What all facts share."""

    turn: int


# --- from listening ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Speech(Event):
    """What the facts about speech share: it changed at `at_s`, and that was known at `heard_s`, a little later."""

    at_s: float
    heard_s: float


@dataclass(frozen=True, slots=True)
class SpeechStarted(Speech):
    """Speech may have begun; a click would look the same."""


@dataclass(frozen=True, slots=True)
class SpeechConfirmed(Speech):
    """It is speech."""


@dataclass(frozen=True, slots=True)
class SpeechPaused(Speech):
    """The speaker fell silent; the utterance may go on."""


@dataclass(frozen=True, slots=True)
class SpeechResumed(Speech):
    """The speaker went on, within the same utterance."""


@dataclass(frozen=True, slots=True)
class SpeechEnded(Speech):
    """The endpoint: the utterance is over; `at_s` is where its speech ended."""


@dataclass(frozen=True, slots=True)
class PassBegun(Event):
    """The recognizer was given what was said so far; a `Partial` follows."""


@dataclass(frozen=True, slots=True)
class Partial(Event):
    """The transcript so far: `committed` will not change, `tentative` may."""

    committed: str
    tentative: str


@dataclass(frozen=True, slots=True)
class EndExpected(Event):
    """What was said up to this pause sounds complete with a probability in [0, 1]."""

    probability: float


@dataclass(frozen=True, slots=True)
class Final(Event):
    """The transcript of the utterance; empty when nothing was said."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Written(Event):
    """The transcript of an utterance that is not answered, or not yet; empty when nothing was said."""

    ended: Event
    """What ended the utterance: a `SpeechEnded` or a `Committed`."""
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class WritingFailed(Event):
    """Such an utterance has no transcript; `message` and `code` as in `Failed`."""

    ended: Event
    message: str
    code: str


@dataclass(frozen=True, slots=True)
class Translated(Event):
    """The translation of an utterance so far: `committed` will not change but by growing, `tentative` may."""

    language: str
    committed: str
    tentative: str
    heard_s: float
    """The session's clock when the last word that `committed` translates had been heard: the lag is the time since."""
    final: bool = False
    """The utterance is over, and this is all of it."""


@dataclass(frozen=True, slots=True)
class Judged(Event):
    """What speech during a reply was."""

    verdict: Verdict


# --- from the person or the protocol ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextSent(Event):
    """A person wrote instead of speaking."""

    text: str


@dataclass(frozen=True, slots=True)
class Committed(Event):
    """The client says that the utterance is over, at `at_s` (manual turns)."""

    at_s: float


@dataclass(frozen=True, slots=True)
class ReplyRequested(Event):
    """The client wants a reply to what is in the history."""

    spoken: bool = True
    """Whether it is to be heard, if a language is spoken at all."""


@dataclass(frozen=True, slots=True)
class Interrupted(Event):
    """A button, or `response.cancel`: stop now."""


@dataclass(frozen=True, slots=True)
class AnnouncementDue(Event):
    """Something is to be said unasked: a timer is up."""

    text: str


# --- from the reply -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReplyStarted(Event):
    """The reply task runs and has its transcript."""


@dataclass(frozen=True, slots=True)
class ReplyToken(Event):
    """The next piece of the reply's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyPhrase(Event):
    """A phrase was handed to the voice."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyAudio(Event):
    """The next samples of the reply, of the phrase `text`, and which of its words they hold; none if the voice cannot tell."""

    samples: Samples = field(repr=False)
    sample_rate_hz: int
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolCalled(Event):
    """The assistant used a tool; `said` is the sentence that it gave."""

    name: str
    arguments: dict[str, Any]
    said: str


@dataclass(frozen=True, slots=True)
class ToolRequested(Event):
    """The assistant asks for a tool that the client has; what it gives comes with a request for a reply."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deferred(Event):
    """The small model passed: the question needs a larger one."""


@dataclass(frozen=True, slots=True)
class Routed(Event):
    """Who answers was decided: `to` is `small`, `ask` (the user is asked first), or who gives the large model's answer."""

    to: str
    why: str


@dataclass(frozen=True, slots=True)
class ReplyDone(Event):
    """The reply is complete: `text` is all of it, spoken or not."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyStopped(Event):
    """The reply was cut off after `heard` was played; no event of this turn follows."""

    heard: str


@dataclass(frozen=True, slots=True)
class Drafted(Event):
    """A reply begun at a pause has reached a stage, and what it has is held until the endpoint.

    At `effect` it can go no further before that: what it would do next has an effect.
    """

    stage: DraftStage


@dataclass(frozen=True, slots=True)
class DraftDropped(Event):
    """A reply begun at a pause was thrown away: the speaker went on, or had said nothing."""


@dataclass(frozen=True, slots=True)
class Degraded(Event):
    """The budget acted: `what` was given up, and `why`."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Restored(Event):
    """What was given up is back."""

    what: str


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """The turn failed; the session lives. `message` is for a person, `code` is an error's stable code."""

    message: str
    code: str


# --- from the client ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlaybackStarted(Event):
    """The first sample of the reply left the speaker."""


@dataclass(frozen=True, slots=True)
class PlaybackDone(Event):
    """The speaker has nothing left to play."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """A fact and when the session learned it: `at_s` seconds on the session's monotonic clock."""

    at_s: float
    event: Event
