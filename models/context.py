"""What llama.cpp has computed so far: sequences of tokens, kept between requests, and the steps that they share."""

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
from models.native import LENGTH
from models.rows import Rows
from models.saved import SavedStates, goes_back_by_states
from models.sequences import Need, Place, Places
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
    """The sequences of a model. A step computes a part of what several needs lack, all at once.

    Each need has a sequence of its own while it is used, in which it finds all that was computed for it. What it has in common
    with another one is shared: for llama.cpp the same cells belong to both.
    """

    def __init__(self, raw: Any) -> None:
        """Start with nothing computed; `raw` is a context of llama.cpp that nobody else uses."""
        self._raw: Any = raw
        self._memory: Any = llama_cpp.llama_get_memory(raw)
        model = llama_cpp.llama_get_model(raw)
        self._vocabulary_size: int = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
        self._most: int = llama_cpp.llama_n_batch(raw)
        self._rows = Rows(self._most)
        # llama.cpp asks between any two of its operations whether it should stop. What it calls is C's strlen, on a text that
        # `stop` makes one letter long: so asking costs nanoseconds, and no thread waits for Python.
        self._stopping = ctypes.create_string_buffer(2)
        llama_cpp.llama_set_abort_callback(raw, LENGTH, ctypes.cast(self._stopping, ctypes.c_void_p))
        self._saved = SavedStates(raw) if goes_back_by_states(model) else None
        last: int = llama_cpp.llama_n_seq_max(raw) - 1
        self.parallel: int = max(1, last // SEQUENCES_EACH)
        """How many needs a step computes something of at most."""
        self._places = Places(max(1, last), self.parallel)
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
        return sum(place.holder is None for place in self._places.all)

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
        self._places.leave(need)
        self._crowded.clear()

    def stop(self) -> None:
        """End the step in flight soon, wherever it is; called from any thread. Without one, nothing happens."""
        self._stopping.value = b"x"

    def close(self) -> None:
        """Free what a step is made of."""
        self._rows.close()

    def _is_there(self, need: Need, needs: Sequence[Need]) -> bool:
        """See that a need has a place; tell whether its logits are at hand without a step."""
        if need.place is None:
            found = self._places.find(need, [other.place for other in needs if other.place is not None])
            if found is None:
                return False  # more of them than sequences: a later step computes it
            self._places.hold(need, found.place)
            if found.like is not found.place:
                self._share(found.like, found.place, found.common)
            elif found.common < len(found.place.tokens) or not found.place.tokens:  # a state may be saved
                self._cut(found.place, need, found.common)
        place = need.place
        assert place is not None
        if not place.missing(need) and place.logits is None:
            self._cut(place, need, len(need.tokens) - 1)  # the last one is computed again, for its logits
        if not place.missing(need):
            need.logits = place.logits
        return need.logits is not None

    def _share(self, one: Place, other: Place, count: int) -> None:
        """Let a place begin with the first tokens of another one, and hold no others."""
        llama_cpp.llama_memory_seq_rm(self._memory, other.number, -1, -1)
        llama_cpp.llama_memory_seq_cp(self._memory, one.number, other.number, 0, count)
        other.tokens, other.logits = one.tokens[:count], one.logits if count == len(one.tokens) else None

    def _cut(self, place: Place, need: Need, count: int) -> None:
        """Forget what is behind the first tokens of a place, or more where the model cannot go back so far."""
        if self._saved is None:
            llama_cpp.llama_memory_seq_rm(self._memory, place.number, count, -1)
            place.tokens, place.logits = place.tokens[:count], None
        elif saved := self._saved.restore(need.tokens):
            place.tokens, place.logits = list(saved.tokens), saved.logits
        else:
            place.tokens, place.logits = [], None

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
        if (oldest := self._places.oldest([each.place for each in slices])) is not None:
            self._forget(oldest)
            return list(slices)
        if len(slices) == 1:
            self._forget_all()
            raise EngineError(f"The language model's memory does not hold {len(slices[0].need.tokens)} tokens; start a new conversation.")
        *kept, last = slices
        self._crowded.append(last.need)
        self._forget(last.place)
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
            llama_cpp.llama_memory_seq_rm(self._memory, self._nobody, -1, -1)
            if code == _FULL:  # nobody's words are given up for them
                self._rows.drop(more)
                code = self._rows.decode(self._raw)
        if code == _STOPPED:
            for place in (each.place for each in slices):
                if not llama_cpp.llama_memory_seq_rm(self._memory, place.number, len(place.tokens), -1):
                    self._forget_all()
        elif code not in (0, _FULL):
            self._forget_all()
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
            if not need.begun:  # a prompt: who asks with the same next, as for an answer after a doubt, has them at once
                place.logits = need.logits.copy()
                if self._saved is not None:
                    self._saved.keep(place.tokens, place.logits)
            done.append(need)
        return done

    def _forget(self, place: Place) -> None:
        llama_cpp.llama_memory_seq_rm(self._memory, place.number, -1, -1)
        place.tokens, place.logits = [], None
        if place.holder is not None:
            self._places.leave(place.holder)

    def _forget_all(self) -> None:
        llama_cpp.llama_memory_clear(self._memory, True)
        for place in self._places.all:
            self._forget(place)
