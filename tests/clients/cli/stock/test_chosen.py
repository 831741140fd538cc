"""The settings file after a model was chosen: what the person wrote is still there, letter by letter."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from assistant.errors import InputError
from clients.cli.chosen import write

MODEL = {("models", "language_model"): "new"}
VOICE = {("models", "voices", "es"): "new"}


@pytest.mark.parametrize(
    ("before", "added", "after"),
    [
        ("", MODEL, '[models]\nlanguage_model = "new"\n'),
        ("# mine\n\n[server]\nport = 1  # one\n", MODEL, '# mine\n\n[server]\nport = 1  # one\n\n[models]\nlanguage_model = "new"\n'),
        ('[models]\nlanguage_model   =  "/old"   # why\n', MODEL, '[models]\nlanguage_model   =  "new"   # why\n'),
        ("[models]\nlanguage_model = '/old'\nthreads = 1\n", MODEL, '[models]\nlanguage_model = "new"\nthreads = 1\n'),
        ("[ models ] # here\nthreads = 1\n[server]\n", MODEL, '[ models ] # here\nlanguage_model = "new"\nthreads = 1\n[server]\n'),
        ('models.language_model = "old"\n', MODEL, 'models.language_model = "new"\n'),
        ('[models.voices]\nen = "a"\n', VOICE, '[models.voices]\nes = "new"\nen = "a"\n'),
        ('[models]\nvoices.es = "a"\n', VOICE, '[models]\nvoices.es = "new"\n'),
        ("[models]\nthreads = 1\n", VOICE, '[models]\nthreads = 1\n\n[models.voices]\nes = "new"\n'),
        ('[[large.providers]]\nmodel = "x"\n', MODEL, '[[large.providers]]\nmodel = "x"\n\n[models]\nlanguage_model = "new"\n'),
    ],
)
def test_the_rest_stays(tmp_path: Path, before: str, added: dict[tuple[str, ...], str | int], after: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(before)
    path.chmod(0o600)
    assert write(path, added)
    assert path.read_text() == after
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "before",
    [
        '[models]\nvoices = { en = "a" }\n',
        "models = { threads = 1 }\n",
        '[models]\nvoices.en = "a"\n',
        '[models]\nlanguage_model = """\nx"""\n',
    ],
)
def test_what_cannot_be_changed_safely_is_left_alone(tmp_path: Path, before: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(before)
    assert not write(path, VOICE | MODEL)
    assert path.read_text() == before


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.toml").touch()
    (tmp_path / "settings.toml").symlink_to(tmp_path / "real.toml")
    assert write(tmp_path / "settings.toml", MODEL)
    assert (tmp_path / "settings.toml").is_symlink()
    assert "new" in (tmp_path / "real.toml").read_text()


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'write into it yourself: models\.language_model = "new"'):
        write(tmp_path, MODEL)
