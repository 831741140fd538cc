"""A hub, a catalogue of the test's own that names what is on it, and a data folder that is empty."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.catalogue import Catalogue, catalogue
from models.hub import Hub
from models.starter import FOLDER, STARTER
from tests.models.pulled.hub_server import HubServer, serving, sha256

NAME = "starter-again"
WEIGHTS = (FOLDER / STARTER.language_model).read_bytes()
"""The starter model's GGUF stands for a real one."""

MADE_UP = random.Random(0).randbytes(300_000)
TURN = MADE_UP[:50_000]
LICENCE = b"Do no harm.\n" * 20


@pytest.fixture
def hub_server() -> Iterator[HubServer]:
    with serving() as server:
        server.files = {
            "starter.gguf": WEIGHTS, "turn.onnx": TURN, "deep/er/voice.onnx": MADE_UP, "deep/er/voice.onnx.json": b"{}" * 100, "LICENSE": LICENCE,
        }  # fmt: skip
        yield server


@pytest.fixture(autouse=True)
def data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "parley" / "models"


@pytest.fixture
def own_catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.toml"
    path.write_text(f"""
[licences]
"kind" = {{ name = "The Kind Licence", url = "https://example.org/kind", duties = "Be kind.", accept = true, accompanies = true }}

[models."{NAME}"]
name = "The starter model once more"
kind = "assistant"
repo = "parley/starter"
revision = "{"a" * 40}"
licence = "apache-2.0"
languages = ["en", "es"]
files = [{{ path = "starter.gguf", bytes = {len(WEIGHTS)}, sha256 = "{sha256(WEIGHTS)}" }}]

[models."voice-xx"]
name = "A voice that is none"
kind = "voice"
repo = "parley/voices"
revision = "main"
licence = "kind"
licence_file = "LICENSE"
languages = ["es"]
files = [
    {{ path = "deep/er/voice.onnx", bytes = {len(MADE_UP)}, sha256 = "{sha256(MADE_UP)}" }},
    {{ path = "deep/er/voice.onnx.json", sha256 = "{sha256(b"{}" * 100)}" }},
]

[models."tiny-turn"]
name = "A turn detector that is none"
kind = "turn"
repo = "parley/turns"
revision = "main"
licence = "mit"
languages = ["en"]
files = [{{ path = "turn.onnx", bytes = {len(TURN)}, sha256 = "{sha256(TURN)}" }}]

[models."nobody-knows"]
name = "A model without a hash"
kind = "turn"
repo = "parley/unknown"
revision = "main"
licence = "mit"
files = [{{ path = "deep/er/voice.onnx", bytes = {len(MADE_UP)} }}]
""")
    return path


@pytest.fixture
def shelf(own_catalogue: Path) -> Catalogue:
    return catalogue(own_catalogue)


@pytest.fixture
def hub(hub_server: HubServer) -> Hub:
    return Hub(hub_server.url, "secret", stall_s=0.5)
