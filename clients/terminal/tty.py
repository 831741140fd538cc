"""The terminal itself: a screen of our own, keys as they are pressed, and everything as it was before when it is left."""

from __future__ import annotations

import io
import os
import select
import shutil
import sys
from contextlib import ExitStack
from types import TracebackType

from clients.terminal.keys import ASK, UNASK
from clients.terminal.painter import ENTER, LEAVE

LEAVING_S = 1.0
"""How long leaving may wait for a terminal that takes nothing more."""

READ_BYTES = 4096


def is_usable() -> bool:
    """Return whether there is a terminal that a full screen can be shown on, with keys to read."""
    if sys.platform == "win32" or os.environ.get("TERM", "dumb") in ("dumb", ""):
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


class Tty:
    """Runs inside `with`, in the main thread. Writing never waits: what the terminal does not take yet is kept."""

    def __enter__(self) -> Tty:
        import termios

        self._termios = termios
        # Opened anew: whether reading and writing wait belongs to the open file, which others share.
        self.fd = os.open(os.ttyname(sys.stdout.fileno()), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._waiting = b""
        self._errors: io.StringIO | None = None
        with ExitStack() as undo:
            undo.callback(os.close, self.fd)
            self._before = termios.tcgetattr(self.fd)
            self.enter()
            undo.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.leave()
        finally:
            os.close(self.fd)

    def enter(self) -> None:
        """Take the terminal over."""
        self.retake()
        self.write(ASK.encode())

    def retake(self) -> None:
        """Take it over from whoever had it while we were stopped, and could not give it back."""
        if self._errors is None and sys.stderr is not None and sys.stderr.isatty():
            self._stderr, sys.stderr = sys.stderr, (errors := io.StringIO())
            self._errors = errors
        termios = self._termios
        mine = termios.tcgetattr(self.fd)
        mine[0] &= ~(termios.IXON | termios.ICRNL)
        mine[3] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
        mine[6] = [*mine[6]]
        mine[6][termios.VMIN], mine[6][termios.VTIME] = 1, 0
        mine[6][termios.VQUIT] = b"\0"  # it would end us without a chance to give the terminal back
        termios.tcsetattr(self.fd, termios.TCSANOW, mine)
        self.write(ENTER.encode())

    def leave(self) -> None:
        """Give the terminal back as it was."""
        termios = self._termios
        self._waiting += (UNASK + LEAVE).encode()
        while self._waiting and select.select([], [self.fd], [], LEAVING_S)[1]:
            if not self.flush():
                break
        termios.tcflush(self.fd, termios.TCIFLUSH)  # what it answered, or somebody typed, is not for the shell
        termios.tcsetattr(self.fd, termios.TCSANOW, self._before)
        if self._errors is not None:
            said, self._errors, sys.stderr = self._errors.getvalue(), None, self._stderr
            sys.stderr.write(said)
            sys.stderr.flush()

    def size(self) -> tuple[int, int]:
        """Return columns and rows."""
        try:
            size = os.get_terminal_size(self.fd)
        except OSError:
            size = os.terminal_size((0, 0))
        if not size.columns or not size.lines:
            size = shutil.get_terminal_size()
        return size.columns, size.lines

    @property
    def waiting(self) -> bool:
        """Whether it has not taken all yet."""
        return bool(self._waiting)

    def write(self, data: bytes) -> None:
        """Write; what is not taken is kept for `flush`."""
        self._waiting += data
        self.flush()

    def flush(self) -> bool:
        """Write what is kept, as far as that goes now; return False if the terminal is gone."""
        while self._waiting:
            try:
                written = os.write(self.fd, self._waiting)
            except BlockingIOError:
                return True
            except OSError:
                self._waiting = b""
                return False
            self._waiting = self._waiting[written:]
        return True

    def read(self) -> bytes | None:
        """Return what was typed; None if the terminal is gone."""
        try:
            return os.read(self.fd, READ_BYTES) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None
