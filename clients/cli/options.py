"""Options that several commands have, each with one name and one meaning."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assistant.settings import Settings

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every event with its time.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a result.")]
Speak = Annotated[Path | None, typer.Option("--speak", metavar="OUT.wav", help="Write the spoken answer to this file.")]
Play = Annotated[bool, typer.Option("--play", help="Play the spoken answer.")]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", envvar="PARLEY_SETTINGS", metavar="FILE.toml", help="The settings file, if not the usual one.")
]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One setting, such as endpoint.end_s=0.6; may be repeated.")
]

Pack = Annotated[
    str | None, typer.Option("--pack", metavar="NAME|FOLDER", help="A domain pack: what the assistant knows; parley pack list shows them.")
]


class Log(StrEnum):
    """How a server logs."""

    TEXT = "text"
    JSON = "json"


def with_pack(context: typer.Context, pack: str | None) -> Settings:
    """Return the settings, with the pack of the command if it names one."""
    given: Settings = context.obj
    return given if pack is None else given.model_copy(update={"pack": pack})
