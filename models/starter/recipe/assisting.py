"""Conversations with the assistant: requests with tool calls and what follows on them, small talk, and questions to pass on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from assistant.history import CUT
from assistant.tools import Toolbox
from models.starter.recipe import requests, talk
from models.starter.recipe.conversation import ASSISTANT_PROMPT, DEFER, Conversation, Turn
from models.starter.recipe.corpus import pairs
from models.starter.recipe.followups import Earlier, call_of, follow_up
from models.starter.recipe.hearing import Mishearing, written
from models.starter.recipe.requests import Request

MOST_EARLIER = 4
"""Turns before the one that is answered."""

EARLIER_SHARES = (0.45, 0.22, 0.13, 0.1, 0.1)
"""How many conversations have 0, 1, ... earlier turns."""

MISHEARD, CUT_SHORT = 0.4, 0.08
"""Share of the texts that a recognizer may have garbled, and of the earlier replies that were interrupted."""

FOLLOWING, FOLLOWING_LAST = 0.3, 0.5
"""Share of the turns that follow on the one before, where they can; the last turn is the one that is learned from."""

_NEEDS_A_NUMBER = ("convert", "calculate")


class Talk:
    """One conversation as it goes on: its tools, its clock, and what the next turn may refer to."""

    def __init__(self, rng: random.Random, mishearing: Mishearing) -> None:
        self._rng, self._mishearing = rng, mishearing
        self._now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(60 * 24 * 365))
        self._tools = Toolbox(lambda: self._now)
        self._asked: list[Request] = []
        self.earlier: Earlier | None = None
        """What a follow-up would follow on."""

    def any_request(self, following: float) -> Request:
        """Return the next thing said: with the probability `following`, if possible, one that follows on what was said last."""
        rng = self._rng
        if self.earlier and rng.random() < following and (found := follow_up(self.earlier, rng)):
            return found
        kind = rng.random()
        if kind < 0.7:
            return requests.sample(rng)
        if kind < 0.78:
            return talk.small_talk(rng)
        if kind < 0.93:
            return talk.deferred(rng)
        if kind < 0.98:
            return Request(rng.choice(rng.choice(pairs("train"))), "sentence", reply=f"{DEFER}{talk.DEFERRED}")
        return self._lost()

    def take(self, request: Request) -> Turn:
        """Let the request be said and answered."""
        self._now += timedelta(seconds=self._rng.randint(2, 90))
        said = self._tools.call(request.call, dict(request.arguments)).text if request.call else request.reply.removeprefix(DEFER)
        self._tools.spoke(said)
        self._asked.append(request)
        if call_of(request):  # small talk in between is no reason to forget what it was about
            self.earlier = Earlier(request, said)
        return Turn(self._as_heard(request), request.answer, said)

    def cut(self, turn: Turn) -> Turn:
        """Return the turn with a reply that was interrupted, as the prompt will show it."""
        words = turn.remembered.split()
        heard = " ".join(words[: self._rng.randint(1, max(1, len(words) - 1))])
        shown = heard.rstrip(".,;:") + CUT
        if self.earlier and self.earlier.said == turn.remembered:
            self.earlier = Earlier(self.earlier.request, shown)
        return Turn(turn.user, turn.answer, shown)

    def _as_heard(self, request: Request) -> str:
        if request.intent == "sentence":
            return request.text
        text = written(request.text, self._rng)
        if self._rng.random() > MISHEARD:
            return text
        texts = (str(value) for name, value in request.arguments if name in ("item", "text", "list"))
        return self._mishearing.hear(text, self._rng, kept=" ".join(texts))

    def _lost(self) -> Request:
        """Return what would follow on a conversion or a sum; where there was none, it cannot be understood."""
        if any(request.call in _NEEDS_A_NUMBER for request in self._asked):
            return talk.small_talk(self._rng)
        while True:
            other = requests.sample(self._rng)
            if other.call in _NEEDS_A_NUMBER and (found := follow_up(Earlier(other, "That's 5."), self._rng)):
                return Request(found.text, "lost", reply=talk.LOST)


def assistance(count: int, rng: random.Random, mishearing: Mishearing) -> list[Conversation]:
    """Return `count` conversations with up to `MOST_EARLIER` turns before the last one, some of which belong to it."""
    return list(_conversations(count, rng, mishearing))


def _conversations(count: int, rng: random.Random, mishearing: Mishearing) -> Iterator[Conversation]:
    for earlier in rng.choices(range(MOST_EARLIER + 1), EARLIER_SHARES, k=count):
        conversation, turns = Talk(rng, mishearing), []
        for _ in range(earlier):
            turn = conversation.take(conversation.any_request(FOLLOWING))
            turns.append(conversation.cut(turn) if rng.random() < CUT_SHORT else turn)
        turns.append(conversation.take(conversation.any_request(FOLLOWING_LAST)))
        yield Conversation(ASSISTANT_PROMPT, tuple(turns))
