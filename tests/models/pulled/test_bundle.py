"""Models carried in one archive: what comes out is what went in, and nothing else ever."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.errors import InputError, ModelCorrupt
from models.bundle import LICENCES, LIST, bundle, contents, unbundle
from models.catalogue import Catalogue, catalogue
from models.contents import trusted
from models.hub import Hub
from models.installed import damage, installed, required
from models.own_files import bring, matched
from models.pull import LICENCE_NAME, pull
from models.staging import remove
from tests.models.pulled.conftest import LICENCE, MADE_UP, TURN
from tests.models.pulled.hub_server import HubServer, sha256

NAME, SMALL = "tiny-turn", "voice-xx"


@pytest.fixture
def packed(hub: Hub, shelf: Catalogue, tmp_path: Path) -> Path:
    receipts = [pull(name, shelf, hub, accepted=True) for name in (NAME, SMALL)]
    bundle(receipts, tmp_path / "models.tar")
    for name in (NAME, SMALL):
        remove(name)
    return tmp_path / "models.tar"


def brought_in(path: Path, shelf: Catalogue, *, unverified: bool = False) -> None:
    held = contents(path)
    assert held is not None
    unbundle(path, trusted(held, shelf, unverified=unverified))


def test_what_comes_out_is_what_went_in(packed: Path, shelf: Catalogue, data_folder: Path) -> None:
    brought_in(packed, shelf)
    assert set(installed()) == {NAME, SMALL}
    assert (data_folder / NAME / "turn.onnx").read_bytes() == TURN
    assert (data_folder / SMALL / LICENCE_NAME).read_bytes() == LICENCE
    assert damage(required(NAME)) == damage(required(SMALL)) == []


def test_it_says_what_the_licences_ask_for(packed: Path) -> None:
    with tarfile.open(packed) as tar:
        assert tar.getnames()[:2] == [LIST, LICENCES]
        data = tar.extractfile(LICENCES)
        assert data is not None
        text = data.read().decode()
    assert "Licence: The Kind Licence, https://example.org/kind" in text
    assert "What it asks for: Be kind." in text
    assert "has to be accepted where the model is imported" in text
    assert f"Its text: {SMALL}/{LICENCE_NAME}" in text
    assert f"| turn.onnx | {len(TURN):,} | {sha256(TURN)} | yes |" in text


def test_a_licence_that_must_go_along_and_is_not_there(hub: Hub, hub_server: HubServer, shelf: Catalogue, tmp_path: Path) -> None:
    del hub_server.files["LICENSE"]
    receipt = pull(SMALL, shelf, hub)
    with pytest.raises(InputError, match="has to go with every copy"):
        bundle([receipt], tmp_path / "x.tar")
    assert not list(tmp_path.glob("x.tar*"))


@pytest.mark.parametrize("change", [b"", b"!" * len(MADE_UP)])
def test_a_damaged_file_is_not_bundled(hub: Hub, shelf: Catalogue, data_folder: Path, tmp_path: Path, change: bytes) -> None:
    receipt = pull(SMALL, shelf, hub)
    (data_folder / SMALL / "voice.onnx").write_bytes(change)
    with pytest.raises(ModelCorrupt, match=r"voice\.onnx of voice-xx is not what it was"):
        bundle([receipt], tmp_path / "x.tar")
    assert not list(tmp_path.glob("x.tar*"))


Change = Callable[[tarfile.TarInfo, bytes], list[tuple[tarfile.TarInfo, bytes]]]


def changed(path: Path, change: Change) -> Path:
    """Write the bundle again with each member as `change` returns it."""
    out = path.with_name("changed.tar")
    with tarfile.open(path) as old, tarfile.open(out, "w") as new:
        for member in old:
            data = old.extractfile(member)
            assert data is not None
            for info, content in change(member, data.read()):
                new.addfile(info, io.BytesIO(content))
    return out


def info(name: str, size: int, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname = size, kind, target
    return member


VOICE = f"{SMALL}/voice.onnx"


@pytest.mark.parametrize(
    "instead",
    [
        info(VOICE, 0, tarfile.SYMTYPE, "/etc/passwd"),
        info(VOICE, 0, tarfile.LNKTYPE, f"{NAME}/turn.onnx"),
        info(VOICE, 0, tarfile.DIRTYPE),
        info(VOICE, 0, tarfile.FIFOTYPE),
        info(f"../{VOICE}", len(MADE_UP)),
        info(f"/{VOICE}", len(MADE_UP)),
        info(f"{SMALL}/../voice.onnx", len(MADE_UP)),
        info(VOICE, len(MADE_UP) - 1),
    ],
    ids=["symlink", "hard link", "folder", "pipe", "above", "absolute", "above inside", "another size"],
)
def test_anything_else_than_the_list_says_is_refused(packed: Path, shelf: Catalogue, data_folder: Path, instead: tarfile.TarInfo) -> None:
    bad = changed(
        packed,
        lambda member, data: (
            [(instead, data[: instead.size]), (info("rest", len(data)), data)] if member.name == VOICE else [(member, data)]
        ),
    )
    before = {path for path in packed.parent.rglob("*") if data_folder not in path.parents}
    with pytest.raises(InputError, match="has something else where voice-xx"):
        brought_in(bad, shelf)
    assert SMALL not in installed()
    assert {path for path in packed.parent.rglob("*") if data_folder not in path.parents} == before


def test_something_between_is_refused(packed: Path, shelf: Catalogue) -> None:
    bad = changed(packed, lambda member, data: [(info("more", 3), b"abc"), (member, data)] if member.name == VOICE else [(member, data)])
    with pytest.raises(InputError, match="something else"):
        brought_in(bad, shelf)


def test_a_wrong_bit_is_found_and_both_hashes_are_told(packed: Path, shelf: Catalogue, data_folder: Path) -> None:
    wrong = bytes([MADE_UP[0] ^ 1]) + MADE_UP[1:]
    bad = changed(packed, lambda member, data: [(member, wrong if member.name == VOICE else data)])
    with pytest.raises(ModelCorrupt, match=f"SHA-256 is {sha256(wrong)}, not {sha256(MADE_UP)}"):
        brought_in(bad, shelf)
    assert set(installed()) == {NAME}
    assert not (data_folder / f".{SMALL}.part" / "voice.onnx").exists()


def test_the_list_does_not_vouch_for_itself(packed: Path, shelf: Catalogue) -> None:
    """Somebody changes a file and the list with it: our own catalogue knows better."""
    wrong = MADE_UP[::-1]

    def change(member: tarfile.TarInfo, data: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        data = wrong if member.name == VOICE else data.replace(sha256(MADE_UP).encode(), sha256(wrong).encode())
        return [(member, data)]

    with pytest.raises(InputError, match="is not the model of the catalogue"):
        brought_in(changed(packed, change), shelf, unverified=True)


def test_a_model_that_we_do_not_know_needs_trust(packed: Path) -> None:
    with pytest.raises(InputError, match=f"Nobody has verified {NAME}; if you trust whoever made the bundle"):
        brought_in(packed, catalogue())
    brought_in(packed, catalogue(), unverified=True)
    assert set(installed()) == {NAME, SMALL}


def in_list(old: bytes, new: bytes) -> Change:
    def change(member: tarfile.TarInfo, data: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        if member.name == LIST:
            assert old in data
            data = data.replace(old, new)
            member.size = len(data)
        return [(member, data)]

    return change


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"name": "voice-xx"', b'"name": "../voice-xx"'),
        (b'"name": "voice-xx"', b'"name": ".ssh"'),
        (b'"name": "voice.onnx",', b'"name": "../../voice.onnx",'),
        (b'"name": "voice.onnx",', b'"name": "parley.json",'),
        (b'"bundle": 1', b'"bundle": 2'),
        (b'"name": "voice-xx"', b'"name": "tiny-turn"'),
    ],
)
def test_a_list_with_other_names_is_refused(packed: Path, old: bytes, new: bytes) -> None:
    with pytest.raises(InputError, match=r"The list of the bundle .* is damaged"):
        contents(changed(packed, in_list(old, new)))


def test_more_than_it_has_is_refused_beforehand(packed: Path) -> None:
    with pytest.raises(InputError, match="lists more bytes than it has"):
        contents(changed(packed, in_list(f'"bytes": {len(MADE_UP)}'.encode(), b'"bytes": 900000000000')))


def test_no_room(packed: Path, shelf: Catalogue) -> None:
    held = contents(packed)
    assert held is not None
    with pytest.raises(InputError, match="make room"):
        unbundle(packed, held, free=lambda _: 0)


def test_a_cut_bundle(packed: Path, shelf: Catalogue) -> None:
    os.truncate(packed, packed.stat().st_size - len(MADE_UP) - 40_000)
    with pytest.raises(InputError, match=r"lists more bytes|is damaged|something else"):
        brought_in(packed, shelf)
    assert SMALL not in installed()


@pytest.mark.parametrize("data", [b"", b"GGUF" * 1000, b"\x1f\x8b" + b"x" * 2000])
def test_other_files_are_no_bundles(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    assert contents(tmp_path / "x") is None


def test_a_file_is_known_by_its_hash(shelf: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "any-name.bin"
    path.write_bytes(TURN)
    name, found = matched([path], shelf)
    receipt = bring(name, found, shelf, accepted=False)
    assert (receipt.name, receipt.files[0].name, receipt.files[0].verified) == (NAME, "turn.onnx", True)
    assert damage(receipt) == []
    assert path.exists()


def test_files_that_are_no_model_or_not_all_of_one(shelf: Catalogue, tmp_path: Path) -> None:
    voice, other = tmp_path / "voice.onnx", tmp_path / "voice.onnx.json"
    voice.write_bytes(MADE_UP)
    other.write_bytes(b"{} ")
    with pytest.raises(InputError, match=r"Of voice-xx, voice\.onnx\.json is not among the files; name all"):
        matched([voice], shelf)
    with pytest.raises(InputError, match=rf"\(voice\.onnx\.json has the SHA-256 {sha256(b'{} ')}, not {sha256(b'{}' * 100)}\)"):
        matched([voice, other], shelf, SMALL)
    with pytest.raises(InputError, match=f"knows no file with the SHA-256 of .*{sha256(b'{} ')}; name its path in the settings"):
        matched([other], shelf)
    with pytest.raises(InputError, match="is a folder"):
        matched([tmp_path], shelf)
    with pytest.raises(InputError, match="There is no file"):
        matched([tmp_path / "none"], shelf)


def test_a_file_without_a_hash_is_taken_by_its_name(shelf: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "voice.onnx"
    path.write_bytes(MADE_UP[::-1])
    with pytest.raises(InputError, match="knows no file"):
        matched([path], shelf)
    name, found = matched([path], shelf, "nobody-knows")
    assert not bring(name, found, shelf, accepted=False).files[0].verified
