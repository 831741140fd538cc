"""`parley`: what a person starts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from assistant.errors import ParleyError
from clients.cli import ask as ask_command
from clients.cli import demo as demo_command
from clients.cli import say as say_command
from clients.cli import talk as talk_command
from clients.cli import transcribe as transcribe_command
from clients.cli import translate as translate_command
from clients.cli.running import until_done

app = typer.Typer(
    help="A voice and translation assistant that runs on this machine alone.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every event with its time.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a result.")]
Speak = Annotated[Path | None, typer.Option("--speak", metavar="OUT.wav", help="Write the spoken answer to this file.")]
Play = Annotated[bool, typer.Option("--play", help="Play the spoken answer.")]


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the recordings.")] = Path("demo-output"), verbose: Verbose = False
) -> None:
    """Hear a spoken conversation and a spoken translation; needs no sound hardware."""
    until_done(demo_command.demo(out, verbose=verbose))


@app.command()
def talk(
    microphone: Annotated[str | None, typer.Option("--microphone", "-m", help="Number, or a part of the name.")] = None,
    speaker: Annotated[str | None, typer.Option("--speaker", "-s", help="Number, or a part of the name.")] = None,
    devices: Annotated[bool, typer.Option("--devices", help="List the devices and end.")] = False,
    verbose: Verbose = False,
) -> None:
    """Talk with the assistant; Ctrl-C ends."""
    if devices:
        talk_command.show_devices()
    else:
        until_done(talk_command.talk(microphone, speaker, verbose=verbose))


@app.command()
def ask(
    question: Annotated[list[str], typer.Argument(metavar="QUESTION.wav|TEXT...", help="Sound files, texts, or - for standard input.")],
    speak: Speak = None,
    play: Play = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Ask one question, or several in one conversation, spoken or written."""
    until_done(ask_command.ask(question, speak=speak, play=play, as_json=json, verbose=verbose))


@app.command()
def transcribe(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Sound files of any kind and length, or - for standard input.")],
    lang: Annotated[str, typer.Option("--lang", help="The language that is spoken.")] = "en",
    json: Json = False,
    srt: Annotated[bool, typer.Option("--srt", help="Print SubRip subtitles.")] = False,
    vtt: Annotated[bool, typer.Option("--vtt", help="Print WebVTT subtitles.")] = False,
) -> None:
    """Write down what is said in sound files."""
    until_done(transcribe_command.transcribe_files(files, lang, transcribe_command.form(json=json, srt=srt, vtt=vtt)))


@app.command()
def translate(
    source: Annotated[list[str], typer.Argument(metavar="TEXT|TALK.wav|-...", help="Texts, sound files, or - for lines of standard input.")],
    from_: Annotated[str, typer.Option("--from", help="The language it is in.")] = "en",
    to: Annotated[str, typer.Option("--to", help="The language to translate into.")] = "es",
    speak: Speak = None,
    play: Play = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Translate texts or speech."""
    until_done(translate_command.translate(source, from_, to, speak=speak, play=play, as_json=json, verbose=verbose))


@app.command()
def say(
    text: Annotated[str, typer.Argument(help="What to say, or - for standard input.")],
    lang: Annotated[str, typer.Option("--lang", help="The language of the text.")] = "en",
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="OUT.wav", help="Write to this file instead of playing.")] = None,
) -> None:
    """Speak a text."""
    until_done(say_command.say(text, lang, out))


def run() -> None:
    """Run `parley`; errors a person can mend become one sentence and exit status 2."""
    try:
        app()
    except ParleyError as error:
        Console(stderr=True).print(f"[red]parley:[/red] {_plain(error)}", soft_wrap=True, highlight=False)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; say nothing more
        sys.exit(141)


def _plain(error: ParleyError) -> str:
    return str(error).replace("[", r"\[")


if __name__ == "__main__":
    run()
