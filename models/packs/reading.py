"""A folder becomes a pack: pack.toml, glossary.toml, knowledge/ and cases.toml, all checked."""

from __future__ import annotations

import re
from pathlib import Path

from assistant.errors import InputError, SettingsError
from assistant.glossary import Glossary
from assistant.pack import Pack
from assistant.tools import TOOLS
from models.names import DEVICE
from models.packs.index import PassageIndex
from models.packs.markdown import passages
from models.packs.tables import Fields, toml_of

NAME = re.compile(rf"(?!{DEVICE}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")

ADAPTER, VOICE = re.compile(rf"(?!(?i:{DEVICE})\Z)\w[\w.-]*\.gguf"), re.compile(rf"(?!(?i:{DEVICE})\Z)\w[\w.-]*\.onnx")
"""Names of files: no way out of the folder."""


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
    adapter = _adapter(folder, fields.text("adapter"), str(path)) if fields.has("adapter") else None
    voices = {
        language: _voice(folder, names, f"{path}: voices.{language}") for language, names in fields.by_language("voices", languages).items()
    }
    fields.done()
    glossary, known = _glossary(folder / "glossary.toml"), passages(folder / "knowledge", languages)
    said = {language: texts[0] for language, texts in unknown.items()}
    return Pack(
        name, title, languages, system, frozenset(tools), said, PassageIndex(known, glossary), known, words, phrases, examples, glossary,
        adapter, voices,
    )  # fmt: skip


def _adapter(folder: Path, name: str, where: str) -> Path:
    """Return the file of an adapter, in the folder itself; whether it is there and of use, `adapted` finds out."""
    if not ADAPTER.fullmatch(name):
        raise InputError(f'{where}: adapter is {name!r}; write the name of a file in the folder, such as "adapter.gguf".')
    return folder / name


def _voice(folder: Path, names: tuple[str, ...], where: str) -> Path:
    """Return the file of a Piper voice, in the folder itself, where its settings lie beside it."""
    if len(names) != 1 or not VOICE.fullmatch(names[0]):
        raise InputError(f'{where} is {", ".join(names)!r}; write the name of a file in the folder, such as "voice.onnx".')
    path = folder.absolute() / names[0]
    for part in (path, path.with_name(f"{path.name}.json")):
        if part.is_symlink() or not part.is_file():
            raise InputError(f"{where}: there is no file {part.name!r} in the pack; a voice is NAME.onnx with NAME.onnx.json beside it.")
    return path


def _glossary(path: Path) -> Glossary:
    if not path.exists():
        return Glossary()
    table = toml_of(path)
    try:
        return Glossary.read(table, str(path))
    except SettingsError as error:
        raise InputError(str(error)) from error
