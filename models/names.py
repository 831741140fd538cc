"""Names that become files and folders: nothing leads out, and no system takes one for something else."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

NAME = r"^\w[\w.+-]{0,119}$"
"""What an entry of the catalogue and its files may be called, as both become names in a folder."""

DEVICE = r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?"
"""What Windows takes for a device, in any folder and whatever its capitals: no name of a file."""


def no_device(name: str) -> str:
    """Return a name.

    Raises:
        ValueError: Windows takes it for a device.
    """
    if re.fullmatch(DEVICE, name, re.IGNORECASE):
        raise ValueError(f"{name!r} is the name of a device on Windows")
    return name


FileName: TypeAlias = Annotated[str, Field(pattern=NAME), AfterValidator(no_device)]


def is_name(name: str) -> bool:
    """Tell whether something may be called so."""
    return bool(re.fullmatch(NAME, name) and not re.fullmatch(DEVICE, name, re.IGNORECASE))
