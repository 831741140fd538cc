"""`parley` starts here: with next to nothing imported, so that whatever goes wrong or is interrupted later ends in good order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.errors import ParleyError


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn what a person can mend into one sentence and exit status 2; Ctrl-C and a closed pipe end in silence."""
    try:
        yield
    except ParleyError as error:
        from clients.cli.stderr import complain

        complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; say nothing more
        sys.exit(141)


def run() -> None:
    """Run `parley`."""
    with one_sentence():
        from clients.cli.app import app

        app()


if __name__ == "__main__":
    run()
