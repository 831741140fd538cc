"""Bundles of models: archives with ways out of them, links, devices, holes, bombs, and lists that are not true."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

from assistant.errors import InputError, ModelCorrupt
from models.bundle import LICENCES, LIST, contents, unbundle
from models.catalogue import catalogue
from models.contents import trusted
from tests.fuzz.campaign import Target
from tests.fuzz.mutation import NUMBERS, dumped, octets, text, tree

DATA = b"weights of a model"
NAMES = (
    "../x", "../../outside", "/etc/passwd", "tiny/../../x", "tiny/./b.gguf", "tiny\\b.gguf", "C:/x", "tiny/b.gguf/", "tiny//b.gguf", "", "nul", "tiny/nul", "tiny/b.gguf",
    "parley.json", ".tiny.part/x", "~root", "tiny/\u202e", "x" * 300, "a/" * 200,
)  # fmt: skip
KINDS = (b"0", b"\0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"S", b"L", b"K", b"x", b"g", b"A", b"V", b"Z")
PAX = (
    "path",
    "linkpath",
    "size",
    "GNU.sparse.major",
    "GNU.sparse.minor",
    "GNU.sparse.map",
    "GNU.sparse.realsize",
    "GNU.sparse.size",
    "hdrcharset",
    "uid",
    "mtime",
)


def _list(name: str = "tiny", file: str = "b.gguf") -> dict[str, Any]:
    kept = {"name": file, "bytes": len(DATA), "sha256": hashlib.sha256(DATA).hexdigest(), "verified": False}
    entry = {"name": "Tiny", "kind": "assistant", "repo": "a/b", "revision": "main", "licence": "kind", "files": [{"path": file}]}
    licence = {"name": "Kind", "url": "https://example.org", "duties": "None."}
    return {
        "bundle": 1,
        "models": [
            {
                "name": name,
                "entry": entry,
                "commit": "c",
                "source": "s",
                "files": [kept],
                "licence": licence,
                "accepted": False,
                "time": "t",
            }
        ],
    }


def _make(random: Random) -> bytes:
    held: Any = _list()
    if random.random() < 0.3:
        name = random.choice(NAMES)
        held = _list(name, random.choice(("b.gguf", name)))
    if random.random() < 0.3:
        held = tree(random, held, NAMES)
    members: list[tuple[str, bytes]] = [
        (LIST, dumped(random, held).encode(errors="surrogatepass")),
        (LICENCES, b"# Licences"),
        ("tiny/b.gguf", DATA),
    ]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=random.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT))) as tar:
        odd = random.randrange(4)
        for number, (name, data) in enumerate(members):
            _add(random, tar, name, data, changed=number == odd)
            if random.random() < 0.05:
                _add(random, tar, random.choice(NAMES), DATA, changed=True)
    found = out.getvalue()
    return (
        octets(random, [found], [b"../", b"\xff" * 12, b"\x80" + b"\xff" * 11, b"7" * 11, b"ustar  \0"]) if random.random() < 0.3 else found
    )


def _add(random: Random, tar: tarfile.TarFile, name: str, data: bytes, *, changed: bool) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    if changed:
        match random.randrange(7):
            case 0:
                member.name = random.choice(NAMES)
            case 1 | 2:
                member.type, member.linkname = random.choice(KINDS), random.choice((*NAMES, LIST))
            case 3:
                member.size = random.choice((0, 1, len(data) - 1, len(data) + 1, 1 << 30))
            case 4:
                member.pax_headers = {random.choice(PAX): random.choice((*NAMES, *map(str, NUMBERS[:-1]), text(random)))}
            case 5:
                data = data * random.choice((0, 3, 200))
                member.size = len(data)
            case _:
                data = octets(random, [data])
                member.size = len(data)
    with suppress(ValueError, OSError, UnicodeError, tarfile.TarError):  # this member cannot be written in this format
        tar.addfile(member, io.BytesIO(data.ljust(member.size, b"\0") if member.size < 1 << 20 else data))


@contextmanager
def bundles(folder: Path) -> Iterator[Target]:
    """An archive that is imported."""
    path, data = folder / "models.tar", folder / "data"
    data.mkdir()
    shelf, before = catalogue(), os.environ.get("XDG_DATA_HOME")
    os.environ["XDG_DATA_HOME"] = str(data)

    def take(case: bytes) -> None:
        path.write_bytes(case)
        held = contents(path)
        if held is not None:
            unbundle(path, trusted(held, shelf, unverified=True))

    def holds() -> None:
        assert {entry.name for entry in os.scandir(folder)} <= {"data", "models.tar"}
        models = data / "parley" / "models"
        assert {entry.name for entry in os.scandir(data)} <= {"parley"}
        if models.exists():
            assert {entry.name for entry in os.scandir(data / "parley")} == {"models"}
            for place in os.scandir(models):
                assert place.is_dir(follow_symlinks=False) or place.name.endswith(".lock")
                if place.is_dir(follow_symlinks=False):
                    for file in os.scandir(place):
                        assert file.is_file(follow_symlinks=False)
                        assert file.stat(follow_symlinks=False).st_size < 1 << 20

    try:
        yield Target(_make, take, (InputError, ModelCorrupt), holds)
    finally:
        if before is None:
            del os.environ["XDG_DATA_HOME"]
        else:
            os.environ["XDG_DATA_HOME"] = before
