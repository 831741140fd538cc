"""`parley serve` and `parley cluster`, and the options of both. What a command needs is imported only when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clients.cli.options import Log, Pack, with_pack
from clients.desktop.interrupts import undisturbed

if TYPE_CHECKING:
    from clients.cli.composed import Given

Host = Annotated[str | None, typer.Option("--host", help="Address to listen at; any but this machine's own wants a key.")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65_535, help="Port; 0 takes a free one.")]
TlsCert = Annotated[Path | None, typer.Option("--tls-cert", metavar="FILE.pem", help="Certificate, for wss and https.")]
TlsKey = Annotated[Path | None, typer.Option("--tls-key", metavar="FILE.pem", help="Its private key.")]
KeyFile = Annotated[Path | None, typer.Option("--key-file", metavar="FILE", help="Where the clients' key is kept.")]
HostName = Annotated[list[str] | None, typer.Option("--host-name", metavar="NAME", help="Name it may be reached by; may come again.")]
Origin = Annotated[list[str] | None, typer.Option("--origin", metavar="URL", help="Web pages that may connect; may come again.")]
ServerLog = Annotated[Log | None, typer.Option("--log", help="json: one object a line on standard output.")]


def serve(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    wyoming: Annotated[
        int | None, typer.Option("--wyoming", metavar="PORT", min=0, max=65_535, help="Serve Home Assistant here, too.")
    ] = None,
    tls_self_signed: Annotated[bool, typer.Option("--tls-self-signed", help="Make a certificate, and keep it.")] = False,
    key_file: KeyFile = None,
    host_name: HostName = None,
    origin: Origin = None,
    log: ServerLog = None,
    pack: Pack = None,
) -> None:
    """Let other programs talk with the assistant: OpenAI's Realtime protocol over WebSockets."""
    with undisturbed():
        from clients.cli.running import until_done
        from clients.cli.serve import serve as work

    given = _given(context, host, port, tls_cert, tls_key, host_name, origin, log, pack)
    until_done(work(given, key_file, self_signed=tls_self_signed, wyoming_port=wyoming))


def cluster(
    context: typer.Context,
    address: Annotated[
        str | None, typer.Option("--address", metavar="auto|HOST:PORT", help="A Ray that runs already; without it one is started here.")
    ] = None,
    front: Annotated[int, typer.Option("--front", metavar="N", min=1, max=999, help="Replicas that hold the connections.")] = 1,
    recognition: Annotated[
        str, typer.Option("--recognition", metavar="N|LEAST-MOST", help="Replicas of each recognizer, as many as it takes.")
    ] = "1-4",
    language_model: Annotated[
        str, typer.Option("--language-model", metavar="N|LEAST-MOST", help="Replicas of the language model.")
    ] = "1-4",
    voice: Annotated[str, typer.Option("--voice", metavar="N|LEAST-MOST", help="Replicas of each voice.")] = "1-4",
    host: Host = None,
    port: Port = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    key_file: KeyFile = None,
    host_name: HostName = None,
    origin: Origin = None,
    log: ServerLog = None,
    pack: Pack = None,
) -> None:
    """Serve as `parley serve` does, on as many machines as there are: Ray runs the engines and starts more where requests wait."""
    with undisturbed():
        from clients.cli.cluster import Wanted, scale
        from clients.cli.cluster import cluster as work
        from clients.cli.running import until_done
        from server.cluster.shares import Scale, Scales

    given = _given(context, host, port, tls_cert, tls_key, host_name, origin, log, pack)
    scales = Scales(
        Scale(front, front), scale("--recognition", recognition), scale("--language-model", language_model), scale("--voice", voice)
    )
    until_done(work(given, Wanted(address, scales), key_file))


def _given(
    context: typer.Context,
    host: str | None,
    port: int | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    host_name: list[str] | None,
    origin: list[str] | None,
    log: Log | None,
    pack: str | None,
) -> Given:
    """Return what the options of both say a server is to be; its key is looked up later."""
    with undisturbed():
        from clients.cli.composed import Given
        from server.serve import Address

    server = context.obj.server
    address = Address(host or server.host, server.port if port is None else port, tls_cert, tls_key)
    return Given(with_pack(context, pack), address, None, host_name or (), origin or (), log and log.value)
