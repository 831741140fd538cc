"""The view on a terminal: moves keys to the model and screens to the terminal, and looks after the signals."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType

from assistant.events import ReplyToken, Stamped
from clients.terminal.keys import Keys
from clients.terminal.model import Action, Model
from clients.terminal.painter import Painter
from clients.terminal.render import render
from clients.terminal.state import State
from clients.terminal.tty import Tty

LOOK_S = 0.1
"""How often meters, clocks and spoken words are looked at."""

SOON_S = 0.03
"""How long a fact may wait until it is seen: a reply's facts come in bursts."""

ESCAPE_S = 0.05
"""After so long an escape with nothing behind it was the key."""

AUDIO_S = 0.2
"""After a stop the devices' threads get so long before anybody looks whether they still run."""


class FullScreen:
    """Runs inside `with`, on the event loop of the main thread. It is an observer of facts."""

    def __init__(self, model: Model, act: Callable[[Action], None], *, colours: bool = True) -> None:
        """Show `model`; what keys ask for goes to `act`."""
        self._model, self._act = model, act
        self._painter, self._keys = Painter(colours=colours), Keys()
        self._loop = asyncio.get_running_loop()
        self._timers: dict[Callable[[], None], asyncio.TimerHandle] = {}
        self._shown: tuple[State, int, int] | None = None
        self.ended_by: signal.Signals | None = None
        """The signal that asked for the end."""

    def __enter__(self) -> FullScreen:
        with ExitStack() as stack:
            self._tty = stack.enter_context(Tty())
            stack.callback(self._forget_timers)
            self._loop.add_reader(self._tty.fd, self._read)
            stack.callback(self._loop.remove_reader, self._tty.fd)
            stack.callback(self._loop.remove_writer, self._tty.fd)
            handlers = {
                signal.SIGTERM: self._terminate,
                signal.SIGTSTP: self._suspend,
                signal.SIGCONT: self._continued,
                signal.SIGWINCH: self._resized,
            }
            for number, do in handlers.items():
                self._loop.add_signal_handler(number, do)
                stack.callback(self._loop.remove_signal_handler, number)
            self._look()
            self._open = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        if not isinstance(stamped.event, ReplyToken):  # the view shows phrases
            self._model.push(stamped)
            self._later(SOON_S, self._paint)

    def refresh(self) -> None:
        """Show what has changed in the model."""
        self._later(SOON_S, self._paint)

    # --- what is called later ------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if action := self._model.tick(self._loop.time()):
            self._do(action)
        self._paint()
        self._later(LOOK_S, self._look)

    def _paint(self) -> None:
        if self._tty.waiting:
            return  # a slow terminal gets fewer screens, and the newest one
        shown = (self._model.state(self._loop.time()), *self._tty.size())
        if shown == self._shown:
            return  # most of the time nothing happens, and that is to cost little
        self._shown, (state, columns, rows) = shown, shown
        self._tty.write(self._painter.paint(render(state, columns, rows), columns))
        if self._tty.waiting:
            self._loop.add_writer(self._tty.fd, self._flush)

    def _flush(self) -> None:
        if not self._tty.flush():
            self._gone()
        if not self._tty.waiting:
            self._loop.remove_writer(self._tty.fd)

    def _read(self) -> None:
        data = self._tty.read()
        if data is None:
            self._gone()
            return
        for key in self._keys.push(data):
            if action := self._model.key(key, self._loop.time()):
                self._do(action)
        if self._keys.unfinished:
            self._later(ESCAPE_S, self._escape)
        self._later(SOON_S, self._paint)

    def _escape(self) -> None:
        for key in self._keys.flush():
            if action := self._model.key(key, self._loop.time()):
                self._do(action)

    def _gone(self) -> None:
        self._loop.remove_reader(self._tty.fd)
        self._act(Action.QUIT)

    def _do(self, action: Action) -> None:
        match action:
            case Action.REPAINT:
                self._forget()
            case Action.SUSPEND:
                os.killpg(0, signal.SIGTSTP)
            case _:
                self._act(action)

    # --- signals ---------------------------------------------------------------------------------------------------------

    def _terminate(self) -> None:
        self.ended_by = signal.SIGTERM
        self._act(Action.QUIT)

    def _suspend(self) -> None:
        self._tty.leave()
        self._loop.remove_signal_handler(signal.SIGTSTP)
        signal.raise_signal(signal.SIGTSTP)  # here it stops, and goes on when it is continued
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self._tty.enter()
        self._continued()

    def _continued(self) -> None:
        """It was stopped, perhaps by a signal that nobody sees coming."""
        time.sleep(AUDIO_S)
        self._tty.retake()
        self._resized()

    def _resized(self) -> None:
        self._forget()
        self._later(0, self._paint)

    def _forget(self) -> None:
        """The terminal has lost what was on it."""
        self._shown = None
        self._painter.forget()

    # --- timers ----------------------------------------------------------------------------------------------------------

    def _later(self, delay_s: float, do: Callable[[], None]) -> None:
        """Call `do` later; if that is to happen already, it stays at that."""
        if do in self._timers:
            return

        def run() -> None:
            del self._timers[do]
            do()

        self._timers[do] = self._loop.call_later(delay_s, run)

    def _forget_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
