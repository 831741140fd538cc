"""The steps of a model of llama.cpp, which several requests share."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import llama_cpp
import numpy as np

from assistant.errors import EngineError
from models.cells import SEQUENCES_EACH
from models.memory import Memory
from models.native import LENGTH
from models.rows import Rows
from models.sequences import Need, Place
from models.widths import Widths, measured

LESS_URGENT_TOKENS = 16
"""The most of prompts in a step that also computes something more urgent: that takes little longer for it."""

_FULL, _STOPPED = 1, 2
"""What llama.cpp says where no cells are left, and where it was asked to stop."""


@dataclass(frozen=True)
class _Slice:
    """What a step computes of one need."""

    need: Need
    place: Place
    count: int
    """Tokens."""


class Context:
    """A step computes a part of what several needs lack, all at once."""

    def __init__(self, raw: Any) -> None:
        """Start with nothing computed; `raw` is a context of llama.cpp that nobody else uses."""
        self._raw: Any = raw
        words = llama_cpp.llama_model_get_vocab(llama_cpp.llama_get_model(raw))
        self._vocabulary_size: int = llama_cpp.llama_vocab_n_tokens(words)
        self._most: int = llama_cpp.llama_n_batch(raw)
        self._rows = Rows(self._most)
        # llama.cpp asks between any two of its operations whether it should stop. What it calls is C's strlen, on a text that
        # `stop` makes one letter long: so asking costs nanoseconds, and no thread waits for Python.
        self._stopping = ctypes.create_string_buffer(2)
        llama_cpp.llama_set_abort_callback(raw, LENGTH, ctypes.cast(self._stopping, ctypes.c_void_p))
        last: int = llama_cpp.llama_n_seq_max(raw) - 1
        self.parallel: int = max(1, last // SEQUENCES_EACH)
        """How many needs a step computes something of at most."""
        self._memory = Memory(raw, max(1, last), self.parallel)
        self._nobody = last  # whose rows are only there because more rows are computed sooner
        self.widths = Widths()
        """How many answers a step computes something of, and in how many rows, if it computes nothing of a prompt."""
        self._crowded: list[Need] = []  # what had no room, until something is over
        self.steps = 0
        """Steps so far."""
        self.computed = 0
        """Tokens computed so far, by all requests together."""

    @property
    def free(self) -> int:
        """How many needs may have a sequence without taking away somebody else's."""
        return self._memory.free

    def measure(self) -> None:
        """Find out which steps are worth it, if there is a choice; before anything is computed."""
        if self.parallel > 1:
            self.widths = measured(partial(self._rows.compute, self._raw), self._nobody)

    def step(self, needs: Sequence[Need], urgent: int | None = None) -> Sequence[Need]:
        """Compute one batch of what needs lack; return those that have their logits now, which is none if the step was stopped.

        Args:
            needs: at most `parallel`, the most urgent first. Next tokens come before prompts, and prompts in this order.
            urgent: how many of them are as urgent as the first one; all, if not said.

        Raises:
            EngineError: llama.cpp cannot compute it. What was computed for anybody is lost.
        """
        self.steps += 1
        first = needs if urgent is None else needs[:urgent]
        needs = [need for need in needs if need not in self._crowded] or needs[:1]
        if done := [need for need in needs if self._is_there(need, needs)]:
            return done
        slices = self._slices(needs, sum(need in first for need in needs))
        while (code := self._decode(slices)) == _FULL:
            slices = self._with_more_room(slices)
        if code == _STOPPED:
            return []
        return self._finished(slices)

    def reach(self, need: Need) -> Iterator[None]:
        """Compute one need alone; yields between steps, and where one was stopped.

        Raises:
            EngineError: llama.cpp cannot compute it.
        """
        while not self.step([need]):
            yield

    def leave(self, need: Need) -> None:
        """Let others have the sequence of a need that is over; what was computed is kept for whoever begins like it."""
        self._memory.leave(need)
        self._crowded.clear()

    def stop(self) -> None:
        """End the step in flight soon, wherever it is; called from any thread. Without one, nothing happens."""
        self._stopping.value = b"x"

    def close(self) -> None:
        """Free what a step is made of."""
        self._rows.close()

    def _is_there(self, need: Need, needs: Sequence[Need]) -> bool:
        """See that a need has a place; tell whether its logits are at hand without a step."""
        place = self._memory.seat(need, [other.place for other in needs if other.place is not None])
        if place is None:
            return False  # more of them than sequences: a later step computes it
        if not place.missing(need) and place.logits is None:
            self._memory.cut(place, need, len(need.tokens) - 1)  # the last one is computed again, for its logits
        if not place.missing(need):
            need.logits = place.logits
        return need.logits is not None

    def _slices(self, needs: Sequence[Need], urgent: int) -> list[_Slice]:
        """Return what a step computes: the next token of each answer, and as much of prompts as there is room for."""
        placed = [(number, need, need.place) for number, need in enumerate(needs) if need.place is not None]
        room = self._most - sum(place.missing(need) == 1 for _, need, place in placed)
        less, slices = LESS_URGENT_TOKENS, list[_Slice]()
        for number, need, place in placed:
            count = place.missing(need)
            if count > 1:
                count = min(count, room, less if number >= urgent else room)
                room -= count
                less -= count * (number >= urgent)
            if count:
                slices.append(_Slice(need, place, count))
        return slices

    def _with_more_room(self, slices: Sequence[_Slice]) -> list[_Slice]:
        """Give up the sequence that was heard the longest time ago, or what is the least urgent; return what the step computes still.

        Raises:
            EngineError: nothing is left to give up.
        """
        if self._memory.give_up_oldest([each.place for each in slices]):
            return list(slices)
        if len(slices) == 1:
            self._memory.forget_all()
            raise EngineError(f"The language model's memory does not hold {len(slices[0].need.tokens)} tokens; start a new conversation.")
        *kept, last = slices
        self._crowded.append(last.need)
        self._memory.give_up(last.place)
        return kept

    def _decode(self, slices: Sequence[_Slice]) -> int:
        """Compute them; return what llama.cpp says. Unless that is 0, nothing has changed.

        Raises:
            EngineError: llama.cpp cannot compute them.
        """
        self._rows.clear()
        for need, place, count in ((each.need, each.place, each.count) for each in slices):
            start = len(place.tokens)
            self._rows.add(place.number, start, need.tokens[start : start + count], wanted=start + count == len(need.tokens))
        more = self.widths.rows(len(slices)) - len(slices) if all(each.count == 1 for each in slices) else 0
        self._rows.fill(self._nobody, more)
        self._stopping.value = b""
        code = self._rows.decode(self._raw)
        if more:
            self._memory.remove(self._nobody)
            if code == _FULL:  # nobody's words are given up for them
                self._rows.drop(more)
                code = self._rows.decode(self._raw)
        if code == _STOPPED:
            for place in (each.place for each in slices):
                self._memory.take_back(place)
        elif code not in (0, _FULL):
            self._memory.forget_all()
            tokens = sum(each.count for each in slices)
            raise EngineError(f"The language model could not compute {tokens} tokens (llama.cpp says {code}); ask again.")
        return code

    def _finished(self, slices: Sequence[_Slice]) -> list[Need]:
        """Write down what was computed; return the needs that have all, with their logits."""
        done, row = list[Need](), -1
        for need, place, count in ((each.need, each.place, each.count) for each in slices):
            row += count
            self.computed += count
            place.tokens += need.tokens[len(place.tokens) : len(place.tokens) + count]
            place.logits, place.heard = None, self.steps
            if place.missing(need):
                continue
            need.logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self._raw, row), (self._vocabulary_size,))
            if not need.begun:
                self._memory.keep(place, need.logits)
            done.append(need)
        return done
