"""Speech that a client encloses in an item: it is written down like what is said, and a response waits for that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from assistant.audio import Samples
from assistant.engines import Engines
from assistant.errors import EngineError
from assistant.events import Committed
from assistant.transcript import transcribe
from server.realtime.items import Item
from server.realtime.utterances import Utterances
from server.realtime.wave import Decoder, Format, milliseconds


class Enclosed:
    """What is being written down; any number at once."""

    def __init__(self, engines: Engines, utterances: Utterances) -> None:
        """Tell `utterances` what the items say."""
        self._engines, self._utterances = engines, utterances
        self._tasks: set[asyncio.Task[None]] = set()

    def write(self, item: Item, data: bytes, form: Format, language: str) -> None:
        """Begin to write down the bytes that are the sound of an item."""
        ended = Committed(-1, 0.0)  # of no turn: it stands for this item alone
        self._utterances.enclose(ended, item, milliseconds(len(data), form) / 1000)
        task = asyncio.get_running_loop().create_task(self._write(ended, data, form, language), name="enclosed speech")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what is not done."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _write(self, ended: Committed, data: bytes, form: Format, language: str) -> None:
        async with aclosing(_sound(data, form)) as sound:
            heard = transcribe(sound, self._engines.detector(), self._engines.recognizers[language], language)
            try:
                async with aclosing(heard) as segments:
                    text = " ".join([segment.text async for segment in segments])
            except EngineError as error:
                self._utterances.fail(lambda each: each is ended, str(error), error.code)
            else:
                self._utterances.write(lambda each: each is ended, text)


async def _sound(data: bytes, form: Format) -> AsyncGenerator[Samples, None]:
    decoder = Decoder(form)
    async with aclosing(decoder.slices(data)) as slices:
        async for samples in slices:
            yield samples
    yield decoder.flush()
