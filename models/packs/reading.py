"""A folder becomes a pack: pack.toml, glossary.toml, knowledge/ and cases.toml, all checked."""

from __future__ import annotations

import re
from pathlib import Path

from assistant.errors import InputError, SettingsError
from assistant.glossary import Glossary
from assistant.pack import Pack
from assistant.tools import TOOLS
from models.packs.index import PassageIndex
from models.packs.markdown import passages
from models.packs.tables import Fields, toml_of

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def read_pack(folder: Path) -> Pack:
    """Return the pack in a folder.

    Raises:
        InputError: it is none; one sentence with the file, the place and the remedy.
    """
    path = folder / "pack.toml"
    fields = Fields(toml_of(path), str(path))
    if not NAME.fullmatch(name := fields.text("name")):
        raise InputError(f"{path}: name is {name!r}; write small letters, digits and hyphens, such as flower-shop.")
    title, languages = fields.text("title"), fields.texts("languages")
    if not languages or not all(re.fullmatch("[a-z]{2}", language) for language in languages):
        raise InputError(f'{path}: languages is {list(languages)!r}; write codes of two letters, such as ["en", "es"].')
    system, tools, words = fields.text("system"), fields.some("tools", list(TOOLS)), fields.texts("words")
    unknown = fields.by_language("unknown", languages, required=True)
    for language, texts in unknown.items():
        if len(texts) != 1:
            raise InputError(f"{path}: unknown.{language} has {len(texts)} texts; write one sentence.")
    phrases, examples = fields.by_language("phrases", languages), fields.by_language("examples", languages)
    fields.done()
    glossary, known = _glossary(folder / "glossary.toml"), passages(folder / "knowledge", languages)
    said = {language: texts[0] for language, texts in unknown.items()}
    return Pack(
        name, title, languages, system, frozenset(tools), said, PassageIndex(known, glossary), known, words, phrases, examples, glossary
    )


def _glossary(path: Path) -> Glossary:
    if not path.exists():
        return Glossary()
    table = toml_of(path)
    try:
        return Glossary.read(table, str(path))
    except SettingsError as error:
        raise InputError(str(error)) from error
