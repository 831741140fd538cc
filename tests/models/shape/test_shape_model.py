from __future__ import annotations

from pathlib import Path

import pytest

import models.shape
from assistant.errors import EngineUnavailable, InputError
from models.shape import Shape, Tell, cache_folder, shape_model


class Making:
    """Writes one file, counted; `fails` is raised half-way."""

    def __init__(self) -> None:
        self.times = 0
        self.fails: BaseException | None = None

    def __call__(self, path: Path, tell: Tell) -> None:
        self.times += 1
        path.write_text("half")
        tell("writing")
        if self.fails:
            raise self.fails
        path.write_text("whole")


@pytest.fixture
def making(monkeypatch: pytest.MonkeyPatch) -> Making:
    making = Making()
    monkeypatch.setattr(
        models.shape,
        "SHAPES",
        {
            "small": Shape(making, "model.bin", 1),
            "huge": Shape(making, "model.bin", 10**9),
            "unmakeable": Shape(making, "model.bin", 1, ("numpy", "no_such_package")),
        },
    )
    return making


def test_a_model_is_made_once(making: Making, tmp_path: Path) -> None:
    told: list[str] = []
    path = shape_model("small", tmp_path / "new", told.append)
    assert path == tmp_path / "new" / "small" / "model.bin"
    assert path.read_text() == "whole"
    assert told == ["small: making it, which is done once", "small: writing"]
    assert shape_model("small", tmp_path / "new", told.append) == path
    assert making.times == 1
    assert [file.name for file in path.parent.parent.iterdir()] == ["small"]


@pytest.mark.parametrize("stopped", [KeyboardInterrupt(), ValueError("a mistake")])
def test_what_was_interrupted_leaves_nothing(making: Making, tmp_path: Path, stopped: BaseException) -> None:
    making.fails = stopped
    with pytest.raises(type(stopped)):
        shape_model("small", tmp_path)
    assert list(tmp_path.iterdir()) == []
    making.fails = None
    assert shape_model("small", tmp_path).read_text() == "whole"


def test_somebody_else_may_have_made_it_meanwhile(making: Making, tmp_path: Path) -> None:
    def race(_doing: str) -> None:
        (tmp_path / "small").mkdir(exist_ok=True)
        (tmp_path / "small" / "model.bin").write_text("theirs")

    assert shape_model("small", tmp_path, race).read_text() == "theirs"
    assert [file.name for file in tmp_path.iterdir()] == ["small"]


def test_what_cannot_be_made_is_said_in_one_sentence(making: Making, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no shape model 'large'; choose from small, huge, unmakeable"):
        shape_model("large", tmp_path)
    with pytest.raises(InputError, match=r"takes 1,000,000,000 MB and .* has [\d,]+; make room"):
        shape_model("huge", tmp_path)
    with pytest.raises(EngineUnavailable, match=r"the package no_such_package; .* pip install -e '\.\[recipe\]'"):
        shape_model("unmakeable", tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written to"):
        shape_model("small", tmp_path / "file")
    making.fails = OSError(28, "No space left on device")
    with pytest.raises(InputError, match="No space left"):
        shape_model("small", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_models_are_kept_in_the_user_s_cache(making: Making, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert shape_model("small") == tmp_path / "parley" / "shape" / "small" / "model.bin"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "parley" / "shape"


def test_the_names_that_are_known() -> None:
    assert set(models.shape.SHAPES) == {
        "whisper-tiny.en", "whisper-tiny.en-padded", "whisper-base.en", "whisper-base.en-padded", "qwen2.5-0.5b-q4_0", "llama-3.2-1b-q4_k_m", "piper-medium",
        "probe-whisper", "probe-q4_0", "probe-q4_k_m",
    }  # fmt: skip
