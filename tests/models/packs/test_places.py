"""Packs by name, and installing: atomic, and only plain files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assistant.errors import InputError
from models.packs.places import folder_of, folders, install, installed, new, pack_of


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def test_two_ship() -> None:
    assert sorted(folders()) == ["clinic", "shop"]
    assert pack_of(None) is None


def test_by_name_or_by_folder(tmp_path: Path) -> None:
    folder = new("mine", tmp_path)
    assert folder_of(str(folder)) == folder
    with pytest.raises(InputError) as caught:
        folder_of("mine")
    assert str(caught.value) == "There is no pack 'mine'; choose from clinic, shop, or name the folder of one."
    install(folder)
    assert folder_of("mine") == installed() / "mine"


def test_installing_again_replaces_it(tmp_path: Path, data: Path) -> None:
    folder = new("mine", tmp_path)
    (folder / "notes.txt").write_text("first")
    install(folder)
    (folder / "notes.txt").unlink()
    assert install(folder) == data / "parley/packs/mine"
    assert not (data / "parley/packs/mine/notes.txt").exists()
    assert [path.name for path in (data / "parley/packs").iterdir()] == ["mine"]  # nothing half done is left


def test_one_that_is_not_right_changes_nothing(tmp_path: Path, data: Path) -> None:
    folder = new("mine", tmp_path)
    install(folder)
    (folder / "cases.toml").write_text("[[case]]\n")
    with pytest.raises(InputError):
        install(folder)
    assert "world cup" in (data / "parley/packs/mine/cases.toml").read_text()


def test_links_and_pipes_are_refused(tmp_path: Path, data: Path) -> None:
    folder = new("mine", tmp_path)
    (folder / "all").symlink_to("/etc")
    with pytest.raises(InputError, match=r"all is a link; put the file itself into the pack\."):
        install(folder)
    (folder / "all").unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(InputError, match=r"pipe is no plain file; put the file itself into the pack\."):
        install(folder)
    assert not data.exists()


@pytest.mark.parametrize("name", ["../mine", "..", "a/b", "", "Mine", "-x"])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="is no name of a pack"):
        new(name, tmp_path)
    folder = new("mine", tmp_path / "there")
    file = folder / "pack.toml"
    file.write_text(file.read_text().replace('"mine"', f'"{name}"'))
    with pytest.raises(InputError, match="name is"):
        install(folder)


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    folder = new("mine", tmp_path)
    with pytest.raises(InputError) as caught:
        new("mine", tmp_path)
    assert str(caught.value) == f"{folder} is there already; choose another name."
