"""Which languages are at hand."""

from __future__ import annotations

from assistant.engines import Engines
from assistant.foreign import shown
from server.realtime.refusals import Refused


def plain(language: str) -> str:
    """Return the language of a tag such as `en-US`, ISO 639-1."""
    return language.split("-")[0].lower()


def recognized(language: str, engines: Engines, param: str) -> str:
    """Return the language of a tag, if there is a recognizer for it.

    Raises:
        Refused: there is none; `param` is the field that names it.
    """
    if plain(language) not in engines.recognizers:
        known = ", ".join(sorted(engines.recognizers))
        raise Refused(f"No recognizer for {shown(language)} is loaded here; choose from {known}.", param=param)
    return plain(language)
