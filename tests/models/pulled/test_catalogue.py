"""The catalogue that ships, and a person's own over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import InputError, SettingsError
from models.catalogue import Catalogue, Kind, catalogue


def test_what_ships_is_in_order() -> None:
    shelf = catalogue()
    assert {entry.kind for entry in shelf.models.values()} == set(Kind)
    for name, entry in shelf.models.items():
        assert shelf.licence(name).duties.endswith((".", "decide."))
        assert entry.bytes > 1_000_000, name
        assert entry.files[0].bytes, name
        assert entry.languages or entry.speaks or entry.kind in (Kind.ASSISTANT,), name
        assert len(entry.revision) == 40 or entry.revision == "main", name
        if entry.kind is Kind.VOICE:
            assert [file.path for file in entry.files[1:]] == [f"{entry.files[0].path}.json"]
            assert len(entry.languages) == 1
        if entry.kind is Kind.RECOGNITION:
            assert {"model.bin", "config.json", "tokenizer.json"} <= {file.name for file in entry.files}


def test_every_licence_is_used_and_the_grey_ones_have_to_be_accepted() -> None:
    shelf = catalogue()
    assert {entry.licence for entry in shelf.models.values()} == set(shelf.licences)
    for licence in shelf.licences.values():
        grey = any(word in licence.duties for word in ("Grey", "decide", "Commercial", "bound"))
        assert licence.accept == grey, licence.name


def test_a_hash_stands_in_one_place_only() -> None:
    """A value copied to the wrong file would be found twice; files that recognizers share are the same ones."""
    seen: dict[str, str] = {}
    for entry in catalogue().models.values():
        for file in entry.files:
            if file.sha256:
                assert seen.setdefault(file.sha256, file.name) == file.name


def test_ones_own_wins(own_catalogue: Path, tmp_path: Path) -> None:
    shelf = catalogue(own_catalogue)
    assert shelf.entry("voice-xx").kind is Kind.VOICE
    assert shelf.entry("qwen3.5-2b") == catalogue().entry("qwen3.5-2b")
    again = tmp_path / "again.toml"
    again.write_text(own_catalogue.read_text().replace('models."voice-xx"', 'models."qwen3.5-2b"'))
    assert catalogue(again).entry("qwen3.5-2b").name == "A voice that is none"


def test_an_unknown_name_gets_the_near_ones(shelf: Catalogue) -> None:
    with pytest.raises(InputError, match=r"no model 'qwen3\.5'; did you mean qwen3\.5-0\.8b, "):
        shelf.entry("qwen3.5")
    with pytest.raises(InputError, match="parley models list shows them"):
        shelf.entry("nothing-like-it")


ENTRY = """[models.it]
name = "It"
kind = "voice"
repo = "a/b"
revision = "main"
licence = "mit"
files = [{ path = "it.onnx" }]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("it.onnx", "../it.onnx", r"models\.it\.files\.0\.path: '\.\./it\.onnx' is not allowed; a path is relative"),
        ("it.onnx", "/it.onnx", "a path is relative"),
        ("it.onnx", "a//it.onnx", "a path is relative"),
        ("it.onnx", ".it", "letters, digits"),
        ("it.onnx", "parley.json", "what Parley itself writes"),
        ('"it.onnx" }', '"it.onnx" }, { path = "b/it.onnx" }', "the same name"),
        ("models.it", 'models."../it"', "no name for a model"),
        ("models.it", 'models.".it"', "no name for a model"),
        ('"mit"', '"mine"', "there is no licence 'mine'; describe it"),
        ('"voice"', '"singer"', "'singer' is not allowed"),
        ('"a/b"', '"a/b/../c"', "'a/b/../c' is not allowed"),
        ('"main"', '"a/b"', "'a/b' is not allowed"),
        ('path = "it.onnx"', 'path = "it.onnx", sha256 = "abc"', "'abc' is not allowed"),
        ('path = "it.onnx"', 'path = "it.onnx", bytes = -1', "-1 is not allowed"),
        ("name =", "colour = 1\nname =", "models.it.colour: 1 is not allowed"),
        ("[models.it]", "[models.it", "is no TOML"),
    ],
)
def test_a_mistake_in_it_is_one_sentence(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ENTRY.replace(old, new))
    with pytest.raises(SettingsError, match=said) as wrong:
        catalogue(path)
    assert str(wrong.value).startswith(str(path))


def test_a_catalogue_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no catalogue"):
        catalogue(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        catalogue(tmp_path)
