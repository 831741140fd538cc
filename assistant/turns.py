"""Who has the floor: events in, commands out. Everything that affects it is in this file; the table is the policy.

    LISTENING   nobody speaks
    HEARING     the user speaks
    DRAFTING    the user paused; an answer is begun, its audio held
    THINKING    the user's utterance is over, no audio of the answer yet
    SPEAKING    the answer is being spoken
    OVERLAP     somebody spoke into the answer; it is ducked until that is judged

A rule is taken when its mode, its event's type and its condition fit; the first one wins. No rule: the event changes
nothing. Events of the reply count only for the turn that is on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias, TypeGuard

from assistant.events import (
    AnnouncementDue,
    Committed,
    Event,
    Failed,
    Final,
    Interrupted,
    Judged,
    PlaybackDone,
    PlaybackStarted,
    ReplyAudio,
    ReplyDone,
    ReplyRequested,
    SpeechConfirmed,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    TextSent,
    Written,
)


class Mode(Enum):
    LISTENING = "listening"
    HEARING = "hearing"
    DRAFTING = "drafting"
    THINKING = "thinking"
    SPEAKING = "speaking"
    OVERLAP = "overlap"


Waiting: TypeAlias = TextSent | AnnouncementDue | ReplyRequested | Written


@dataclass(frozen=True, slots=True)
class State:
    """All that is remembered. The last four speak of the turn that is on."""

    mode: Mode = Mode.LISTENING
    turn: int = 0
    draft_empty: bool = False
    draft_failed: bool = False
    reply_done: bool = False
    drained: bool = False
    """The speaker ran dry: the end, if the reply is done too; an underrun otherwise."""
    waiting: tuple[Waiting, ...] = ()
    """Texts that came while the user was speaking, the others while anybody was; each gets its turn, utterances all one."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What differs between sessions, beside the table."""

    interrupts: bool = True
    """Speech during a reply may stop it."""
    listens_on: bool = False
    """Speech during a reply, which it may not stop, is an utterance of its own, and answered when the reply is over."""
    drafts: bool = True
    """Answers are begun at a pause."""
    anticipates: bool = True
    """The language model reads along while the user speaks, and says when that sounds complete."""
    manual: bool = False
    """Utterances end only when the client commits them; what is committed is written down, and answered when a reply is requested."""
    answers: bool = True
    """An utterance that is over is answered; else it is written down, and a reply comes when one is requested."""


# --- commands: what the session must do, in order ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    turn: int


@dataclass(frozen=True, slots=True)
class Start(Command):
    """Answer `why`: the utterance that ended, a text, what was written down, or a request for a reply; or make an announcement."""

    why: Event


@dataclass(frozen=True, slots=True)
class Write(Command):
    """Write down the utterance that ended with `why`."""

    why: Event


@dataclass(frozen=True, slots=True)
class Draft(Command):
    """Recognise what was said so far and begin its answer; hold everything it emits."""


@dataclass(frozen=True, slots=True)
class Release(Command):
    """The draft is the answer: what it held flows now, in order."""


@dataclass(frozen=True, slots=True)
class Drop(Command):
    """The draft is void: cancel it and forget what it held."""


@dataclass(frozen=True, slots=True)
class Stop(Command):
    """Cancel the reply and silence the speaker; the history keeps what was heard."""


@dataclass(frozen=True, slots=True)
class Duck(Command):
    """Play softly until the overlap is judged."""


@dataclass(frozen=True, slots=True)
class Resume(Command):
    """Play on at full level from the same sample."""


# --- the table ----------------------------------------------------------------------------------------------------

Condition: TypeAlias = Callable[[State, Event, Policy], bool]
Make: TypeAlias = Callable[[int, Event], Command]


def _always(state: State, event: Event, policy: Policy) -> bool:
    return True


def automatic(state: State, event: Event, policy: Policy) -> bool:
    return not policy.manual


def automatic_unanswered(state: State, event: Event, policy: Policy) -> bool:
    return not policy.manual and not policy.answers


def drafting_allowed(state: State, event: Event, policy: Policy) -> bool:
    return policy.drafts and policy.answers and not policy.manual


def listens_on(state: State, event: Event, policy: Policy) -> bool:
    return policy.listens_on


def listens_on_unanswered(state: State, event: Event, policy: Policy) -> bool:
    return policy.listens_on and not policy.answers


def written_during_reply(state: State, event: Event, policy: Policy) -> bool:
    return policy.listens_on and policy.answers and isinstance(event, Written) and bool(event.text)


def interruptible(state: State, event: Event, policy: Policy) -> bool:
    return policy.interrupts


def nothing_said(state: State, event: Event, policy: Policy) -> bool:
    return isinstance(event, Final) and not event.text


def barged_in(state: State, event: Event, policy: Policy) -> bool:
    return isinstance(event, Judged) and event.verdict == "barge-in" and policy.interrupts


def all_played(state: State, event: Event, policy: Policy) -> bool:
    return state.reply_done and state.drained


def drained(state: State, event: Event, policy: Policy) -> bool:
    return state.drained


def reply_done(state: State, event: Event, policy: Policy) -> bool:
    return state.reply_done


def draft_empty(state: State, event: Event, policy: Policy) -> bool:
    return state.draft_empty


def draft_failed(state: State, event: Event, policy: Policy) -> bool:
    return state.draft_failed


def _start(turn: int, why: Event) -> Command:
    return Start(turn, why)


def _write(turn: int, why: Event) -> Command:
    return Write(turn, why)


def _plain(command: type[Command]) -> Make:
    return lambda turn, _: command(turn)


_stop, _draft, _release, _drop, _duck, _resume = map(_plain, (Stop, Draft, Release, Drop, Duck, Resume))


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `opens` numbers a new turn: commands before `opens_at` go to the old one, the others to the new."""

    mode: Mode
    event: type[Event]
    to: Mode
    commands: tuple[Make, ...] = ()
    when: Condition = _always
    opens: bool = False
    opens_at: int = 0


_L, _H, _D, _T, _S, _O = Mode.LISTENING, Mode.HEARING, Mode.DRAFTING, Mode.THINKING, Mode.SPEAKING, Mode.OVERLAP

TABLE: tuple[Rule, ...] = (
    Rule(_L, SpeechConfirmed, _H, opens=True),
    Rule(_L, Committed, _L, (_write,), opens=True),
    Rule(_L, TextSent, _T, (_start,), opens=True),
    Rule(_L, ReplyRequested, _T, (_start,), opens=True),
    Rule(_L, AnnouncementDue, _T, (_start,), opens=True),
    Rule(_L, Judged, _H, (), barged_in, opens=True),
    Rule(_L, SpeechEnded, _L, (_write,), listens_on_unanswered, opens=True),
    Rule(_L, SpeechEnded, _T, (_start,), listens_on, opens=True),
    Rule(_L, Written, _T, (_start,), written_during_reply, opens=True),
    Rule(_H, SpeechPaused, _D, (_draft,), drafting_allowed),
    Rule(_H, SpeechEnded, _L, (_write,), automatic_unanswered),
    Rule(_H, SpeechEnded, _T, (_start,), automatic),
    Rule(_H, Committed, _L, (_write,)),
    Rule(_H, Interrupted, _L, (_stop,)),
    Rule(_D, SpeechResumed, _H, (_drop,)),
    Rule(_D, SpeechEnded, _T, (_drop, _start), draft_failed),
    Rule(_D, SpeechEnded, _L, (_drop,), draft_empty),
    Rule(_D, SpeechEnded, _T, (_release,)),
    Rule(_D, Committed, _L, (_drop, _write)),
    Rule(_D, Interrupted, _L, (_drop,)),
    Rule(_T, ReplyAudio, _S),
    Rule(_T, Final, _L, (_stop,), nothing_said),
    Rule(_T, SpeechConfirmed, _T, (), listens_on),
    Rule(_T, SpeechConfirmed, _H, (_stop,), automatic, opens=True, opens_at=1),
    Rule(_T, SpeechEnded, _T, (_write,), listens_on),
    Rule(_T, Judged, _H, (_stop,), barged_in, opens=True, opens_at=1),
    Rule(_T, TextSent, _T, (_stop, _start), opens=True, opens_at=1),
    Rule(_T, Committed, _T, (_write,)),
    Rule(_T, ReplyDone, _L),
    Rule(_T, Failed, _L),
    Rule(_T, Interrupted, _L, (_stop,)),
    Rule(_S, SpeechStarted, _O, (_duck,), interruptible),
    Rule(_S, SpeechConfirmed, _O, (_duck,), interruptible),
    Rule(_S, Judged, _H, (_stop,), barged_in, opens=True, opens_at=1),
    Rule(_S, SpeechEnded, _S, (_write,), listens_on),
    Rule(_S, PlaybackDone, _L, (), reply_done),
    Rule(_S, ReplyDone, _L, (), drained),
    Rule(_S, TextSent, _T, (_stop, _start), opens=True, opens_at=1),
    Rule(_S, ReplyRequested, _T, (_start,), reply_done, opens=True),
    Rule(_S, Committed, _S, (_write,)),
    Rule(_S, Failed, _L),
    Rule(_S, Interrupted, _L, (_stop,)),
    Rule(_O, Judged, _H, (_stop,), barged_in, opens=True, opens_at=1),
    Rule(_O, Judged, _L, (), all_played),
    Rule(_O, Judged, _S, (_resume,)),
    Rule(_O, TextSent, _T, (_stop, _start), opens=True, opens_at=1),
    Rule(_O, Committed, _O, (_write,)),
    Rule(_O, Failed, _L),
    Rule(_O, Interrupted, _L, (_stop,)),
)  # fmt: skip

OF_THE_REPLY = (Final, ReplyAudio, ReplyDone, Failed, PlaybackStarted, PlaybackDone)
"""These count only for the turn that is on."""


class Turns:
    """The machine: `push` an event, do the commands it returns."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.state = State()

    @property
    def speech_turn(self) -> int:
        """The turn that speech heard now belongs to."""
        return self.state.turn + (self.state.mode not in (Mode.HEARING, Mode.DRAFTING))

    def push(self, event: Event) -> list[Command]:
        """Take one event and return what to do, in order."""
        state = self.state
        if isinstance(event, OF_THE_REPLY) and event.turn != state.turn:
            return []
        if _must_wait(event, state, self.policy):
            self.state = replace(state, waiting=(*state.waiting, event))
            return []
        state = self.state = _remember(state, event)
        commands: list[Command] = []
        for rule in rules_for(state.mode, event):
            if rule.when(state, event, self.policy):
                commands = self._take(rule, event)
                break
        if self.state.mode is Mode.LISTENING and self.state.waiting:
            first, *rest = self.state.waiting
            self.state = replace(self.state, waiting=tuple(rest))
            commands += self.push(first)
        return commands

    def _take(self, rule: Rule, event: Event) -> list[Command]:
        if _start in rule.commands:  # the answer is to all that was written down
            self.state = replace(self.state, waiting=tuple(each for each in self.state.waiting if not isinstance(each, Written)))
        old, new = self.state.turn, self.state.turn + rule.opens
        if rule.opens or rule.to is Mode.HEARING:
            self.state = State(rule.to, new, waiting=self.state.waiting)
        else:
            self.state = replace(self.state, mode=rule.to)
        return [make(old if rule.opens and i < rule.opens_at else new, event) for i, make in enumerate(rule.commands)]


def _must_wait(event: Event, state: State, policy: Policy) -> TypeGuard[Waiting]:
    mode = state.mode
    match event:
        case TextSent():
            return mode in (Mode.HEARING, Mode.DRAFTING)
        case ReplyRequested():
            return mode is not Mode.LISTENING and not (mode is Mode.SPEAKING and state.reply_done)
        case AnnouncementDue():
            return mode is not Mode.LISTENING
        case Written():
            return mode is not Mode.LISTENING and written_during_reply(state, event, policy)
        case _:
            return False


def rules_for(mode: Mode, event: Event) -> Iterable[Rule]:
    """Return the rows of the table for this mode and kind of event, in order."""
    return (rule for rule in TABLE if rule.mode is mode and isinstance(event, rule.event))


def _remember(state: State, event: Event) -> State:
    match state.mode, event:
        case Mode.DRAFTING, Final(text=text):
            return replace(state, draft_empty=not text)
        case Mode.DRAFTING, Failed():
            return replace(state, draft_failed=True)
        case ((Mode.SPEAKING | Mode.OVERLAP), ReplyDone()):
            return replace(state, reply_done=True)
        case ((Mode.SPEAKING | Mode.OVERLAP), PlaybackDone()):
            return replace(state, drained=True)
        case ((Mode.SPEAKING | Mode.OVERLAP), ReplyAudio()):
            return replace(state, drained=False)
        case _:
            return state
