"""Where packs lie: those that ship, those that were installed, and any folder."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from assistant.errors import InputError
from assistant.pack import Pack
from models.packs.cases import read_cases
from models.packs.reading import NAME, read_pack

SHIPPED = Path(__file__).parent

SKELETON = "skeleton"
"""What a new pack is copied from."""

MOST_FILES, MOST_BYTES = 1000, 200_000_000
"""Of a pack that is installed."""


def installed() -> Path:
    """Return the folder of installed packs."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "parley" / "packs"


def folders() -> dict[str, Path]:
    """Return where each pack lies that has a name here; one that was installed hides one that ships."""
    found = {path.parent.name: path.parent for path in sorted(SHIPPED.glob("*/pack.toml")) if path.parent.name != SKELETON}
    return found | {path.parent.name: path.parent for path in sorted(installed().glob("*/pack.toml"))}


def folder_of(name: str) -> Path:
    """Return the folder of a pack by its name, or the folder that is named itself.

    Raises:
        InputError: there is none.
    """
    if Path(name).is_dir() and (os.sep in name or name not in folders()):
        return Path(name)
    if name in (known := folders()):
        return known[name]
    raise InputError(f"There is no pack {name!r}; choose from {', '.join(sorted(known))}, or name the folder of one.")


def pack_of(name: str | None) -> Pack | None:
    """Return the pack of a name or a folder, with its adapter loaded; None for None.

    Raises:
        InputError: there is none, or it is not right.
    """
    from models.packs.adapted import adapted

    return None if name is None else adapted(read_pack(folder_of(name)))


def install(folder: Path) -> Path:
    """Copy a pack to the installed ones, in the place of an older one of its name, and return where it is.

    All of it is checked first, and again as it was copied; until then nothing is changed.

    Raises:
        InputError: it is not right, holds a link or something that is no file, or cannot be copied.
    """
    from models.packs.adapted import adapted

    read_cases(folder, adapted(read_pack(folder)))
    files = list(_files(folder))
    place = installed()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=place) as held:
            copy = Path(held) / "pack"
            copy.mkdir()
            for path in files:
                (to := copy / path.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
                to.write_bytes(_bytes(path))
            pack = read_pack(copy)
            read_cases(copy, pack)
            target, old = place / pack.name, Path(held) / "old"
            if target.exists():
                target.rename(old)
            try:
                copy.rename(target)
            except OSError:
                if old.exists():
                    old.rename(target)
                raise
            return target
    except OSError as error:
        raise InputError(f"The pack cannot be installed in {place} ({error.strerror}); make room there, or set XDG_DATA_HOME.") from error


def _files(folder: Path) -> Iterator[Path]:
    """Yield the plain files of a folder."""
    count = size = 0
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            continue
        if not stat.S_ISREG(mode):
            what = "a link" if stat.S_ISLNK(mode) else "no plain file"
            raise InputError(f"{path} is {what}; put the file itself into the pack.")
        count, size = count + 1, size + path.lstat().st_size
        if count > MOST_FILES or size > MOST_BYTES:
            raise InputError(f"{folder} holds more than {MOST_FILES} files or {MOST_BYTES} bytes; leave out what is no part of the pack.")
        yield path


def _bytes(path: Path) -> bytes:
    """Return what a file holds, without following a link that has taken its place meanwhile."""
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
        return file.read()


def new(name: str, where: Path) -> Path:
    """Write a small pack that is complete, to be changed; return its folder.

    Raises:
        InputError: the name does not do, or there is such a folder.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name of a pack; write small letters, digits and hyphens, such as flower-shop.")
    folder = where / name
    try:
        shutil.copytree(SHIPPED / SKELETON, folder)
        file = folder / "pack.toml"
        file.write_text(file.read_text(encoding="utf-8").replace(f'"{SKELETON}"', f'"{name}"', 1), encoding="utf-8")
    except FileExistsError as error:
        raise InputError(f"{folder} is there already; choose another name.") from error
    except OSError as error:
        raise InputError(f"{folder} cannot be written ({error.strerror}); choose another folder with --in.") from error
    return folder
