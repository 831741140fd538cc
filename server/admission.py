"""Whether one more conversation is let in: a fold over how late all of them were answered lately. No clock: each moment is an argument.

An answer begins with a silence that is waited for on purpose, as long on an idle machine. What it takes behind that, beyond the quickest one
there was, it takes because others are served, too, and that grows faster than their number. So this excess of each recent answer is scaled by
the square of the load, which is how many talk and how many steps wait for engines, with one more than then; the 95th percentile of what comes
out is the prediction. It may take a part of what the budget leaves beside what the answers took without any excess: the more talk, the smaller a part, as the more suddenly a queue grows long. Who is let in stays, so that
one lucky moment must not let too many in; and who leaves makes room at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, exp
from typing import Literal

from assistant.latency import percentile
from server.own_work import OwnWork

LATELY_S = 5.0
"""A moment: for so long who came is a newcomer; and the answers of it count by themselves, so that an overload is seen at once."""

WINDOW_S = 30.0
"""Answers that are older tell nothing. In a shorter time there is a lucky moment now and then."""

KEPT = 512
"""Answers of which the quickest, behind its silence, is what one takes that waits for nobody."""

TALKING_S = 30.0
"""Who has said nothing for so long is no load, but may be one at any time."""

OPEN_S = 30.0
"""After so long an answer will not come any more."""

SMOOTH_S = 1.0
"""Over which the steps that wait are averaged: there is a moment without any in each overload."""

SHARE = 0.95

GROWTH = 2
"""Of the excess with the load."""

OWN = 3.0
"""Conversations that are added to each load: answers differ, and one that takes long by itself does not take four times as long beside a second."""

FEW, MANY = 1.0, 0.3
"""Part of what the budget leaves that the excess may take, with one who talks and with very many. A simulated machine that answers
92, 44 or 13 in time then lets 70 to 90 of 100 of them in, of five times as many who come; with more, chance overfills it within ten minutes."""

EASE = 0.5
"""Of that: as long as no more is expected, who comes need not do with less."""

MOST_WORK = 0.6
"""Share of its time that the server's own thread may work. It is what all share who talk; behind that, what it does for one waits for all the others,
and sound waits unread, which no answer's time tells: so nobody more is let in."""

ALONE = 1.5
"""Where answers take most of the budget or more on an idle machine, so many times that is what is kept instead."""

NEXT = 16
"""Of so many who talk one more may come within `LATELY_S`; one may always."""

SOON = 8
"""The same while hardly any excess is expected."""

RETRY_S = 5
"""When who is refused may try again, and until twice when he is expected."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of somebody who comes."""

    outcome: Literal["accept", "degrade", "refuse"]
    predicted_s: float
    """What 95 of 100 answers are expected to take then; 0 while nothing is known."""
    why: str = ""
    after_s: int = RETRY_S
    """When to try again."""


@dataclass(frozen=True, slots=True)
class _Answer:
    at_s: float
    silence_s: float
    """After the last word, until it was clear that nothing would follow."""
    worked_s: float
    """Behind that."""
    load: float
    """How many talked then, and steps waited."""


@dataclass
class Admission:
    """Owned by one server; its times are seconds on a clock that only grows."""

    budget_s: float
    newcomers: int = 2
    """So many may come within `LATELY_S` while fewer talk, then one of `SOON` or `NEXT`: who came a moment ago has not been answered yet."""
    _answers: deque[_Answer] = field(default_factory=lambda: deque(maxlen=KEPT))
    _came_s: deque[float] = field(default_factory=deque)
    _spoke_s: dict[int, float] = field(default_factory=dict)
    """When each conversation was last spoken in."""
    _open_s: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Since when each waits for its answer that does, and how much of that was waited for on purpose."""
    _expected_s: dict[str, float] = field(default_factory=dict)
    """Until when each is expected that was refused."""
    _own_work: OwnWork = field(default_factory=OwnWork)
    _queued: float = 0.0
    _queued_at_s: float = 0.0

    # --- what happens in conversations ----------------------------------------------------------------------------------

    def spoken(self, conversation: int, ended_s: float, silence_s: float = 0.0) -> None:
        """Note that somebody's speech ended, that he waits for an answer, and after how much silence that was known."""
        self._spoke_s = {each: spoke_s for each, spoke_s in self._spoke_s.items() if ended_s - spoke_s <= TALKING_S}
        self._spoke_s[conversation], self._open_s[conversation] = ended_s, (ended_s, silence_s)

    def answered(self, conversation: int, at_s: float) -> None:
        """Note that the answer's first sound was given away."""
        if (open_s := self._open_s.pop(conversation, None)) is not None:
            ended_s, silence_s = open_s
            self._answers.append(_Answer(at_s, silence_s, at_s - ended_s - silence_s, max(1, self._talking(at_s)) + self._queued))

    def over(self, conversation: int) -> None:
        """Note that nobody waits for an answer there any more."""
        self._open_s.pop(conversation, None)

    def gone(self, conversation: int) -> None:
        """Forget a conversation."""
        self.over(conversation)
        self._spoke_s.pop(conversation, None)

    def waiting(self, steps: int, at_s: float) -> None:
        """Take how many steps wait for engines."""
        kept = exp(-max(0.0, at_s - self._queued_at_s) / SMOOTH_S)
        self._queued, self._queued_at_s = kept * self._queued + (1 - kept) * steps, at_s

    def worked(self, thread_s: float, at_s: float) -> None:
        """Take how long the server's thread has worked so far."""
        self._own_work.push(at_s, thread_s, self._present(at_s))

    # --- at the door ----------------------------------------------------------------------------------------------------

    def came(self, who: str, at_s: float) -> None:
        """Note that somebody was let in."""
        self._came_s.append(at_s)
        self._expected_s.pop(who, None)

    def refused(self, who: str, at_s: float) -> None:
        """Note that somebody was not: he is expected to come back."""
        self._expected_s[who] = at_s + 2 * RETRY_S

    def predicted_s(self, at_s: float) -> float:
        """Return what 95 of 100 answers would take with one more who talks; 0 while nothing is known."""
        load = self._present(at_s) + 1 + self._queued
        alone_s = self._alone_s
        took_s = [
            (answer.at_s, answer.silence_s + alone_s + (answer.worked_s - alone_s) * ((load + OWN) / (answer.load + OWN)) ** GROWTH)
            for answer in self._lately(at_s)
        ]
        late = [each for when_s, each in took_s if at_s - when_s <= LATELY_S]
        late += [waited_s for waited_s in self._waited_s(at_s) if waited_s > self.budget_s]  # and it may become more
        every = [each for _, each in took_s]
        return max(percentile(each, SHARE) if each else 0.0 for each in (late, every))

    def judge(self, who: str, held: Mapping[str, int], places: int, at_s: float) -> Verdict:
        """Return what becomes of somebody who comes now.

        Args:
            who: for whom it counts.
            held: conversations that each has now.
            places: that are left.
            at_s: now.
        """
        predicted_s, most_s, eased_s = self.predicted_s(at_s), *self._bounds(at_s)
        told = f"an answer is expected after {1000 * predicted_s:.0f} ms, of {1000 * most_s:.0f} that it may take"
        expected = self._expected(who, held, at_s)
        if places <= len(expected) and expected:
            return Verdict("refuse", predicted_s, "The last places are kept for those who have fewer conversations open; try again later.")
        if not self._busy(at_s):
            return Verdict("accept", predicted_s)
        newest, talking = self._newcomers(at_s), self._talking(at_s)
        most = talking // SOON if predicted_s <= eased_s else talking // NEXT
        if newest and len(newest) >= (self.newcomers if talking < self.newcomers else most):
            after_s = max(1, ceil(newest[0] + LATELY_S - at_s))
            return Verdict("refuse", predicted_s, "Too many have come at once; try again in a moment.", after_s)
        if (work := self._own_work.share(self._present(at_s) + 1)) > MOST_WORK:
            why = f"its own work, without the engines', would take {work:.0%} of its time, of {MOST_WORK:.0%} that it may"
            return Verdict("refuse", predicted_s, f"The server is busy: {why}; try again later.")
        if predicted_s > most_s:
            return Verdict("refuse", predicted_s, f"The server is busy: {told}; try again later.")
        if predicted_s <= eased_s:
            return Verdict("accept", predicted_s)
        if held.get(who, 0) + 1 > _share(who, held, expected):
            return Verdict(
                "refuse", predicted_s, f"The server is nearly full, and others have fewer conversations open: {told}; try again later."
            )
        return Verdict("degrade", predicted_s, f"the server is nearly full: {told}")

    # --- what is known --------------------------------------------------------------------------------------------------

    def _bounds(self, at_s: float) -> tuple[float, float]:
        """Return up to what prediction somebody is let in, and up to which without having to do with less."""
        silence_s = [answer.silence_s for answer in self._lately(at_s)]
        idle_s = self._alone_s + (percentile(silence_s, SHARE) if silence_s else 0.0)
        left_s = max(self.budget_s, ALONE * idle_s) - idle_s
        part = MANY + (FEW - MANY) / max(1, self._talking(at_s))
        return idle_s + part * left_s, idle_s + EASE * part * left_s

    def _lately(self, at_s: float) -> list[_Answer]:
        return [answer for answer in self._answers if at_s - answer.at_s <= WINDOW_S]

    @property
    def _alone_s(self) -> float:
        return min((answer.worked_s for answer in self._answers), default=0.0)

    def _talking(self, at_s: float) -> int:
        return sum(at_s - spoke_s <= TALKING_S for spoke_s in self._spoke_s.values())

    def _present(self, at_s: float) -> int:
        return self._talking(at_s) + self._silent_newcomers(at_s)

    def _newcomers(self, at_s: float) -> list[float]:
        while self._came_s and at_s - self._came_s[0] > LATELY_S:
            self._came_s.popleft()
        return list(self._came_s)

    def _silent_newcomers(self, at_s: float) -> int:
        """How many of those who came a moment ago have said nothing yet, as far as it can be known."""
        return max(0, len(self._newcomers(at_s)) - sum(at_s - spoke_s <= LATELY_S for spoke_s in self._spoke_s.values()))

    def _waited_s(self, at_s: float) -> Iterable[float]:
        return (at_s - ended_s for ended_s, _ in self._open_s.values() if at_s - ended_s <= OPEN_S)

    def _busy(self, at_s: float) -> bool:
        return bool(self._talking(at_s) or self._newcomers(at_s))

    def _expected(self, who: str, held: Mapping[str, int], at_s: float) -> set[str]:
        """Return who else was refused, has fewer conversations, and is expected back."""
        self._expected_s = {each: until_s for each, until_s in self._expected_s.items() if until_s >= at_s}
        return {each for each in self._expected_s if each != who and held.get(each, 0) < held.get(who, 0)}


def _share(who: str, held: Mapping[str, int], expected: set[str]) -> int:
    """Return how many conversations are a fair part of all, with one more."""
    return ceil((sum(held.values()) + 1) / len({who, *expected, *(each for each, count in held.items() if count)}))
