"""`parley serve` in a process of its own, for talks with it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.store.database import Database, Kept
from tests.clients.desktop.virtual_sound import COMMAND, ROOT, until


class Serving:
    """A server whose files lie in `folder`; `url` is where it listens."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder, self._log, self._options = folder, folder / "server.log", options
        self.url = ""

    def start(self, port: int = 0) -> None:
        """Serve, and return when it listens."""
        environment = os.environ | {"XDG_STATE_HOME": str(self._folder), "XDG_CONFIG_HOME": str(self._folder)}
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "--set", "server.admission=places", "serve", "--port", str(port), *self._options],
                cwd=ROOT,
                env=environment,
                stderr=log,
                start_new_session=True,
            )
        until(lambda: "listens at" in self._log.read_text() or self.process.poll() is not None, "the server listens")
        found = re.search(r"listens at (ws[^\s;]+)", self._log.read_text())
        assert found, self._log.read_text()
        self.url = found.group(1)

    @property
    def port(self) -> int:
        found = re.search(r":(\d+)/", self.url)
        assert found
        return int(found.group(1))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def kept(self) -> list[Kept]:
        """Return the conversations that it has kept in which something was said."""
        database = Database(self._folder / "parley" / "conversations.db", create=False)
        try:
            found = [database.read(name) for name, _, _, items in database.overview() if items]
            return [kept for kept in found if kept is not None]
        finally:
            database.close()


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Serving]:
    server = Serving(folder, *options)
    server.start()
    try:
        yield server
    finally:
        server.kill()
