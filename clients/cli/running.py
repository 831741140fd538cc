"""What the commands share: running until done or Ctrl-C, engines with a sign of life, and where answers go."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from assistant.endpoint import EndpointTiming
from assistant.engines import Engines
from assistant.errors import SettingsError
from assistant.events import ReplyAudio
from assistant.foreign import parsed_toml
from assistant.glossary import Glossary
from assistant.governor import Budget, Governor, measures
from assistant.manners import Manners
from assistant.patience import Waits
from assistant.route import Privacy
from assistant.routed import Router
from assistant.settings import Settings
from clients.cli.media import wav
from clients.cli.stderr import errors as errors
from clients.desktop.devices import find
from clients.desktop.hush import hushed
from clients.desktop.speaker import Speaker
from models.load import load

T = TypeVar("T")


def until_done(work: Coroutine[Any, Any, T]) -> T:
    """Run one command and return its result; Ctrl-C cancels it, and what it holds is closed before it ends."""
    return asyncio.run(work)


@asynccontextmanager
async def engines(
    settings: Settings, listens: Sequence[str] = ("en",), *, speaks: Sequence[str] | None = None
) -> AsyncGenerator[Engines, None]:
    """Load the engines for these languages, with a spinner while that takes, and end them afterwards."""
    with errors.status("Loading the models …"):
        loaded = await load(listens, speaks=listens if speaks is None else speaks, settings=settings.models)
    try:
        yield loaded
    finally:
        await loaded.close()


def manners(settings: Settings, **others: Any) -> Manners:
    """Return the manners of a session with what the settings say; `others` are fields of `Manners`."""
    end = settings.endpoint
    unready_s = min(max(end.end_s, Waits().unready_s), end.most_s)
    waits = Waits(end.least_s, end.end_s, unready_s, end.most_s, eagerness=end.eagerness)
    return Manners(endpoint=EndpointTiming(pause_s=end.pause_s), waits=waits, **others)


def glossary(settings: Settings) -> Glossary:
    """Return the terms of the settings' glossary; none if no file is named.

    Raises:
        SettingsError: it cannot be read, or is no glossary.
    """
    path = settings.glossary
    if path is None:
        return Glossary()
    try:
        return Glossary.read(parsed_toml(path.read_text(encoding="utf-8")), str(path))
    except FileNotFoundError as error:
        raise SettingsError(f"There is no glossary {str(path)!r}; check the name.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The glossary {str(path)!r} cannot be read ({error}); make it a readable text file.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no TOML: {error}; correct that line.") from error


def governor(settings: Settings, loaded: Engines, language: str = "en") -> Governor:
    """Return what holds a session that listens in `language` to the budget of the settings."""
    given = settings.budget
    budget = Budget(given.voice_to_voice_s, given.recognize_s, given.think_s, given.phrase_s, given.voice_s)
    return Governor(budget, measures(loaded.recognizers[language], loaded.language_model))


@asynccontextmanager
async def hosted(settings: Settings) -> AsyncGenerator[Callable[[str], Router | None], None]:
    """Yield what gives a conversation its way to a large model, by the conversation's name; None where there is none.

    Raises:
        SettingsError: the settings of the large model are wrong.
    """
    if settings.large.privacy is Privacy.NEVER:
        yield lambda _: None
        return
    from models.hosting import Hosting

    host = Hosting(settings.large)
    try:
        yield host.router
    finally:
        await host.close()


def print_json(result: dict[str, Any]) -> None:
    """Print one result on one line."""
    print(json.dumps(result, ensure_ascii=False), flush=True)  # noqa: T201 - this is the output


async def play(audio: Sequence[ReplyAudio], device: str | None = None) -> None:
    """Play replies and return when the last sample was heard; cancelled, the device is closed at once.

    Raises:
        InputError: no such device, or it is gone.
    """
    if not audio:
        return
    with hushed(), Speaker(find("speaker", device), audio[0].sample_rate_hz) as speaker:
        for part in audio:
            speaker.play(part.samples, part.sample_rate_hz)
        speaker.finish()
        await speaker.silent()


@contextmanager
def recorded(path: Path | None, rate_hz: int) -> Iterator[Callable[[Sequence[ReplyAudio]], None]]:
    """Take replies as they come and write them to a WAV file, if there is to be one; nothing said gives an empty one.

    Raises:
        InputError: no room on the disk, or no permission to write there.
    """
    if path is None:
        yield lambda _: None
        return
    with wav(path, rate_hz) as write:

        def record(audio: Sequence[ReplyAudio]) -> None:
            for part in audio:
                write(part.samples)

        yield record
