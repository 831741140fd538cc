"""Several requests to one model at once: in each round one step is computed for all that wait for one, the most urgent first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistant.errors import ParleyError
from assistant.urgency import Urgency
from models.sequences import Need

if TYPE_CHECKING:
    from models.context import Context  # with llama.cpp, which a server does without whose language model has a process of its own

FIRST_PIECES = 12
"""Of an answer, which are more urgent than its rest: about as many as a first phrase has; while that is spoken, the rest can be written."""

AHEAD_PIECES = 16
"""How many pieces of an answer may wait for who reads it; beyond that it waits."""


@dataclass(eq=False)
class Request:
    """What one asks for."""

    begin: Callable[[], Iterator[Need | Any]]
    """Returns the generator that answers; called on the engine's thread."""
    give: Callable[[Sequence[Any]], None]
    """Takes what that gives."""
    end: Callable[[Exception | None], None]
    """Called when it is over, or with the error that ended it."""
    urgency: Callable[[], Urgency]
    taken: int = 0
    """Pieces that were read, as the reader counts them."""
    given: int = field(default=0, init=False)
    steps: Iterator[Need | Any] = field(default_factory=lambda: iter(()), init=False)
    need: Need | None = field(default=None, init=False)
    served: tuple[int, int] = field(default=(0, 0), init=False)
    """The last round that computed something of it, and how many it came behind there: who came last is next one of the last."""

    @property
    def waits(self) -> bool:
        """Whether its reader is too far behind."""
        return self.given - self.taken >= AHEAD_PIECES

    @property
    def placed(self) -> bool:
        """Whether it has a sequence of its own."""
        return self.need is not None and self.need.place is not None

    @property
    def reads(self) -> bool:
        """Whether it needs a prompt, and no answer's next token."""
        return self.need is not None and not self.need.begun

    @property
    def rank(self) -> tuple[Urgency, bool]:
        """How urgent it is now; what is smaller comes first."""
        return self.urgency(), self.given >= FIRST_PIECES


class Rounds:
    """The requests of one model. Used on its thread alone."""

    def __init__(self, context: Context) -> None:
        """Begin with none; the context is used by nobody else."""
        self._context = context
        self._live: list[Request] = []
        self._round = 0
        self.computing: Sequence[Request] = ()
        """Those in the step in flight, which other threads may look at."""
        self._gave_way = self._stays = False  # whether the step in flight was stopped for somebody; whether the one before was

    @property
    def busy(self) -> bool:
        """Whether there is something to compute."""
        return any(not request.waits for request in self._live)

    def gives_way(self, request: Request) -> bool:
        """Tell whether the step in flight should be stopped for a new request: all of it is less urgent, and it was not stopped just before.

        Called from any thread, by who stops it then.
        """
        computing = self.computing
        if not computing or self._gave_way or self._stays or min(each.rank for each in computing) <= request.rank:
            return False
        self._gave_way = True
        return True

    def begin(self, request: Request) -> None:
        """Answer one more."""
        self._live.append(request)
        try:
            request.steps = request.begin()
        except Exception as error:
            self._over(request, error)
        else:
            self._go_on(request)

    def leave(self, request: Request) -> None:
        """Answer one less: its reader is gone. What was computed is kept for whoever asks for something that begins like it."""
        if request in self._live:
            self._over(request)

    def step(self) -> None:
        """Compute one step for as many as may share it, and let each of them go on that has what it needs.

        Those that are equally urgent take turns where there are too many for a step, or more than pay (`Widths`); where there are
        too many for the context, who came last waits until somebody is done. While a prompt is computed, what is less urgent has a
        part in every second step.
        """
        ranks = {request: request.rank for request in self._live if not request.waits}
        if not ranks:
            return
        self._round += 1
        first = min(ranks.values())
        new = sorted((request for request in ranks if not request.placed), key=ranks.__getitem__)
        crowded = set(new[self._context.free :])
        waiting = sorted(ranks, key=lambda request: (ranks[request], request in crowded, request.served))
        if any(ranks[request] == first and request.reads for request in waiting):
            waiting = [request for request in waiting if ranks[request] == first or request.served[0] < self._round - 1]
        order = waiting[: self._context.parallel]
        if not any(request.reads or not request.placed for request in order):
            order = order[: self._context.widths.answers(len(order))]
        chosen = sorted(order, key=lambda request: (ranks[request], self._live.index(request)))  # who came first has its prompt first
        self._stays, self._gave_way = self._gave_way, False
        self.computing, before = chosen, self._context.computed
        try:
            urgent = sum(ranks[request] == first for request in chosen)
            done = self._context.step([request.need for request in chosen if request.need is not None], urgent)
        except ParleyError as error:
            for request in chosen:
                self._over(request, error)
            return
        finally:
            self.computing = ()
        for place, request in enumerate(order if self._context.computed > before else ()):
            request.served = self._round, place
        for request in [request for request in chosen if request.need in done]:
            self._go_on(request)

    def end(self, error: Exception) -> None:
        """End all of them with an error."""
        for request in list(self._live):
            self._over(request, error)

    def _go_on(self, request: Request) -> None:
        """Let a request work until it needs something more."""
        given = []
        try:
            for item in request.steps:
                if isinstance(item, Need):
                    if request.need is not None and request.need is not item:
                        self._context.leave(request.need)
                    request.need = item
                    break
                given.append(item)
            else:
                self._left(request)
                request.need = None
        except Exception as error:
            self._give(request, given)
            self._over(request, error)
            return
        self._give(request, given)
        if request.need is None:
            self._over(request)

    def _give(self, request: Request, given: Sequence[Any]) -> None:
        if given:
            request.given += len(given)
            request.give(given)

    def _left(self, request: Request) -> None:
        if request.need is not None:
            self._context.leave(request.need)

    def _over(self, request: Request, error: Exception | None = None) -> None:
        self._live.remove(request)
        self._left(request)
        steps, request.steps, request.need = request.steps, iter(()), None
        if hasattr(steps, "close"):
            steps.close()
        request.end(error)
