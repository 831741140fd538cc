"""The official SDKs for JavaScript. They dial wss only, so the server has a certificate that Node is told to trust."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.auth import Doorkeeper
from server.serve import Address
from tests.server.clients.stock import KEY, seen
from tests.server.serving import run, says_56, served

FOLDER = Path(__file__).parent / "js"


def certified(folder: Path) -> Address:
    """Return an address of localhost with a new certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*form))
    return Address(port=0, certificate=folder / "cert.pem", key=folder / "key.pem")


def saw(program: str, url: str, scene: str, folder: Path, **environment: str) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        address = certified(folder)
        async with served(address=address, doorkeeper=Doorkeeper(KEY)) as place:
            return await seen(
                FOLDER / program, url.format(place.replace("127.0.0.1", "localhost")), scene, folder,
                NODE_EXTRA_CA_CERTS=str(address.certificate), **environment,
            )  # fmt: skip

    found: dict[str, Any] = run(work())
    assert found["errors"] == []
    return found


def openai(scene: str, folder: Path) -> dict[str, Any]:
    return saw("openai.mjs", "https://{}/v1", scene, folder)


def agents(scene: str, folder: Path, **environment: str) -> dict[str, Any]:
    return saw("agents.mjs", "wss://{}/v1/realtime?model=gpt-realtime", scene, folder, **environment)


def test_openai_a_spoken_question(tmp_path: Path) -> None:
    found = openai("voice", tmp_path)
    assert "seven" in found["heard"].lower()
    assert says_56(found["said"])
    assert found["audio_bytes"] > 24_000


def test_openai_a_written_question(tmp_path: Path) -> None:
    found = openai("text", tmp_path)
    assert "144" in found["said"]
    assert "response.output_audio.delta" not in found["types"]


def test_openai_a_tool_of_the_caller(tmp_path: Path) -> None:
    found = openai("tool", tmp_path)
    assert (found["name"], found["arguments"]) == ("set_timer", {"minutes": 5})
    assert found["said"] == "The timer is set."


def test_openai_a_cancelled_response(tmp_path: Path) -> None:
    found = openai("cancel", tmp_path)
    assert found["cancelled"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert found["next"] == "completed"


@pytest.mark.parametrize("options", ["", "--conditions=browser"], ids=["node", "browser"])
def test_agents_a_spoken_question_becomes_history(tmp_path: Path, options: str) -> None:
    """In a browser the SDK shows its key as a subprotocol, for want of headers."""
    found = agents("voice", tmp_path, NODE_OPTIONS=options)
    user, assistant = found["history"]
    assert "seven" in user["words"].lower()
    assert says_56(assistant["words"])
    assert found["audio_bytes"] > 24_000


def test_agents_a_function_tool_is_run(tmp_path: Path) -> None:
    found = agents("tool", tmp_path)
    assert found["called"] == [5]
    assert "tool" in found["seen"]
    assert found["history"][-1]["words"] == "The timer is set."


def test_agents_speech_interrupts_a_reply(tmp_path: Path) -> None:
    found = agents("interruption", tmp_path)
    assert "interrupted" in found["seen"]
    assert says_56(found["history"][-1]["words"])
