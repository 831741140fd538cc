"""One file, whatever goes wrong on its way: what is in its place is right, or nothing is."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.errors import InputError, ModelCorrupt, ModelMissing, ParleyError
from models import download as module
from models.catalogue import File
from models.download import Arrived, download
from models.hub import Hub
from tests.models.pulled.conftest import MADE_UP
from tests.models.pulled.hub_server import Fault, HubServer, serving, sha256

FILE = File(path="deep/er/voice.onnx", bytes=len(MADE_UP), sha256=sha256(MADE_UP))
REVISION = "main"


class Fetch:
    def __init__(self, hub: Hub, target: Path) -> None:
        self.hub, self.target, self.waited = hub, target, list[float]()

    def __call__(self, file: File = FILE) -> Arrived:
        return download(self.hub, "parley/voices", REVISION, file, self.target, wait=self.waited.append)

    @property
    def part(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part")

    def is_right(self) -> bool:
        left = [path.name for path in self.target.parent.iterdir()]
        return self.target.read_bytes() == MADE_UP and left == [self.target.name]


@pytest.fixture
def fetch(hub: Hub, tmp_path: Path) -> Fetch:
    return Fetch(hub, tmp_path / "files" / "voice.onnx")


def test_a_file_comes(fetch: Fetch, hub_server: HubServer) -> None:
    seen: list[int] = []
    arrived = download(fetch.hub, "parley/voices", REVISION, FILE, fetch.target, told=seen.append)
    assert arrived == Arrived(len(MADE_UP), sha256(MADE_UP), hub_server.commit)
    assert fetch.is_right()
    assert seen[0] == 0
    assert seen[-1] == len(MADE_UP)
    assert seen == sorted(seen)
    assert hub_server.asked[0].path == "/parley/voices/resolve/main/deep/er/voice.onnx"


def test_a_dropped_connection_is_gone_on_with(fetch: Fetch, hub_server: HubServer) -> None:
    hub_server.faults = [Fault(drop_after=100_000), Fault(drop_after=50_000)]
    fetch()
    assert fetch.is_right()
    assert [asked.range for asked in hub_server.asked] == [None, "bytes=100000-", "bytes=150000-"]


def test_a_stall_is_given_up_and_gone_on_with(fetch: Fetch, hub_server: HubServer) -> None:
    hub_server.faults = [Fault(stall_after=100_000)]
    fetch()
    assert fetch.is_right()
    assert hub_server.asked[1].range == "bytes=100000-"


def test_a_server_that_ignores_ranges_sends_all_again(fetch: Fetch, hub_server: HubServer) -> None:
    hub_server.faults = [Fault(drop_after=100_000), Fault(no_range=True)]
    fetch()
    assert fetch.is_right()


def test_another_part_than_asked_for_is_not_taken(fetch: Fetch, hub_server: HubServer) -> None:
    hub_server.faults = [Fault(drop_after=100_000), Fault(headers={"Content-Range": f"bytes 5-{len(MADE_UP) - 1}/{len(MADE_UP)}"})]
    fetch()
    assert fetch.is_right()


def test_a_part_of_an_earlier_run_is_used(fetch: Fetch, hub_server: HubServer) -> None:
    fetch.part.parent.mkdir()
    fetch.part.write_bytes(MADE_UP[:123_456])
    fetch()
    assert fetch.is_right()
    assert [asked.range for asked in hub_server.asked] == ["bytes=123456-"]


def test_a_part_that_is_complete_asks_for_nothing(fetch: Fetch, hub_server: HubServer) -> None:
    fetch.part.parent.mkdir()
    fetch.part.write_bytes(MADE_UP)
    fetch()
    assert fetch.is_right()
    assert hub_server.asked == []


@pytest.mark.parametrize("wrong", [b"x" * 1000, b"x" * len(MADE_UP), b"x" * (len(MADE_UP) + 7)])
def test_a_wrong_part_costs_one_more_beginning(fetch: Fetch, hub_server: HubServer, wrong: bytes) -> None:
    fetch.part.parent.mkdir()
    fetch.part.write_bytes(wrong)
    fetch()
    assert fetch.is_right()
    assert hub_server.asked[-1].range is None


def test_a_wrong_file_is_refused_and_both_hashes_are_told(fetch: Fetch, hub_server: HubServer) -> None:
    hub_server.forever = Fault(flip=True)
    with pytest.raises(ModelCorrupt) as refused:
        fetch()
    assert FILE.sha256 is not None
    assert FILE.sha256 in str(refused.value)
    assert sha256(bytes([MADE_UP[0] ^ 1]) + MADE_UP[1:]) in str(refused.value)
    assert list(fetch.target.parent.iterdir()) == []
    assert len(hub_server.asked) == 1


@pytest.mark.parametrize("short_by", [1, -1])
def test_a_file_of_another_size_is_not_even_fetched(fetch: Fetch, hub_server: HubServer, short_by: int) -> None:
    hub_server.files["deep/er/voice.onnx"] = MADE_UP[:-1] if short_by == 1 else MADE_UP + b"!"
    with pytest.raises(ModelCorrupt, match=f"has {len(MADE_UP) - short_by:,} bytes at .* and 300,000 in the catalogue"):
        fetch()
    assert list(fetch.target.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "does not give out parley/voices"), (403, "accept its terms"), (404, "has no deep/er/voice.onnx in parley/voices at main"),
     (418, "answers 418")],
)  # fmt: skip
def test_a_refusal_is_one_sentence(fetch: Fetch, hub_server: HubServer, status: int, said: str) -> None:
    hub_server.forever = Fault(status=status)
    with pytest.raises(ModelMissing, match=said):
        fetch()
    assert len(hub_server.asked) == 1


def test_a_busy_server_is_asked_again_when_it_says(fetch: Fetch, hub_server: HubServer) -> None:
    hub_server.faults = [Fault(status=429, headers={"Retry-After": "7"}), Fault(status=503), Fault(status=500)]
    fetch()
    assert fetch.is_right()
    assert fetch.waited == [7, 2, 4]


def test_too_long_a_wait_is_told_instead(fetch: Fetch, hub_server: HubServer) -> None:
    hub_server.forever = Fault(status=503, headers={"Retry-After": "3600"})
    with pytest.raises(ModelMissing, match=r"answers 503; try again in 3600 s"):
        fetch()
    assert fetch.waited == []


def test_a_server_that_stays_busy_is_given_up(fetch: Fetch, hub_server: HubServer) -> None:
    hub_server.faults = [Fault(drop_after=100_000)]
    hub_server.forever = Fault(status=503)
    with pytest.raises(ModelMissing, match=r"answers 503; 100,000 bytes are kept, and the same command goes on from there"):
        fetch()
    assert fetch.part.stat().st_size == 100_000
    hub_server.forever = None
    fetch()
    assert fetch.is_right()
    assert hub_server.asked[-1].range == "bytes=100000-"


def test_nobody_there(tmp_path: Path) -> None:
    with serving() as gone:
        pass
    with pytest.raises(ModelMissing, match="refused; try again later"):
        Fetch(Hub(gone.url), tmp_path / "x")()


def test_a_redirect_within_the_host_keeps_the_token(fetch: Fetch, hub_server: HubServer) -> None:
    hub_server.faults = [Fault(redirect=hub_server.url)]
    assert fetch().commit == hub_server.commit
    assert [asked.token for asked in hub_server.asked] == ["Bearer secret", "Bearer secret"]


def test_a_redirect_to_another_host_does_not_get_the_token(fetch: Fetch, hub_server: HubServer) -> None:
    with serving() as elsewhere:
        elsewhere.files, elsewhere.commit = hub_server.files, ""
        elsewhere.faults = [Fault(drop_after=100_000)]
        hub_server.forever = Fault(redirect=elsewhere.url)
        assert fetch().commit == hub_server.commit
        assert fetch.is_right()
        assert [asked.token for asked in elsewhere.asked] == [None, None]
        assert elsewhere.asked[1].range == "bytes=100000-"


def test_back_again_the_token_is_not_given_either(fetch: Fetch, hub_server: HubServer) -> None:
    with serving() as elsewhere:
        elsewhere.forever = Fault(redirect=hub_server.url)
        hub_server.faults = [Fault(redirect=elsewhere.url)]
        fetch()
    assert [asked.token for asked in hub_server.asked] == ["Bearer secret", None]


@pytest.mark.parametrize("place", ["file:///etc/passwd?", "ftp://127.0.0.1"])
def test_a_redirect_out_of_the_web_is_refused(fetch: Fetch, hub_server: HubServer, place: str) -> None:
    hub_server.forever = Fault(redirect=place)
    with pytest.raises(ModelMissing, match=r"not safe|answers 302"):
        fetch()


def test_the_token_goes_nowhere_in_the_clear() -> None:
    assert Hub("http://mirror.example", "secret").token is None
    assert Hub("https://mirror.example", "secret").token == "secret"


@pytest.mark.parametrize("wrong", ["mirror", "ftp://mirror", "https://", "", "https://a b", "http://mirror:port", "https://me:word@mirror"])
def test_an_address_that_is_none(wrong: str) -> None:
    with pytest.raises(InputError, match="HF_ENDPOINT is"):
        Hub(wrong)


def test_a_token_that_is_none_is_not_repeated() -> None:
    with pytest.raises(InputError, match=r"^HF_TOKEN has characters that no token has; copy it again\.$"):
        Hub(token="two\nlines")


@pytest.mark.parametrize("part", [MADE_UP, MADE_UP + b"more"])
def test_a_part_that_is_complete_is_known_by_its_hash(fetch: Fetch, hub_server: HubServer, part: bytes) -> None:
    fetch.part.parent.mkdir()
    fetch.part.write_bytes(part)
    fetch(File(path=FILE.path, sha256=FILE.sha256))
    assert fetch.is_right()
    assert len(hub_server.asked) == (0 if part == MADE_UP else 2)


def test_a_date_to_come_back_at(fetch: Fetch, hub_server: HubServer) -> None:
    hub_server.faults = [
        Fault(status=429, headers={"Retry-After": "Mon, 04 May 2020 12:00:00 GMT"}),
        Fault(status=429, headers={"Retry-After": "soon"}),
    ]
    fetch()
    assert fetch.waited == [0, 2]


def test_without_a_hash_a_part_is_gone_on_with_only_if_the_hub_vouches_for_it(fetch: Fetch, hub_server: HubServer) -> None:
    unknown = File(path=FILE.path)
    hub_server.faults = [Fault(drop_after=100_000)]
    hub_server.forever = Fault(status=503)
    with pytest.raises(ModelMissing):
        fetch(unknown)
    hub_server.forever = None
    assert fetch(unknown).sha256 == FILE.sha256
    assert (hub_server.asked[-1].range, hub_server.asked[-1].if_range) == ("bytes=100000-", '"one"')
    assert fetch.is_right()


def test_without_a_hash_a_changed_file_begins_anew(fetch: Fetch, hub_server: HubServer) -> None:
    unknown = File(path=FILE.path)
    hub_server.faults = [Fault(drop_after=100_000)]
    hub_server.forever = Fault(status=503)
    with pytest.raises(ModelMissing):
        fetch(unknown)
    hub_server.forever, hub_server.tag = None, '"two"'
    hub_server.files[FILE.path] = other = MADE_UP[::-1]
    assert fetch(unknown).sha256 == sha256(other)


def test_without_a_tag_either_a_part_is_worth_nothing(fetch: Fetch, hub_server: HubServer) -> None:
    fetch.part.parent.mkdir()
    fetch.part.write_bytes(MADE_UP[:1000])
    fetch(File(path=FILE.path))
    assert fetch.is_right()
    assert hub_server.asked[0].range is None


def test_a_file_of_unknown_size_has_a_limit(fetch: Fetch, hub_server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SMALL_BYTES", 1000)
    with pytest.raises(ModelCorrupt, match=r"300,000 bytes at .* does not say how many it should have"):
        fetch(File(path=FILE.path))


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "full; make room"), (errno.EIO, "cannot be written")])
def test_a_disk_that_takes_no_more_keeps_the_part(fetch: Fetch, monkeypatch: pytest.MonkeyPatch, number: int, said: str) -> None:
    real: Callable[..., None] = module.Part.write
    left = 100_000

    class Full:
        def __init__(self, file: object) -> None:
            self._file = file

        def write(self, data: memoryview) -> int:
            nonlocal left
            if not left:
                raise OSError(number, os.strerror(number))
            data = data[:left]
            left -= len(data)
            return self._file.write(data)  # type: ignore[attr-defined,no-any-return]

        def __getattr__(self, name: str) -> object:
            return getattr(self._file, name)

    def write(part: module.Part, data: bytes) -> None:
        if not isinstance(part._file, Full):
            part._file = Full(part._file)  # type: ignore[assignment]
        real(part, data)

    with monkeypatch.context() as patch:
        patch.setattr(module.Part, "write", write)
        with pytest.raises(InputError, match=said):
            fetch()
    assert fetch.part.read_bytes() == MADE_UP[:100_000]
    fetch()
    assert fetch.is_right()


def test_a_link_is_not_written_through(fetch: Fetch, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    fetch.part.parent.mkdir()
    fetch.part.symlink_to(victim)
    with pytest.raises(ParleyError):
        fetch()
    assert victim.read_text() == "mine"
