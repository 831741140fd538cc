"""The knowledge of a pack: Markdown in which each heading is a question and what stands below it the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import InputError
from assistant.knowledge import Passage
from models.packs.tables import text_of

MOST_CHARACTERS = 600
"""Of an answer: read aloud, that is 40 s."""

_MARKS = re.compile(r"\*\*|__|`|^[^\S\n]*(?:[-*+]|>)\s+", re.MULTILINE)
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")


def passages(folder: Path, languages: Sequence[str]) -> tuple[Passage, ...]:
    """Return all that the folder's files say. `knowledge/es/` is Spanish, and so is a file that begins with `lang: es` between two `---`.

    Raises:
        InputError: a file has another form; says where.
    """
    found: list[Passage] = []
    seen: dict[tuple[str, str], str] = {}
    for path in sorted(folder.rglob("*.md")):
        for passage, where in _of_file(path, folder, languages):
            for question in passage.questions:
                key = (passage.language, question.casefold())
                if key in seen:
                    raise InputError(f"{where} asks {question!r} again, after {seen[key]}; leave one out.")
                seen[key] = where
            found.append(passage)
    for language in languages:
        if not any(passage.language == language for passage in found):
            raise InputError(f"{folder} has no passage in {language!r}; write one in {folder / language}/questions.md.")
    return tuple(found)


def _of_file(path: Path, folder: Path, languages: Sequence[str]) -> list[tuple[Passage, str]]:
    lines = text_of(path).splitlines()
    language, first = _language(path, folder, languages, lines)
    found: list[tuple[Passage, str]] = []
    questions, answer, began = list[str](), list[str](), first

    def close() -> None:
        if not questions:
            return
        where, text = f"{path}, line {began}", _spoken("\n".join(answer))
        if not text:
            raise InputError(f"{where}: {questions[-1]!r} has no answer; write it below.")
        if len(text) > MOST_CHARACTERS:
            raise InputError(f"{where}: the answer has {len(text)} characters; at most {MOST_CHARACTERS} can be listened to, so divide it.")
        found.append((Passage(questions[0], language, tuple(questions), text), where))
        questions.clear()
        answer.clear()

    for number, line in enumerate(lines[first:], first + 1):
        if line.startswith("## "):
            if any(part.strip() for part in answer):
                close()
            if not questions:
                began, answer = number, []
            if not (question := _spoken(line[3:])):
                raise InputError(f"{path}, line {number}: the heading is empty; write a question.")
            questions.append(question)
        elif line.startswith("# ") and not questions:
            continue  # the file's own title
        elif line.startswith("#"):
            raise InputError(f"{path}, line {number}: {line.strip()!r} is no heading of a passage; write ## and a question.")
        elif questions:
            answer.append(line)
        elif line.strip():
            raise InputError(f"{path}, line {number} belongs to no question; write ## and one above it.")
    close()
    return found


def _language(path: Path, folder: Path, languages: Sequence[str], lines: Sequence[str]) -> tuple[str, int]:
    """Return the language of a file, and how many lines its front matter takes."""
    if lines and lines[0].strip() == "---":
        end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
        if end is None:
            raise InputError(f"{path}, line 1: the front matter has no end; close it with ---.")
        for number, line in enumerate(lines[1:end], 2):
            key, colon, value = line.partition(":")
            if line.strip() and (not colon or key.strip() != "lang" or value.strip() not in languages):
                raise InputError(f"{path}, line {number}: {line.strip()!r} means nothing here; write lang: {languages[0]}.")
            if line.strip():
                return value.strip(), end + 1
        raise InputError(f"{path}, line 1: the front matter is empty; write lang: {languages[0]}.")
    if len(languages) == 1:
        return languages[0], 0
    part = path.relative_to(folder).parts[0]
    if part not in languages:
        raise InputError(
            f"{path} does not say its language; put it into {folder / languages[0]}/, or begin it with --- lang: {languages[0]} ---."
        )
    return part, 0


def _spoken(text: str) -> str:
    """Return a text without Markdown's marks, on one line."""
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", text)).split())
