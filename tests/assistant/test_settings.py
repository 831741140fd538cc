"""Precedence, and for every kind of mistake: the place it came from, the value, and what is allowed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import SettingsError
from assistant.settings import Settings, default_path, read_settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in [name for name in os.environ if name.upper().startswith("PARLEY_")]:
        monkeypatch.delenv(name)


def file(text: str) -> Path:
    """Write the file that is read if nobody names another."""
    default_path().parent.mkdir(exist_ok=True)
    default_path().write_text(text)
    return default_path()


def refusal(*flags: str, path: Path | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(path, flags)
    assert str(caught.value).endswith(".")
    return str(caught.value)


def test_nothing_is_set() -> None:
    assert read_settings().model_dump() == Settings().model_dump()
    assert Settings().endpoint.end_s == 0.4


def test_a_flag_wins_over_a_variable_and_that_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    file('microphone = "file"\nspeaker = "file"\ninterrupts = true\n[endpoint]\npause_s = 0.11\nend_s = 0.51\n')
    monkeypatch.setenv("PARLEY_SPEAKER", "variable")
    monkeypatch.setenv("PARLEY_MICROPHONE", "variable")
    monkeypatch.setenv("PARLEY_ENDPOINT__END_S", "0.52")
    settings = read_settings(flags=["microphone=flag"])
    assert (settings.microphone, settings.speaker, settings.interrupts) == ("flag", "variable", True)
    assert (settings.endpoint.pause_s, settings.endpoint.end_s) == (0.11, 0.52)
    assert read_settings(flags=["endpoint.end_s=0.53"]).endpoint.end_s == 0.53


def test_maps_are_filled_from_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    file('[models.voices]\nen = "/en"\n')
    monkeypatch.setenv("PARLEY_MODELS__VOICES__ES", "/es")
    assert read_settings(flags=["models.voices.fr=/fr"]).models.voices == {"en": Path("/en"), "es": Path("/es"), "fr": Path("/fr")}


def test_a_device_by_number() -> None:
    file("microphone = 3\n")
    assert read_settings(flags=["speaker=4"]).microphone == "3"


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    assert "There is no settings file" in refusal(path=tmp_path / "none.toml")
    assert "cannot be read" in refusal(path=tmp_path)
    (tmp_path / "latin").write_bytes(b"microphone = '\xe9'")
    assert "cannot be read" in refusal(path=tmp_path / "latin")


@pytest.mark.parametrize(
    ("flags", "parts"),
    [
        (["nothing"], ["'nothing' sets nothing", "key=value"]),
        (["=1"], ["'=1' sets nothing"]),
        (["endpoint..end_s=1"], ["sets nothing"]),
        (["colour=red"], ["--set colour: there is no key 'colour'", "microphone, speaker"]),
        (["endpoint.end=1"], ["--set endpoint.end: there is no key 'end'", "pause_s, least_s, end_s"]),
        (["endpoint.end_s=soon"], ["--set endpoint.end_s: 'soon'", "valid number"]),
        (["endpoint.end_s=99"], ["--set endpoint.end_s: '99'", "less than or equal to 5"]),
        (["endpoint=1"], ["--set endpoint: '1'", "keys of its own: pause_s, least_s, end_s"]),
        (["endpoint=1", "endpoint.end_s=2"], ["--set endpoint.end_s=2 contradicts another --set", "leave one out"]),
        (["endpoint.end_s=2", "endpoint=1"], ["--set endpoint=1 contradicts another --set"]),
        (["a=1", "a.b.c=2"], ["--set a.b.c=2 contradicts"]),
        (["endpoint.end_s.x=1"], ["--set endpoint.end_s.x"]),
        (["models.voices=x"], ["--set models.voices: 'x'", "models.voices.en"]),
        (["models.voices.en.x=1"], ["--set models.voices.en.x", "a path as text"]),
        (["endpoint.least_s=1"], ["--set endpoint.least_s: least_s, end_s and most_s must grow, not 1, 0.4 and 1.2"]),
        (["endpoint.end_s=0.1"], ["--set endpoint.end_s: least_s, end_s and most_s must grow, not 0.2, 0.1 and 1.2"]),
    ],
)
def test_wrong_flags(flags: list[str], parts: list[str]) -> None:
    found = refusal(*flags)
    for part in parts:
        assert part in found


@pytest.mark.parametrize(
    ("name", "value", "parts"),
    [
        ("PARLEY_ENDPOINT__END_S", "-1", ["'-1'", "greater than or equal to 0.1"]),
        ("PARLEY_ENDPOINT__END_S", "", ["''", "valid number"]),
        ("parley_endpoint__end_s", "99", ["'99'"]),
        ("PARLEY_ENDPOINT__LEAST_S", "1", ["least_s, end_s and most_s must grow"]),
        ("PARLEY_ENDPOINT__FOO", "1", ["no key 'foo'", "pause_s, least_s, end_s"]),
        ("PARLEY_ENDPOINT", "1", ["'1'", "pause_s, least_s, end_s"]),
        ("PARLEY_MODELS", "abc", ["'abc'", "recognizers, language_model"]),
        ("PARLEY_MODELS", "[1]", ["'[1]'"]),
        ("PARLEY_MODELS__VOICES", "abc", ["'abc'", "models.voices.en"]),
        ("PARLEY_MODELS__VOICES__EN__X", "abc", ["a path as text"]),
        ("PARLEY_ENDPOINT__END_S__X", "1", ["valid number"]),
        ("PARLEY_INTERRUPTS", "perhaps", ["'perhaps'", "valid boolean"]),
    ],
)
def test_wrong_variables(monkeypatch: pytest.MonkeyPatch, name: str, value: str, parts: list[str]) -> None:
    monkeypatch.setenv(name, value)
    found = refusal()
    assert found.startswith(f"The environment variable {name}: ")
    for part in parts:
        assert part in found


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ('speaker = "x"\n\n[endpoint]\nend_s = "soon"\n', 4, ["endpoint.end_s: 'soon'", "valid number"]),
        ("[endpoint]\nend = 1\n", 2, ["no key 'end'", "pause_s, least_s, end_s"]),
        ("colour = 1\n", 1, ["no key 'colour'"]),
        ("# one\nendpoint = 1\n", 2, ["endpoint: 1", "pause_s, least_s, end_s"]),
        ("# one\nendpoint = { end_s = 9 }\n", 2, ["endpoint.end_s: 9"]),
        ("endpoint.pause_s = 0.1\nendpoint.end_s = 9\n", 2, ["endpoint.end_s: 9"]),
        ("# one\n[endpoint]\nleast_s = 0.3\nend_s = 0.25\n", 2, ["least_s, end_s and most_s must grow, not 0.3, 0.25"]),
        ("[models]\n'threads' = 0\n", 2, ["models.threads: 0"]),
        ("[models]\nthreads = 1\n[models.voices]\nen = 3\n", 4, ["models.voices.en: 3", "a path as text"]),
        ("[models]\nvoices = 3\n", 2, ["models.voices: 3", "models.voices.en"]),
    ],
)
def test_wrong_files(text: str, line: int, parts: list[str]) -> None:
    path = file(text)
    found = refusal()
    assert found.startswith(f"{path}, line {line}, ")
    for part in parts:
        assert part in found


def test_no_toml() -> None:
    path = file("a = = 1\n")
    assert f"{path} is no TOML" in refusal()
    assert "line 1" in refusal()


def test_the_place_is_the_one_that_won(monkeypatch: pytest.MonkeyPatch) -> None:
    file("[endpoint]\nend_s = 9\n")
    monkeypatch.setenv("PARLEY_ENDPOINT__END_S", "8")
    assert refusal().startswith("The environment variable PARLEY_ENDPOINT__END_S: '8'")
    assert refusal("endpoint.end_s=7").startswith("--set endpoint.end_s: '7'")
    assert read_settings(flags=["endpoint.end_s=0.9"]).endpoint.end_s == 0.9


_part = st.sampled_from(["endpoint", "models", "voices", "en", "end_s", "pause_s", "threads", "interrupts", "x", ""])
_key = st.lists(_part, max_size=4)
_value = st.sampled_from(["", "1", "0.3", "x", "{}", "[1]", '{"en": 1}', "null", "true"])


@given(flags=st.lists(st.tuples(_key, _value), max_size=3), variables=st.lists(st.tuples(_key, _value), max_size=3))
def test_anything_gives_settings_or_a_sentence(flags: list[tuple[list[str], str]], variables: list[tuple[list[str], str]]) -> None:
    found = "."
    with pytest.MonkeyPatch.context() as patch:
        for keys, value in variables:
            patch.setenv("PARLEY_" + "__".join(keys).upper(), value)
        try:
            read_settings(flags=[f"{'.'.join(keys)}={value}" for keys, value in flags])
        except SettingsError as error:
            found = str(error)
    assert found.endswith(".")
    assert "settings.toml" not in found  # nobody wrote one


def test_a_key_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[key]\nvalue = "sk-secret"\n')
    with pytest.raises(SettingsError, match="that is no key, which is text in quotes") as wrong:
        read_settings(file)
    assert "sk-secret" not in str(wrong.value)
    file.write_text('key = "sk-secret"\n')
    settings = read_settings(file)
    assert settings.key is not None
    assert settings.key.get_secret_value() == "sk-secret"
    assert "sk-secret" not in repr(settings) + settings.model_dump_json()
    monkeypatch.setenv("PARLEY_KEY", "sk-other")
    key = read_settings(file).key
    assert key is not None
    assert key.get_secret_value() == "sk-other"
