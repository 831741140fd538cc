"""One interpreter: the speech of one session in one other language, written and spoken while it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

from assistant.engines import Engines
from assistant.errors import ParleyError
from assistant.events import Event, Failed, ReplyAudio, ReplyPhrase, Stamped, Translated, Written
from assistant.interpret import Interpret

Emit = Callable[[Event], None]


class Interpreter:
    """Runs inside `async with`; leaving it cancels what is under way.

    `push` is an observer of the session that listens: its `turn` numbers are those of the facts given to `emit`, which are
    `Translated`, `ReplyPhrase`, `ReplyAudio` and `Failed`. Utterances are interpreted in order, one at a time; several interpreters
    may follow one session, each into a language of its own.
    """

    def __init__(
        self, engines: Engines, source: str, target: str, emit: Emit, *, speaks: Callable[[], bool] = lambda: True, deadline_s: float = 20.0
    ) -> None:
        """Interpret from `source` into `target`.

        Args:
            engines: the language model is used, and the voice of `target`, if there is one.
            source: what the session listens to, ISO 639-1.
            target: what it is told in.
            emit: takes every fact, in order.
            speaks: asked before each phrase: whether anybody wants to hear it.
            deadline_s: the longest wait for the model or the voice.

        Raises:
            InputError: languages that nothing is interpreted between.
        """
        self.source, self.target = source, target
        self._responder = Interpret(engines.language_model, source, target)
        self._voice = engines.voices.get(target)
        self._emit, self._speaks, self._deadline_s = emit, speaks, deadline_s
        self._texts: asyncio.Queue[tuple[int, str]] = asyncio.Queue()

    async def __aenter__(self) -> Interpreter:
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"interpreter {self.source}-{self.target}")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    def push(self, stamped: Stamped) -> None:
        """Take the next fact of the session."""
        match stamped.event:
            case Written(turn=turn, text=text) if text:
                self.send(turn, text)

    def send(self, turn: int, text: str) -> None:
        """Interpret a whole text, such as one that was typed."""
        self._texts.put_nowait((turn, text))

    async def done(self) -> None:
        """Return when all that came is written and spoken."""
        await self._texts.join()

    async def _run(self) -> None:
        while True:
            turn, text = await self._texts.get()
            try:
                await self._interpret(turn, text)
            except ParleyError as error:
                self._emit(Failed(turn, str(error), error.code))
            finally:
                self._texts.task_done()

    async def _interpret(self, turn: int, text: str) -> None:
        async def released() -> None:
            return None

        said = "".join([piece async for piece in self._responder.respond(text, released) if isinstance(piece, str)]).strip()
        self._emit(Translated(turn, self.target, said, "", 0.0, final=True))
        if self._voice is not None and said and self._speaks():
            self._emit(ReplyPhrase(turn, said))
            async for sound in self._voice.speak(said):
                self._emit(ReplyAudio(turn, sound.samples, self._voice.sample_rate_hz, said, sound.words))
