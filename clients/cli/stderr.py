"""What a person reads beside the results: complaints, and how far the work is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn
from rich.text import Text

from assistant.errors import ParleyError

errors = Console(stderr=True, emoji=False)  # a fingerprint may hold ":AB:", which would become a picture
"""Where progress goes; results go to standard output."""


def complain(sentence: str) -> None:
    """Print one sentence about what went wrong."""
    errors.print(Text.assemble(("parley:", "red"), f" {sentence}"), soft_wrap=True)


class Attempts:
    """Several pieces of work, of which one that fails does not end the others."""

    def __init__(self) -> None:
        self.failed = 0

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        """Do one; what makes it fail is said at once."""
        try:
            yield
        except ParleyError as error:
            self.failed += 1
            complain(f"{name}: {error}")


@contextmanager
def counted(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show how many of several are done: call what this gives after each."""
    with _progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), shown=total > 1) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)


@contextmanager
def told(what: str) -> Iterator[Callable[[str], None]]:
    """Show that something is under way, and how far: call what this gives with a few words."""
    with _progress(SpinnerColumn(), TextColumn("{task.description}", markup=False)) as progress:
        task = progress.add_task(what, total=None)
        yield lambda words: progress.update(task, description=f"{what}: {words}")


def _progress(*columns: ProgressColumn, shown: bool = True) -> Progress:
    """Return what is gone when it is left, shows nothing where there is no terminal, and leaves standard output alone."""
    return Progress(
        *columns, console=errors, transient=True, disable=not (shown and errors.is_terminal), redirect_stdout=False, redirect_stderr=False
    )
