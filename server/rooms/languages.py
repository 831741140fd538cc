"""Which languages people may choose in a room: those that are heard here, and those that they are interpreted into."""

from __future__ import annotations

from typing import Any

from assistant.engines import Engines
from assistant.errors import InputError
from assistant.interpret import LANGUAGES, Interpret


def targets(engines: Engines, source: str) -> list[str]:
    """Return into what speech in `source` is interpreted: the others that are heard or spoken here."""
    here = dict.fromkeys((*engines.recognizers, *engines.voices))
    return [target for target in here if target != source and _interpreted(engines, source, target)]


def _interpreted(engines: Engines, source: str, target: str) -> bool:
    """Whether the language model knows a way from one language into the other."""
    try:
        Interpret(engines.language_model, source, target)
    except InputError:
        return False
    return True


def offered(engines: Engines) -> list[dict[str, Any]]:
    """Return what is heard here and into what it is interpreted, as clients are told of it."""
    heard = [{"code": code, "name": LANGUAGES.get(code, code), "to": targets(engines, code)} for code in engines.recognizers]
    return [language for language in heard if language["to"]]
