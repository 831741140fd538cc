"""One process at a time; on Windows too, as far as that can be seen elsewhere: by bytes locked far behind what is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models.lock import lock

ROOT = Path(__file__).parents[2]

TRY = """
from models.lock import lock
with open(sys.argv[1], "a+", encoding="utf-8") as file:
    got = lock(file)
    file.seek(0)
    print(got, file.read(), flush=True)
    sys.stdin.read()
"""

AS_ON_WINDOWS = """
import fcntl, os, types

def locking(fd, mode, count):
    '''Lock bytes from where the file stands, as msvcrt does.'''
    try:
        fcntl.lockf(fd, mode, count, os.lseek(fd, 0, os.SEEK_CUR), os.SEEK_SET)
    except BlockingIOError as error:
        raise PermissionError(13, "Permission denied") from error

sys.modules["msvcrt"] = types.SimpleNamespace(LK_NBLCK=fcntl.LOCK_EX | fcntl.LOCK_NB, locking=locking)
sys.modules["fcntl"] = None
import models
sys.platform = "win32"
import models.lock
"""
"""A stand-in for the module that only Windows has; the locks are the system's."""

HERE = "import sys\n"


def someone(path: Path, before: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", before + TRY, str(path)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("before", [HERE, HERE + AS_ON_WINDOWS], ids=["here", "as on Windows"])
def test_one_at_a_time(tmp_path: Path, before: str) -> None:
    path = tmp_path / "lock"
    path.write_text("who has it")
    with someone(path, before) as first:
        assert first.stdout
        assert first.stdout.readline() == "True who has it\n"
        with someone(path, before) as second:
            assert second.communicate()[0] == "False who has it\n"
        first.kill()
    with someone(path, before) as third:
        assert third.communicate()[0] == "True who has it\n"
    assert path.read_text() == "who has it"


def test_closing_opens_it(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("a+") as one, (tmp_path / "lock").open("a+") as other:
        assert lock(one)
        assert not lock(other)
        one.close()
        assert lock(other)
