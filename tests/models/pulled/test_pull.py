"""A whole model: gathered beside its place, put there at once, kept from other processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.errors import InputError, ModelCorrupt, ModelMissing
from models.catalogue import RECEIPT, Catalogue, Kind
from models.hub import Hub
from models.installed import LLMS, damage, installed, located, main_path, receipt_of, required
from models.llama import LlamaEngine
from models.pull import LICENCE_NAME, allowed, pull
from models.staging import locked, remove
from tests.models.pulled.conftest import LICENCE, MADE_UP, NAME, WEIGHTS
from tests.models.pulled.hub_server import Fault, HubServer, sha256


def test_a_model_is_installed_with_its_receipt(hub: Hub, hub_server: HubServer, shelf: Catalogue, data_folder: Path) -> None:
    receipt = pull("voice-xx", shelf, hub, accepted=True)
    place = data_folder / "voice-xx"
    assert sorted(path.name for path in place.iterdir()) == [LICENCE_NAME, RECEIPT, "voice.onnx", "voice.onnx.json"]
    assert (place / "voice.onnx").read_bytes() == MADE_UP
    assert (place / LICENCE_NAME).read_bytes() == LICENCE
    assert installed() == {"voice-xx": receipt}
    assert receipt.commit == hub_server.commit
    assert receipt.accepted
    first = receipt.files[0]
    assert (first.name, first.sha256 == sha256(MADE_UP), first.verified) == ("voice.onnx", True, True)
    assert json.loads((place / RECEIPT).read_text())["licence"]["name"] == "The Kind Licence"
    assert damage(receipt) == []


def test_what_was_fetched_is_what_the_settings_mean(hub: Hub, shelf: Catalogue, own_catalogue: Path, data_folder: Path) -> None:
    pull(NAME, shelf, hub)
    path = located(Path(NAME), LLMS, "models.language_model", own_catalogue)
    assert path == data_folder / NAME / "starter.gguf"
    assert LlamaEngine(path, threads=1).threads == 1
    with pytest.raises(
        InputError, match=f"models.voices.es is '{NAME}', but that is a language model; it belongs into models.language_model"
    ):
        located(Path(NAME), (Kind.VOICE,), "models.voices.es", own_catalogue)


def test_any_other_path_is_a_path(own_catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.gguf").touch()
    for path in (Path("model.gguf"), Path("some/where"), Path("/nowhere")):
        assert located(path, LLMS, "models.language_model", own_catalogue) == path
    with pytest.raises(ModelMissing, match=f"fetch the model: parley models pull {NAME}"):
        located(Path(NAME), LLMS, "models.language_model", own_catalogue)
    with pytest.raises(ModelMissing, match="neither a model nor a file of that name; parley models list"):
        located(Path("no-such"), LLMS, "models.language_model", own_catalogue)


def test_what_is_there_is_not_fetched_again(hub: Hub, hub_server: HubServer, shelf: Catalogue) -> None:
    first = pull(NAME, shelf, hub)
    asked = len(hub_server.asked)
    assert pull(NAME, shelf, hub) == first
    assert len(hub_server.asked) == asked


def test_a_file_that_fails_leaves_what_came_and_installs_nothing(hub: Hub, hub_server: HubServer, shelf: Catalogue) -> None:
    bad = hub_server.files.pop("deep/er/voice.onnx.json")
    with pytest.raises(ModelMissing):
        pull("voice-xx", shelf, hub)
    assert receipt_of("voice-xx") is None
    hub_server.files["deep/er/voice.onnx.json"] = bad
    hub_server.asked.clear()
    pull("voice-xx", shelf, hub)
    assert [asked.path.rsplit("/", 1)[1] for asked in hub_server.asked] == ["voice.onnx.json", "LICENSE"]


def test_a_finished_file_that_was_changed_is_fetched_again(hub: Hub, hub_server: HubServer, shelf: Catalogue, data_folder: Path) -> None:
    stage = data_folder / ".voice-xx.part"
    stage.mkdir(parents=True)
    (stage / "voice.onnx").write_bytes(b"x" * len(MADE_UP))
    (stage / "rest-of-an-older-one").touch()
    pull("voice-xx", shelf, hub)
    assert (data_folder / "voice-xx" / "voice.onnx").read_bytes() == MADE_UP
    assert not (data_folder / "voice-xx" / "rest-of-an-older-one").exists()


def test_a_licence_text_that_is_missing_does_not_matter_here(hub: Hub, hub_server: HubServer, shelf: Catalogue) -> None:
    del hub_server.files["LICENSE"]
    assert [file.name for file in pull("voice-xx", shelf, hub).files] == ["voice.onnx", "voice.onnx.json"]


def test_unverified_files_are_taken_only_on_request(hub: Hub, shelf: Catalogue) -> None:
    with pytest.raises(InputError, match=r"Nobody has verified nobody-knows: what voice\.onnx should be"):
        allowed("nobody-knows", shelf, unverified=False)
    allowed("nobody-knows", shelf, unverified=True)
    kept = pull("nobody-knows", shelf, hub).files[0]
    assert (kept.sha256, kept.verified) == (sha256(MADE_UP), False)


def test_no_room_is_said_before_anything_is_fetched(hub: Hub, hub_server: HubServer, shelf: Catalogue) -> None:
    with pytest.raises(InputError, match=r"17 MB are to come, and .* has 50 MB of room; make room"):
        pull(NAME, shelf, hub, free=lambda _: 50_000_000)
    assert hub_server.asked == []


def test_what_has_come_already_needs_no_room(hub: Hub, shelf: Catalogue, data_folder: Path) -> None:
    stage = data_folder / f".{NAME}.part"
    stage.mkdir(parents=True)
    (stage / "starter.gguf.part").write_bytes(WEIGHTS[:-1000])
    pull(NAME, shelf, hub, free=lambda _: (64 << 20) + 1000)


def test_an_older_model_gives_way_at_once(
    hub: Hub, hub_server: HubServer, shelf: Catalogue, own_catalogue: Path, data_folder: Path
) -> None:
    from models.catalogue import catalogue

    pull("voice-xx", shelf, hub)
    newer = MADE_UP[::-1]
    hub_server.files["deep/er/voice.onnx"] = newer
    own_catalogue.write_text(own_catalogue.read_text().replace(sha256(MADE_UP), sha256(newer)))
    pull("voice-xx", catalogue(own_catalogue), hub)
    assert (data_folder / "voice-xx" / "voice.onnx").read_bytes() == newer
    assert [path.name for path in data_folder.iterdir() if path.is_dir()] == ["voice-xx"]


@pytest.mark.parametrize("moved_in", [False, True])
def test_an_exchange_that_was_cut_off_is_mended(hub: Hub, shelf: Catalogue, data_folder: Path, moved_in: bool) -> None:
    pull(NAME, shelf, hub)
    (shutil.copytree if moved_in else shutil.move)(str(data_folder / NAME), str(data_folder / f".{NAME}.old"))
    pull(NAME, shelf, hub)
    assert damage(required(NAME)) == []
    assert not (data_folder / f".{NAME}.old").exists()


def test_damage_is_found(hub: Hub, shelf: Catalogue, data_folder: Path) -> None:
    receipt = pull("voice-xx", shelf, hub)
    changed = MADE_UP[:-1] + bytes([MADE_UP[-1] ^ 1])
    (data_folder / "voice-xx" / "voice.onnx").write_bytes(changed)
    (data_folder / "voice-xx" / "voice.onnx.json").unlink()
    wrong = damage(receipt)
    assert wrong == [f"voice.onnx has the SHA-256 {sha256(changed)}, not {sha256(MADE_UP)}", "voice.onnx.json is missing"]
    (data_folder / "voice-xx" / RECEIPT).write_text("{")
    with pytest.raises(ModelCorrupt, match="parley models remove voice-xx"):
        installed()
    remove("voice-xx")
    assert installed() == {}


def test_removing_takes_parts_along(hub: Hub, hub_server: HubServer, shelf: Catalogue, data_folder: Path) -> None:
    del hub_server.files["deep/er/voice.onnx.json"]
    with pytest.raises(ModelMissing):
        pull("voice-xx", shelf, hub)
    assert remove("voice-xx") == len(MADE_UP)
    assert [path for path in data_folder.iterdir() if path.is_dir()] == []
    for name in ("voice-xx", "..", "../../x", ""):
        with pytest.raises(InputError, match="not installed"):
            remove(name)


PULL = """
import sys
from pathlib import Path
from models.catalogue import catalogue
from models.hub import Hub
from models.pull import pull
pull(sys.argv[1], catalogue(Path(sys.argv[2])), Hub(sys.argv[3]))
"""


def start(own_catalogue: Path, hub_server: HubServer) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", PULL, NAME, str(own_catalogue), hub_server.url]
    return subprocess.Popen(command, cwd=Path(__file__).parents[3], env=dict(os.environ), stderr=subprocess.PIPE)


def test_two_at_once_do_not_meet(hub_server: HubServer, hub: Hub, shelf: Catalogue, own_catalogue: Path) -> None:
    hub_server.faults = [Fault(stall_after=1_000_000)]
    with start(own_catalogue, hub_server) as other:
        assert hub_server.begun.wait(60)
        with pytest.raises(InputError, match=rf"Another Parley \(process {other.pid}\) is at work on {NAME}; wait"):
            pull(NAME, shelf, hub)
        with pytest.raises(InputError, match="Another Parley"):
            remove(NAME)
        hub_server.released.set()
        assert other.wait(60) == 0
    assert pull(NAME, shelf, hub).name == NAME
    with locked(NAME):
        pass


def test_who_is_killed_goes_on(hub_server: HubServer, hub: Hub, shelf: Catalogue, own_catalogue: Path, data_folder: Path) -> None:
    hub_server.faults = [Fault(stall_after=2_000_000)]
    part = data_folder / f".{NAME}.part" / "starter.gguf.part"
    with start(own_catalogue, hub_server) as other:
        assert hub_server.begun.wait(60)
        while not part.exists() or part.stat().st_size < 2_000_000:
            assert other.poll() is None
        other.send_signal(signal.SIGKILL)
        other.wait()
    pull(NAME, shelf, hub)
    assert hub_server.asked[-1].range == "bytes=2000000-"
    assert main_path(required(NAME)).read_bytes() == WEIGHTS
