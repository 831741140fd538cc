"""What llama.cpp has computed so far and holds: which sequence has what, what several share, and what goes when others need the room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import llama_cpp

from models.cells import parked_bytes
from models.parked import Parked
from models.saved import SavedStates, goes_back_by_states
from models.sequences import Found, Logits, Need, Place, Places, common_tokens


class Memory:
    """That of one context.

    Each need has a sequence of its own while it is used, in which it finds all that was computed for it. What it has in common
    with another one is shared: for llama.cpp the same cells belong to both.
    """

    def __init__(self, raw: Any, sequences: int, kept: int) -> None:
        """Begin with nothing computed in a context of llama.cpp; `sequences` and `kept` are as for `Places`."""
        self._memory: Any = llama_cpp.llama_get_memory(raw)
        self._saved = SavedStates(raw) if goes_back_by_states(llama_cpp.llama_get_model(raw)) else None
        self._parked = Parked(raw, parked_bytes() if sequences > 1 and self._saved is None else 0)
        self._places = Places(sequences, kept)

    @property
    def free(self) -> int:
        """How many sequences nobody works in."""
        return sum(place.holder is None for place in self._places.all)

    def seat(self, need: Need, taken: Iterable[Place]) -> Place | None:
        """Return the place of a need, which may be a new one, with as much as can be had of what it needs; None if all are `taken`."""
        if need.place is not None:
            return need.place
        found = self._places.find(need, taken)
        if found is None:
            return None
        self._places.hold(need, found.place)
        if not found.same:
            self._parked.park(found.place.number, found.place.tokens)
        if not self._brought(need, found):
            if found.like is not found.place:
                self._share(found.like, found.place, found.common)
            elif found.common < len(found.place.tokens) or not found.place.tokens:  # a state may be saved
                self.cut(found.place, need, found.common)
        return found.place

    def cut(self, place: Place, need: Need, count: int) -> None:
        """Forget what is behind the first tokens of a place, or more where the model cannot go back so far."""
        if self._saved is None:
            llama_cpp.llama_memory_seq_rm(self._memory, place.number, count, -1)
            place.tokens, place.logits = place.tokens[:count], None
        elif saved := self._saved.restore(need.tokens):
            place.tokens, place.logits = list(saved.tokens), saved.logits
        else:
            place.tokens, place.logits = [], None

    def take_back(self, place: Place) -> None:
        """Forget what a step that was stopped has computed there."""
        if not llama_cpp.llama_memory_seq_rm(self._memory, place.number, len(place.tokens), -1):
            self.forget_all()

    def keep(self, place: Place, logits: Logits) -> None:
        """Keep what is behind a prompt: who asks with the same next, as for an answer after a doubt, has it at once."""
        place.logits = logits.copy()
        if self._saved is not None:
            self._saved.keep(place.tokens, place.logits)

    def leave(self, need: Need) -> None:
        """Let others have the place of a need."""
        self._places.leave(need)

    def give_up_oldest(self, spared: Iterable[Place]) -> bool:
        """Make room by the sequence that was heard the longest time ago; return False if all but the `spared` are empty."""
        oldest = self._places.oldest(spared)
        if oldest is not None:
            self.give_up(oldest)
        return oldest is not None

    def give_up(self, place: Place) -> None:
        """Make room by a sequence; whoever works there finds a copy of it later."""
        self._parked.park(place.number, place.tokens)
        self._forget(place)

    def forget_all(self) -> None:
        """Begin anew."""
        llama_cpp.llama_memory_clear(self._memory, True)
        for place in self._places.all:
            self._forget(place)

    def remove(self, number: int) -> None:
        """Empty a sequence that is nobody's place."""
        llama_cpp.llama_memory_seq_rm(self._memory, number, -1, -1)

    def _brought(self, need: Need, found: Found) -> bool:
        """Put what was parked of a need into the place that was found for it; return False if nothing was, or nothing that is worth it."""
        place = found.place
        while (tokens := self._parked.bring(place.number, need.tokens, found.common)) is not None:
            place.tokens, place.logits = tokens, None
            if tokens:
                self.cut(place, need, common_tokens(tokens, need.tokens))
                return True
            if not self.give_up_oldest(each for each in self._places.all if each.holder is not None):  # this one is held, too
                return False
        return False

    def _share(self, one: Place, other: Place, count: int) -> None:
        """Let a place begin with the first tokens of another one, and hold no others."""
        self.remove(other.number)
        llama_cpp.llama_memory_seq_cp(self._memory, one.number, other.number, 0, count)
        other.tokens, other.logits = one.tokens[:count], one.logits if count == len(one.tokens) else None

    def _forget(self, place: Place) -> None:
        self.remove(place.number)
        place.tokens, place.logits = [], None
        if place.holder is not None:
            self._places.leave(place.holder)
