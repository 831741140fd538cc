"""The tests that a pack brings: what is asked, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assistant.errors import InputError
from assistant.foreign import shown
from assistant.pack import Pack
from models.packs.tables import Fields, toml_of


@dataclass(frozen=True, slots=True)
class Case:
    """One question. Without a passage and a tool, nothing may be claimed."""

    ask: str
    language: str
    passage: str | None = None
    """The name of the one that answers."""
    tool: str | None = None
    says: tuple[str, ...] = ()
    """What the answer must contain."""
    spoken: bool = False
    """It is also asked aloud."""


def read_cases(folder: Path, pack: Pack) -> tuple[Case, ...]:
    """Return the cases in a pack's folder; none if it has no cases.toml.

    Raises:
        InputError: the file has another form, or names what the pack does not have.
    """
    path = folder / "cases.toml"
    if not path.exists():
        return ()
    table = toml_of(path)
    entries = table.get("case", [])
    if not isinstance(entries, list) or set(table) - {"case"}:
        raise InputError(f'{path} has no cases; write each under [[case]], such as: ask = "When do you open?".')
    return tuple(case for number, entry in enumerate(entries, 1) for case in _cases(entry, f"{path}, case {number}", pack))


def _cases(entry: object, where: str, pack: Pack) -> list[Case]:
    if not isinstance(entry, dict):
        raise InputError(f'{where} is {shown(entry)}; write it under [[case]], such as: ask = "When do you open?".')
    fields = Fields(entry, where)
    asks, language = fields.texts("ask"), fields.one("lang", pack.languages)
    aloud = fields.texts("aloud")
    passage = fields.text("passage") if fields.has("passage") else None
    tool = fields.one("tool", sorted(pack.tools)) if fields.has("tool") else None
    says = fields.texts("says")
    fields.done()
    if not asks and not aloud:
        raise InputError(f'{where} asks nothing; add ask = "...".')
    if passage is not None:
        answers = {each.name: each.answer for each in pack.passages if each.language == language}
        if passage not in answers:
            raise InputError(f"{where}: there is no passage {passage!r} in {language!r}; write the first question above its answer.")
        for text in says:
            if text not in answers[passage]:
                raise InputError(f"{where}: the answer to {passage!r} does not contain {text!r}; correct one of them.")
    return [Case(ask, language, passage, tool, says, spoken) for texts, spoken in ((asks, False), (aloud, True)) for ask in texts]
