"""The commands and their options. A command's own module is imported only when it runs, so that help and mistakes are instant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.errors import InputError
from clients.cli.benches import bench
from clients.cli.kept import sessions
from clients.cli.options import Json, Pack, Play, Set, SettingsFile, Speak, Verbose, with_pack
from clients.cli.packs import packs
from clients.cli.serving import cluster, serve
from clients.cli.stock import stock
from clients.cli.talking import talk
from clients.desktop.interrupts import undisturbed

app = typer.Typer(
    help="A voice and translation assistant that runs on this machine alone.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip

app.add_typer(bench, name="bench")
app.add_typer(sessions, name="sessions")
app.add_typer(stock, name="models")
app.add_typer(packs, name="pack")


@app.callback()
def common(context: typer.Context, settings: SettingsFile = None, set_: Set = None) -> None:
    """Read the settings before any command runs."""
    if any(flag.partition("=")[0].strip() == "key" for flag in set_ or ()):
        raise InputError(
            "A key on the command line can be read by everybody on this machine; put it into the environment variable PARLEY_KEY."
        )
    if context.invoked_subcommand == "doctor":  # says itself what is wrong with them
        with undisturbed():
            from clients.doctor.probe import Given

        context.obj = Given(settings, set_ or ())
        return
    with undisturbed():
        from assistant.settings import read_settings

    context.obj = read_settings(settings, set_ or ())


@app.command()
def demo(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="Folder for the recordings.")] = Path("demo-output"),
    verbose: Verbose = False,
) -> None:
    """Hear a spoken conversation and a spoken translation; needs no sound hardware."""
    with undisturbed():
        from clients.cli.demo import demo as work
        from clients.cli.running import until_done

    until_done(work(context.obj, out, verbose=verbose))


app.command()(talk)


@app.command()
def ask(
    context: typer.Context,
    question: Annotated[list[str], typer.Argument(metavar="QUESTION.wav|TEXT...", help="Sound files, texts, or - for standard input.")],
    speak: Speak = None,
    play: Play = False,
    pack: Pack = None,
    lang: Annotated[
        str, typer.Option("--lang", help="The language that is spoken; beside English it needs a pack, or your own model.")
    ] = "en",
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Ask one question, or several in one conversation, spoken or written."""
    with undisturbed():
        from clients.cli.ask import ask as work
        from clients.cli.running import until_done

    _end(until_done(work(with_pack(context, pack), question, lang, speak=speak, play=play, as_json=json, verbose=verbose)))


@app.command()
def transcribe(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Sound files of any kind and length, or - for standard input.")],
    lang: Annotated[str, typer.Option("--lang", help="The language that is spoken.")] = "en",
    json: Json = False,
    srt: Annotated[bool, typer.Option("--srt", help="Print SubRip subtitles.")] = False,
    vtt: Annotated[bool, typer.Option("--vtt", help="Print WebVTT subtitles.")] = False,
    verbose: Verbose = False,
) -> None:
    """Write down what is said in sound files."""
    with undisturbed():
        from clients.cli.running import until_done
        from clients.cli.transcribe import form
        from clients.cli.transcribe import transcribe_files as work

    _end(until_done(work(context.obj, files, lang, form(json=json, srt=srt, vtt=vtt), verbose=verbose)))


@app.command()
def translate(
    context: typer.Context,
    source: Annotated[
        list[str], typer.Argument(metavar="TEXT|TALK.wav|-...", help="Texts, sound files, or - for lines of standard input.")
    ],
    from_: Annotated[str, typer.Option("--from", help="The language it is in.")] = "en",
    to: Annotated[str, typer.Option("--to", help="The language to translate into.")] = "es",
    live: Annotated[bool, typer.Option("--live", help="Translate sound files while they are being said, at their own pace.")] = False,
    speak: Speak = None,
    play: Play = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Translate texts or speech."""
    with undisturbed():
        from clients.cli.live import translate_live
        from clients.cli.running import until_done
        from clients.cli.translate import translate

    work = translate_live if live else translate
    _end(until_done(work(context.obj, source, from_, to, speak=speak, play=play, as_json=json, verbose=verbose)))


@app.command()
def say(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What to say, or - for standard input.")],
    lang: Annotated[str, typer.Option("--lang", help="The language of the text.")] = "en",
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="OUT.wav", help="Write to this file instead of playing.")] = None,
    verbose: Verbose = False,
) -> None:
    """Speak a text."""
    with undisturbed():
        from clients.cli.running import until_done
        from clients.cli.say import say as work

    until_done(work(context.obj, text, lang, out, verbose=verbose))


app.command()(serve)
app.command()(cluster)


@app.command()
def cost(
    context: typer.Context,
    by: Annotated[str, typer.Option("--by", help="day, provider, model or session.")] = "day",
    json: Json = False,
) -> None:
    """What hosted models have cost, and what is left today."""
    with undisturbed():
        from clients.cli.cost import show_cost

    show_cost(context.obj, by, as_json=json)


@app.command()
def doctor(
    context: typer.Context,
    quick: Annotated[bool, typer.Option("--quick", help="Load no engines and make no sound.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a finding.")] = False,
) -> None:
    """Find out what this machine can do, what keeps Parley from it, and what to do about that; status 1 if there are problems."""
    with undisturbed():
        from clients.cli.doctor import doctor as work

    if not work(context.obj, quick=quick, as_json=json):
        raise typer.Exit(1)


def _end(failed: int) -> None:
    """End with status 2 if something failed: it was said when it did."""
    if failed:
        raise typer.Exit(2)
