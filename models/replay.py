"""What of a stream that is told a second time is new: an engine died in the middle, and the next one was asked again."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

from assistant.errors import EngineUnavailable
from models.asking import Died

_END = object()


class Replay:
    """The stream of one request, over the lives of its engine. Engines repeat themselves, so that nothing need be kept but how far it came.

    Of text that is how many characters, as it may come in other pieces; of anything else how many items. An item that is false,
    such as an empty text, only says that the work goes on: it always passes.
    """

    def __init__(self) -> None:
        self._text = ""
        self._items = 0
        self._skip_text = ""
        self._skip_items = 0
        self._skipped: Any = None

    def again(self) -> None:
        """The stream begins anew."""
        self._skip_text, self._skip_items, self._skipped = self._text, self._items, None

    def push(self, item: Any) -> Iterator[Any]:
        """Yield what of the next item is new: the item, the end of it, or nothing.

        Raises:
            EngineUnavailable: the text is not what it was, and what was told cannot be taken back.
        """
        if not item:
            yield item
        elif isinstance(item, str):
            same = min(len(item), len(self._skip_text))
            if item[:same] != self._skip_text[:same]:
                raise EngineUnavailable("The engine was started again in the middle of its answer and went on differently; ask again.")
            self._skip_text, fresh = self._skip_text[same:], item[same:]
            self._text += fresh
            if fresh:
                yield fresh
        elif self._skip_items:
            self._skip_items -= 1
            self._skipped = item
        else:
            self._items += 1
            self._skipped = None
            yield item

    def end(self) -> Iterator[Any]:
        """Yield the last item if it was skipped among steps of which there were fewer this time: of some streams it alone counts."""
        if self._skip_items and self._skipped is not None:
            yield self._skipped


class Replaying:
    """What answers whether or not the engine behind it lasts: counts the requests, and goes on with a stream where the last life left it."""

    def __init__(self, name: str) -> None:
        """`name` is the engine's."""
        self.name = name
        self.queued = 0
        """Requests that an answer is waited for."""

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        self.queued += 1
        try:
            yield
        finally:
            self.queued -= 1

    async def _replayed(self, told: Callable[[], AsyncGenerator[Any, None]]) -> AsyncGenerator[Any, None]:
        """Yield one stream over many lives: each time that `told`, the items of one life, raises `Died`, it is called again."""
        replay = Replay()
        while True:
            replay.again()
            try:
                async with aclosing(told()) as items:
                    while True:
                        with self._waiting():
                            item = await anext(items, _END)
                        if item is _END:
                            break
                        for fresh in replay.push(item):
                            yield fresh
            except Died:
                continue
            for fresh in replay.end():
                yield fresh
            return
