"""What is wrong with a pack is said in one sentence: the file, the place, the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import InputError
from models.packs.cases import read_cases
from models.packs.places import new
from models.packs.reading import read_pack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return new("mine", tmp_path)


def complaint(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_cases(folder, read_pack(folder))
    return str(caught.value).replace(str(folder), "mine")


def test_a_new_pack_is_right(folder: Path) -> None:
    pack = read_pack(folder)
    assert (pack.name, pack.languages, len(pack.passages)) == ("mine", ("en",), 2)
    assert pack.tools == {"time", "date", "repeat", "stop"}
    assert len(read_cases(folder, pack)) == 6


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("pack.toml", 'name = "mine"', 'name = "My Shop"', "mine/pack.toml: name is 'My Shop'; write small letters, digits and hyphens, such as flower-shop."),
        ("pack.toml", 'title = "my business"', "", 'mine/pack.toml: title is missing; write a text, such as title = "...".'),
        ("pack.toml", 'languages = ["en"]', "languages = []", 'mine/pack.toml: languages is []; write codes of two letters, such as ["en", "es"].'),
        ("pack.toml", '"date", ', '"dates", ', "mine/pack.toml: tools knows no 'dates'; choose from time, date, "),
        ("pack.toml", "words = []", "wrods = []", "mine/pack.toml has no key 'wrods'; did you mean 'words'?"),
        ("pack.toml", 'languages = ["en"]', 'languages = ["en", "es"]', "mine/pack.toml: unknown says nothing in 'es'; add unknown.es = \"...\"."),
        ("pack.toml", "en = []", "fr = []", "mine/pack.toml: phrases has 'fr', which is none of the pack's languages: en."),
        ("pack.toml", "words = []", "words = [1]", 'mine/pack.toml: words is [1]; write a list of texts, such as ["..."].'),
        ("pack.toml", "words = []", "words = [", "mine/pack.toml is no TOML: "),
        ("pack.toml", "words = []", 'voices.en = "../voice.onnx"', "mine/pack.toml: voices.en is '../voice.onnx'; write the name of a file in the folder, such as \"voice.onnx\"."),
        ("pack.toml", "words = []", 'voices.en = "anna.onnx"', "mine/pack.toml: voices.en: there is no file 'anna.onnx' in the pack; a voice is NAME.onnx with NAME.onnx.json beside it."),
        ("pack.toml", "words = []", 'voices.fr = "anna.onnx"', "mine/pack.toml: voices has 'fr', which is none of the pack's languages: en."),
        ("glossary.toml", '"horario"]', "4]", "mine/glossary.toml, term 1, es is ['abrir', 4]; write a word, or a list of its forms."),
        ("knowledge/en/questions.md", "We are open from Monday to Friday, nine to five.", "", "mine/knowledge/en/questions.md, line 7: the heading"),
        ("knowledge/en/questions.md", "We are at 1 Main Street.", "", "mine/knowledge/en/questions.md, line 7: 'What is your address?' has no answer; write it below."),
        ("knowledge/en/questions.md", "## Where are you?", "## When are you open?", "mine/knowledge/en/questions.md, line 7 asks 'When are you open?' again, after mine/knowledge/en/questions.md, line 3; leave one out."),
        ("knowledge/en/questions.md", "## Where are you?", "### Where are you?", "mine/knowledge/en/questions.md, line 7: '### Where are you?' is no heading of a passage; write ## and a question."),
        ("knowledge/en/questions.md", "# Questions", "Questions", "mine/knowledge/en/questions.md, line 1 belongs to no question; write ## and one above it."),
        ("knowledge/en/questions.md", "1 Main Street.", "1 Main Street." * 60, "mine/knowledge/en/questions.md, line 7: the answer has "),
        ("knowledge/en/questions.md", "# Questions", "---\nlang: fr\n---\n# Questions", "mine/knowledge/en/questions.md, line 2: 'lang: fr' means nothing here; write lang: en."),
        ("knowledge/en/questions.md", "# Questions", "---\n# Questions", "mine/knowledge/en/questions.md, line 1: the front matter has no end; close it with ---."),
        ("cases.toml", 'passage = "Where are you?"', 'passage = "Where?"', "mine/cases.toml, case 2: there is no passage 'Where?' in 'en'; write the first question above its answer."),
        ("cases.toml", '"nine to five"', '"ten"', "mine/cases.toml, case 1: the answer to 'When are you open?' does not contain 'ten'; correct one of them."),
        ("cases.toml", 'tool = "time"', 'tool = "alarm"', "mine/cases.toml, case 4: tool knows no 'alarm'; choose from date, repeat, stop, time."),
        ("cases.toml", 'ask = ["who won the world cup"]', "", "mine/cases.toml, case 3 asks nothing; add ask = \"...\"."),
        ("cases.toml", "[[case]]", "[[cases]]", "mine/cases.toml has no cases; write each under [[case]], such as: ask = \"When do you open?\"."),
    ],
)  # fmt: skip
def test_a_mistake_is_named(folder: Path, file: str, old: str, new: str, says: str) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    if "line 7: the heading" in says:  # the two questions above then share the answer below: that is no mistake
        assert len(read_pack(folder).passages) == 1
    else:
        assert complaint(folder).startswith(says)


def test_a_file_that_is_no_text(folder: Path) -> None:
    (folder / "pack.toml").write_bytes(b"\xff\xfe")
    assert complaint(folder) == "mine/pack.toml is no text in UTF-8; save it as such."
    (folder / "pack.toml").unlink()
    assert complaint(folder) == "mine/pack.toml is missing; a pack needs it, and parley pack new NAME shows how it looks."


def test_a_link_is_no_part_of_a_pack(folder: Path) -> None:
    secret = folder.parent / "secret.md"
    secret.write_text("## What is it?\nA secret.\n")
    (folder / "knowledge/en/more.md").symlink_to(secret)
    assert complaint(folder) == "mine/knowledge/en/more.md is a link; put the file itself into the pack."


def test_a_language_by_folder_or_front_matter(folder: Path) -> None:
    text = (folder / "pack.toml").read_text().replace('["en"]  ', '["en", "es"]').replace("[unknown] ", '[unknown]\nes = "No lo sé."\n#')
    (folder / "pack.toml").write_text(text)
    assert complaint(folder).startswith("mine/knowledge has no passage in 'es'; write one in mine/knowledge/es/questions.md.")
    spanish = folder / "knowledge/todo.md"
    spanish.write_text("## ¿Dónde están?\nEn la **calle** Mayor, [véase](https://example.com).\n")
    assert complaint(folder).startswith("mine/knowledge/todo.md does not say its language; put it into mine/knowledge/en/")
    spanish.write_text("---\nlang: es\n---\n" + spanish.read_text())
    assert read_pack(folder).passages[-1].answer == "En la calle Mayor, véase."
    assert read_pack(folder).passages[-1].language == "es"
