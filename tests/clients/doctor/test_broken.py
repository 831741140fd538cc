"""Each thing that may be broken, really broken: the probe says which, and what to do."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.errors import ParleyError
from clients.doctor.finding import Finding
from clients.doctor.probes import disk, models
from models import starter
from server.store.database import Database
from tests.clients.desktop.virtual_sound import COMMAND, ROOT, until
from tests.clients.doctor.conftest import Probed


def one(findings: list[Finding], verdict: str, *parts: str) -> Finding:
    """Return the only finding with this verdict; it has these parts, and says what to do."""
    (found,) = [finding for finding in findings if finding.verdict == verdict]
    for part in parts:
        assert part in found.sentence
    assert found.remedy
    return found


def test_a_machine_where_all_is_well(probed: Probed, tmp_path: Path) -> None:
    for name in ("versions", "settings", "models", "conversations", "clock"):
        assert {finding.verdict for finding in probed(name)} == {"ok"}, name
    assert "every byte as shipped" in probed("models")[0].sentence
    assert str(tmp_path) in probed("settings")[0].sentence
    assert {finding.about for finding in probed("machine")} >= {"Processor", "Instruction sets", "Memory"}


def test_the_build_of_llama_cpp_is_this_processors(probed: Probed) -> None:
    (finding,) = probed("build")
    assert finding.verdict in ("ok", "warning")
    assert finding.values["used"]


@pytest.mark.parametrize("name", ["detectors", "recognizers", "language_model", "voices"])
def test_engines_are_tried(probed: Probed, name: str) -> None:
    findings = probed(name)
    assert findings
    for finding in findings:
        assert finding.verdict in ("ok", "warning"), finding  # a busy machine may be too slow
        assert finding.values["load_s"] > 0
        assert finding.values["work_s"] > 0


def test_a_mistake_in_the_settings(probed: Probed, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[endpoint]\nend_s = -1\n")
    found = one(probed("settings", settings=file), "problem", f"{file}, line 2, endpoint.end_s", "-1")
    assert found.values["code"] == "invalid_settings"
    assert {finding.verdict for finding in probed("models", settings=file)} == {"ok"}  # looks at what is there by default
    file.write_text("[endpoint\n")
    one(probed("settings", settings=file), "problem", "is no TOML")
    one(probed("settings", settings=tmp_path / "none.toml"), "problem", "no settings file")
    one(probed("settings", f"glossary={tmp_path / 'terms.toml'}"), "problem", "There is no glossary")


def test_what_is_set_is_told(probed: Probed, home: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[endpoint]\nend_s = 0.5\n[server]\nport = 9000\n")
    (found,) = probed("settings", "server.keep_days=0", settings=file, environment=home | {"PARLEY_ENDPOINT__MOST_S": "1.5"})
    assert found.verdict == "ok"
    assert found.values["changed"] == {"endpoint.end_s": 0.5, "endpoint.most_s": 1.5, "server.port": 9000, "server.keep_days": 0.0}
    assert "endpoint.end_s = 0.5, endpoint.most_s = 1.5 (by PARLEY_ENDPOINT__MOST_S)" in found.sentence
    assert "server.keep_days = 0 (by --set)" in found.sentence


def test_a_starter_model_with_a_wrong_byte(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "starter"
    shutil.copytree(starter.FOLDER, folder, ignore=shutil.ignore_patterns("recipe", "voice-tiny", "*.py"))
    damaged, missing = folder / "asr-es" / "model.bin", folder / "voice-en" / "voice.onnx.json"
    data = bytearray(damaged.read_bytes())
    data[1000] ^= 1
    damaged.write_bytes(data)
    missing.unlink()
    monkeypatch.setattr(starter.verified, "__defaults__", (folder,))
    seen = models.Models(list(models._starter()), [])
    findings = models.judge(seen)
    assert [(finding.about, str(finding.verdict)) for finding in findings] == [
        ("Starter models", "ok"), ("asr-es", "problem"), ("voice-en", "problem"),
    ]  # fmt: skip
    assert str(damaged) in findings[1].sentence
    assert "SHA-256" in findings[1].sentence
    assert str(missing) in findings[2].sentence
    assert all("git restore" in finding.remedy for finding in findings[1:])


WHISPER = "models.recognizers.en"


@pytest.mark.parametrize(
    ("key", "files", "words"),
    [
        (WHISPER, {}, "is not there"),
        (WHISPER, {"m": b""}, "is no folder"),
        (WHISPER, {"m/config.json": b"{}"}, "has no model.bin"),
        (WHISPER, {"m/model.bin": b"x"}, "has no config.json"),
        (WHISPER, {"m/model.bin": b"x", "m/config.json": b"{}", "m/tokenizer.json": b"{}"}, "has no vocabulary.json"),
        (WHISPER, {"m/model.bin": b"x", "m/config.json": b"{}", "m/tokenizer.json": b"{}", "m/vocabulary.txt": b""}, "holds no Whisper"),
        ("models.language_model", {"m": b"PK\x03\x04"}, "is no GGUF file"),
        ("models.language_model", {"m/x": b""}, "cannot be read"),
        ("models.voices.es", {"m": b"\x08\x08"}, "has no m.json beside it"),
        ("models.voices.es", {"m": b"\x08\x08", "m.json": b"{}"}, "tells no audio.sample_rate"),
        ("models.voices.es", {"m": b"<html>", "m.json": b'{"audio": {"sample_rate": 22050}}'}, "is no ONNX file"),
        ("models.turn_detector", {"m": b"<html>"}, "is no ONNX file"),
    ],
)
def test_a_model_of_ones_own_that_is_none(probed: Probed, tmp_path: Path, key: str, files: dict[str, bytes], words: str) -> None:
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    found = one(probed("models", f"{key}={tmp_path / 'm'}"), "problem", str(tmp_path / "m"), words)
    assert found.about == key
    assert key in found.remedy


def test_models_of_ones_own_that_are_right(probed: Probed) -> None:
    flags = [
        f"models.recognizers.en={starter.FOLDER / 'asr-en'}", f"models.voices.es={starter.FOLDER / 'voice-en' / 'voice.onnx'}",
        f"models.language_model={starter.FOLDER / starter.STARTER.language_model}",
    ]  # fmt: skip
    findings = probed("models", *flags)
    assert {finding.verdict for finding in findings} == {"ok"}
    assert len(findings) == 4


def test_engines_of_models_that_are_none(probed: Probed, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(b"GGUF, but not really")
    found = one(probed("language_model", f"models.language_model={tmp_path / 'm'}"), "problem", "cannot be loaded", str(tmp_path / "m"))
    assert found.values["code"] == "engine_unavailable"
    findings = probed("recognizers", f"models.recognizers.en={tmp_path}")
    assert [(finding.about, finding.verdict == "problem") for finding in findings] == [("recognizer en", True), ("recognizer es", False)]


def test_a_port_that_is_taken(probed: Probed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = one(probed("ports", f"server.port={port}"), "problem", f"Port {port} of 127.0.0.1", "in use")
        assert "--port" in found.remedy
    (found,) = probed("ports", f"server.port={port}")
    assert found.verdict == "ok"
    one(probed("ports", "server.host=192.0.2.1"), "problem", "192.0.2.1 cannot be opened")


def test_a_port_that_parley_itself_has(probed: Probed, home: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    errors = tmp_path / "stderr"
    with errors.open("w") as told, subprocess.Popen([*COMMAND, "serve", "--port", str(port)], cwd=ROOT, env=home, stderr=told) as server:
        try:
            until(lambda: "Parley listens" in errors.read_text(), "the server listens")
            (found,) = probed("ports", f"server.port={port}")
        finally:
            server.terminate()
    assert found.verdict == "ok"
    assert "runs now" in found.sentence


def test_a_place_where_nothing_can_be_written(probed: Probed, home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    findings = probed("disk", environment=home | {"XDG_STATE_HOME": str(tmp_path / "file")})
    found = one(findings, "problem", f"{tmp_path}/file is no folder")
    assert (found.about, "XDG_STATE_HOME" in found.remedy) == ("Conversations", True)


def test_a_folder_that_only_reads(tmp_path: Path) -> None:
    folder = tmp_path / "parley"
    folder.mkdir()
    assert disk.place("Conversations", folder).refused == ""
    assert list(folder.iterdir()) == []
    folder.chmod(0o500)
    assert bool(disk.place("Conversations", folder).refused) == (os.geteuid() != 0)  # root may write anywhere
    assert disk.place("Conversations", Path("/proc")).refused  # but there


def test_a_disk_without_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(**_: object) -> object:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(disk.tempfile, "TemporaryFile", full)
    found = one(disk.judge([disk.place("Conversations", tmp_path)]), "problem", "No space left on device", str(tmp_path))
    assert found.values["free_bytes"] == 0


def damaged_database(file: Path) -> None:
    """Make one whose pages are mixed up."""
    database = Database(file)
    many = [("INSERT INTO sessions VALUES (?, '', 'm', ?, '[]', 0, 0)", (str(n), "x" * 500)) for n in range(200)]
    database.write(many)
    database.close()
    data = bytearray(file.read_bytes())
    data[4096 * 8 : 4096 * 12] = os.urandom(4096 * 4)
    file.write_bytes(data)


def test_conversations_that_are_damaged(probed: Probed, home: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "parley" / "conversations.db"
    environment = home | {"XDG_STATE_HOME": str(tmp_path)}
    Database(file).close()
    (found,) = probed("conversations", environment=environment)
    assert (found.verdict, found.values["conversations"]) == ("ok", 0)
    file.chmod(0o644)
    assert "chmod 600" in one(probed("conversations", environment=environment), "warning", "others on this machine").remedy
    file.unlink()
    damaged_database(file)
    one(probed("conversations", environment=environment), "problem", "is damaged")
    file.write_text("These are words, and no database at all. " * 100)
    one(probed("conversations", environment=environment), "problem", "not a database")
    file.unlink()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE cats (name TEXT)")
    other.close()
    one(probed("conversations", environment=environment), "problem", "another program's")


def test_the_file_of_conversations_is_not_changed(probed: Probed, home: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "parley" / "conversations.db"
    server = Database(file)  # it runs, and has just written
    server.write([("INSERT INTO sessions VALUES ('a', '', 'm', '{}', '[]', 0, 0)", ())])
    before = file.read_bytes()
    (found,) = probed("conversations", environment=home | {"XDG_STATE_HOME": str(tmp_path)})
    assert (found.verdict, found.values["conversations"]) == ("ok", 1)
    assert file.read_bytes() == before
    server.close()


def test_an_error_of_parleys_own_is_a_finding() -> None:
    from clients.doctor.isolated import examine
    from clients.doctor.probe import Given, Probe

    def look(_: Given) -> None:
        raise ParleyError("It is broken; mend it.")

    (found,) = examine(Probe("Thing", 1, look, lambda _: []), Given())
    assert (found.about, found.sentence, found.remedy) == ("Thing", "It is broken.", "Mend it.")


def test_every_finding_of_a_process_is_json() -> None:
    ran = subprocess.run([sys.executable, "-m", "clients.doctor.isolated", "machine"], cwd=ROOT, input=json.dumps({"path": None, "flags": []}),
                         capture_output=True, text=True, check=True)  # fmt: skip
    assert {each["verdict"] for each in json.loads(ran.stdout)} <= {"ok", "warning", "problem"}
