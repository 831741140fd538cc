"""An engine in a process of its own, for one caller that waits; `supervised.py` is the one for many. GPL code stays apart from ours."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

from assistant.errors import EngineError, EngineUnavailable, ParleyError

LONGEST_STEP_S = 60.0
"""A step that takes longer hangs: loading a large voice takes seconds, a phrase a fraction of one."""

_END = object()


class Child:
    """An engine in a process of its own, asked one thing at a time: a crash there costs one request.

    It has the engine's methods, called or streamed by name through `call` and `stream`. A process that died is started
    again by the next request.
    """

    def __init__(self, make: Callable[[], Any], name: str) -> None:
        """Start the process and wait for its engine.

        Args:
            make: a picklable factory; called in the process.
            name: of the process, and in errors.
        """
        self._make, self._name = make, name
        self.starts = 0
        """How often the process was started."""
        self._process: Any = None
        self._pipe: Connection | None = None
        self._start()

    def revive(self) -> None:
        """Start the process again if it has ended.

        Raises:
            EngineUnavailable: it does not start.
        """
        if self._pipe is None or not self._process.is_alive():
            self.close()
            self._start()

    def get(self, name: str) -> Any:
        """Return an attribute of the engine."""
        return self._receive(self._send("get", name, (), {}))

    def call(self, method: str, *args: Any, **options: Any) -> Any:
        """Return what the engine's method returns."""
        return self._receive(self._send("call", method, args, options))

    def stream(self, method: str, *args: Any, **options: Any) -> Iterator[Any]:
        """Yield what the engine's generator yields; each item is asked for, so the engine never runs ahead."""
        pipe = self._send("open", method, args, options)
        self._receive(pipe)
        ended = False
        try:
            while True:
                self._tell(pipe, ("next",))
                try:
                    item = self._receive(pipe)
                except ParleyError:
                    ended = True
                    raise
                if item is None:
                    ended = True
                    return
                yield item[0]
        finally:
            if not ended:
                with suppress(EngineUnavailable):
                    self._tell(pipe, ("stop",))
                    self._receive(pipe)

    def close(self) -> None:
        """End the process; what does not end within two seconds is killed."""
        if self._pipe is not None:
            with suppress(OSError):
                self._pipe.send(None)
            self._pipe.close()
        if self._process is not None:
            self._process.join(2)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            self._process.close()
        self._pipe = self._process = None

    def _start(self) -> None:
        self.starts += 1
        ours, theirs = multiprocessing.Pipe()
        self._process = spawned(_serve, (theirs, self._make), self._name)
        theirs.close()  # so that the end of the process is the end of the pipe
        self._pipe = ours
        try:
            self._receive(ours)
        except ParleyError:
            self.close()
            raise

    def _send(self, *request: Any) -> Connection:
        self.revive()  # it died, perhaps between two requests
        pipe = self._pipe
        assert pipe is not None
        self._tell(pipe, request)
        return pipe

    def _tell(self, pipe: Connection, message: Any) -> None:
        try:
            pipe.send(message)
        except OSError as error:
            raise self._died() from error

    def _receive(self, pipe: Connection) -> Any:
        try:
            if not pipe.poll(LONGEST_STEP_S):
                self._process.kill()
                raise EngineUnavailable(
                    f"The process of the engine {self._name} gave no answer within {LONGEST_STEP_S:g} s and was ended; it is started again for the next request."
                )
            kind, value = pipe.recv()
        except (EOFError, OSError) as error:
            raise self._died() from error
        if kind == "raised":
            raise value
        return value

    def _died(self) -> EngineUnavailable:
        self.close()
        return EngineUnavailable(f"The process of the engine {self._name} ended unexpectedly; it is started again for the next request.")


def spawned(target: Callable[..., None], args: tuple[Any, ...], name: str) -> Any:
    """Return a new process that calls `target`, which can be pickled, with `args`."""
    process = multiprocessing.get_context("spawn").Process(target=target, args=args, name=name, daemon=True)
    with _interrupts_held_back():
        process.start()
    return process


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let a child be born with Ctrl-C blocked: it is for the parent, and until the child says so itself it would end in a trace."""
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # first: starting it unblocks the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, make: Callable[[], Any]) -> None:
    """Be the child: one request after the other until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes the pipe
    try:
        engine = make()
    except Exception as error:
        pipe.send(("raised", _portable(error)))
        return
    pipe.send(("done", os.getpid()))
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the parent has gone
        while (request := pipe.recv()) is not None:
            kind, method, args, options = request
            if kind == "open":
                _serve_stream(pipe, engine, method, args, options)
            else:
                pipe.send(_outcome(lambda: _reach(engine, kind, method, args, options)))  # noqa: B023 - called at once


def _reach(engine: Any, kind: str, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    found = getattr(engine, name)
    return found if kind == "get" else found(*args, **options)


def _serve_stream(pipe: Connection, engine: Any, method: str, args: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Serve one stream: each "next" is answered by an item in a tuple, or by None at its end."""
    generator = getattr(engine, method)(*args, **options)
    try:
        pipe.send(("done", None))
        while pipe.recv() == ("next",):
            outcome = _outcome(lambda: None if (item := next(generator, _END)) is _END else (item,))
            pipe.send(outcome)
            kind, item = outcome
            if kind == "raised" or item is None:
                return
        generator.close()
        pipe.send(("done", None))
    finally:
        generator.close()


def _outcome(work: Callable[[], Any]) -> tuple[str, Any]:
    """Do one step of the engine; what it raises travels to the parent."""
    try:
        return "done", work()
    except Exception as error:
        return "raised", _portable(error)


def _portable(error: Exception) -> ParleyError:
    """Return an error that survives pickling."""
    if isinstance(error, ParleyError):
        return error
    return EngineError(f"The engine failed ({type(error).__name__}: {error}); the next request may succeed.")
