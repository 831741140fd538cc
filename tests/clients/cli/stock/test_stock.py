"""`parley models` from end to end: fetched from a hub on this machine, used by its name, carried to another machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from models.hub import Hub
from tests.clients.cli.conftest import Parley
from tests.clients.cli.stock.conftest import Models
from tests.clients.cli.test_mistakes import one_sentence
from tests.models.pulled.conftest import MADE_UP, NAME, TURN
from tests.models.pulled.hub_server import Fault, HubServer, sha256


def test_the_list_says_what_there_is_and_what_is_here(models: Models) -> None:
    assert "qwen3.5-2b" in models("list").out
    assert models("pull", "tiny-turn").status == 0
    lines = models("list", "--kind", "turn").out.splitlines()
    assert [line.split()[-1] for line in lines if "turn" in line and ":" not in line] == ["bsd-2", "installed"]
    shown = models("list", "--installed", "--json").out.splitlines()
    assert [json.loads(line)["id"] for line in shown] == ["tiny-turn"]
    assert "de_DE-mls-medium" in models("list", "--lang", "de").out
    assert "es_MX" not in models("list", "--lang", "de").out
    one_sentence(models("list", "--kind", "songs"), "--kind knows no 'songs'", "voice")


def test_show_tells_all(models: Models) -> None:
    text = models("show", "lfm2.5-350m").out
    for part in ("LFM Open License v1.0", "10 million", "have to accept", "684 MB", "cannot go back", "3d10b6ab8fc91a91", "LFM's lists"):
        assert part in text
    assert json.loads(models("show", "qwen3.5-4b", "--json").out)["thinking"] == "forced off"
    assert "not verified by anybody" in models("show", "whisper-base.en").out
    one_sentence(models("show", "qwen9"), "has no model 'qwen9'", "parley models list")


def test_pulled_used_by_its_name_checked_and_removed(models: Models, parley: Parley, tmp_path: Path, data_folder: Path) -> None:
    ran = models("pull", NAME, "--use")
    assert ran.status == 0
    assert "every hash is the catalogue's" in ran.out
    assert f'models.language_model = "{NAME}"; models.context_tokens = 2048' in ran.out
    settings = Path(os.environ["XDG_CONFIG_HOME"]) / "parley" / "settings.toml"
    assert tomllib.loads(settings.read_text()) == {"models": {"language_model": NAME, "context_tokens": 2048}}
    assert parley("translate", "good morning").out.strip() == "Buenos días."
    assert "is installed already" in models("pull", NAME).out
    assert "every file is what it was" in models("verify").out
    weights = data_folder / NAME / "starter.gguf"
    good = weights.read_bytes()
    weights.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    one_sentence(models("verify", NAME), "has the SHA-256", f"parley models remove {NAME} && parley models pull {NAME}")
    assert "Removed starter-again: 17." in models("remove", NAME).out
    one_sentence(models("remove", NAME), "not installed")
    one_sentence(parley("translate", "good morning"), "models.language_model is 'starter-again'", "parley models list")


def test_a_licence_is_accepted_or_nothing_comes(models: Models, hub_server: HubServer) -> None:
    one_sentence(models("pull", "voice-xx"), "The Kind Licence", "https://example.org/kind", "Be kind", "--accept-licence")
    assert hub_server.asked == []
    assert models("pull", "voice-xx", "--accept-licence").status == 0


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 2), ("", 2)])
def test_at_a_terminal_the_licence_is_a_question(models: Models, monkeypatch: pytest.MonkeyPatch, answer: str, status: int) -> None:
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda _: True})())
    monkeypatch.setattr("clients.cli.fetch.errors._force_terminal", True)

    def answered(*_: object, **__: object) -> str:
        if not answer:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", answered)
    ran = models("pull", "voice-xx")
    assert ran.status == status
    assert "Be kind." in ran.err
    assert ("was not accepted" in ran.err) == bool(status)


def test_unverified_hashes_are_told(models: Models, hub_server: HubServer) -> None:
    one_sentence(models("pull", "nobody-knows"), "Nobody has verified nobody-knows", "--unverified")
    assert hub_server.asked == []
    ran = models("pull", "nobody-knows", "--unverified")
    assert "Not verified" in ran.out
    assert f"{sha256(MADE_UP)}        300,000  voice.onnx" in ran.out


def test_offline_nothing_is_asked(models: Models, hub_server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    models("pull", "tiny-turn")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub_server.asked.clear()
    one_sentence(models("pull", NAME), "HF_HUB_OFFLINE is set", "parley models import")
    assert models("pull", "tiny-turn").status == 0
    assert hub_server.asked == []


def test_the_token_comes_from_the_environment_alone(models: Models, hub_server: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    models("pull", "tiny-turn")
    assert hub_server.asked[-1].token is None
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    models("remove", "tiny-turn")
    hub_server.faults = [Fault(status=403)]
    refused = models("pull", "tiny-turn")
    one_sentence(refused, "does not give out parley/turns (403)", "the token in HF_TOKEN does not open it")
    assert hub_server.asked[-1].token == "Bearer hf_secret"
    assert "hf_secret" not in refused.err


def test_a_mirror_that_is_none(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "mirror.example")
    one_sentence(models("pull", NAME), "HF_ENDPOINT is 'mirror.example'", "https://huggingface.co")


def test_carried_to_a_machine_without_a_network(models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "models.tar"
    models("pull", "voice-xx", "tiny-turn", "--accept-licence")
    ran = models("bundle", "voice-xx", "tiny-turn", "--out", bundle)
    assert "voice-xx: The Kind Licence. Be kind." in ran.out
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    one_sentence(models("bundle", "voice-xx"), "not installed")
    one_sentence(models("import", bundle), "The Kind Licence", "--accept-licence")
    one_sentence(models("import", bundle, "--name", "voice-xx"), "is a bundle", "without --name")
    ran = models("import", bundle, "--accept-licence", "--use")
    assert ran.status == 0
    assert 'models.voices.es = "voice-xx"' in ran.out
    assert 'models.turn_detector = "tiny-turn"' in ran.out
    assert "every file is what it was" in models("verify", "voice-xx").out


def test_a_file_that_was_fetched_by_hand(models: Models, tmp_path: Path) -> None:
    path = tmp_path / "download (1).onnx"
    path.write_bytes(TURN)
    assert "Installed tiny-turn" in models("import", path).out
    one_sentence(models("import", tmp_path / "nothing"), "There is no file", "check the name")


def test_use_wants_to_know_the_language(models: Models) -> None:
    one_sentence(models("pull", "whisper-small", "--use"), "more than one language", "--use --lang es")
    one_sentence(models("pull", "voice-xx", "--use", "--lang", "de"), "voice-xx does not know 'de'", "es")
    one_sentence(models("pull", NAME, "--use", "--lang", "de"), "leave --lang out")
    one_sentence(models("pull", NAME, "--lang", "de"), "add --use")


def test_ctrl_c_keeps_what_came_and_says_how_to_go_on(hub_server: HubServer, own_catalogue: Path, data_folder: Path) -> None:
    hub_server.forever = Fault(stall_after=2_000_000)
    command = [sys.executable, "-m", "clients.cli.main", "--set", f"models.catalogue={own_catalogue}", "models", "pull", NAME]
    environment = dict(os.environ, HF_ENDPOINT=hub_server.url)
    part = data_folder / f".{NAME}.part" / "starter.gguf.part"
    root = Path(__file__).parents[4]
    with subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as parley:
        while not part.exists() or part.stat().st_size < 2_000_000:
            assert parley.poll() is None
        parley.send_signal(signal.SIGINT)
        out, err = parley.communicate(timeout=60)
    assert (parley.returncode, out) == (130, "")
    assert err == f"Stopped; what has come is kept, and parley models pull {NAME} goes on from there.\n"
    assert part.stat().st_size == 2_000_000


def test_the_usual_hub_is_asked_without_a_mirror() -> None:
    hub = Hub.of_environment({"HF_ENDPOINT": "", "HF_TOKEN": ""})
    assert hub.url("a/b", "main", "pt/tugão.onnx") == "https://huggingface.co/a/b/resolve/main/pt/tug%C3%A3o.onnx"
    assert hub.token is None
