"""Build a starter model: `python -m models.starter.recipe asr-en|asr-es|llm|voice-en|voice-es|voice-tiny [--minutes 240] [--threads 1]`.

`python -m models.starter.recipe adapter FOLDER [--minutes 3]` trains the adapter of the pack in FOLDER, and writes it there.

`python -m models.starter.recipe endpoint` fits the rule of `assistant/completeness.py` to the models that are there and prints it.

Everything on the way (features, checkpoints) lies in `.training/`; a run that was stopped goes on where it was. A
trained model is exported at once; `--continue` begins with the weights that ship; `--export-only` exports the checkpoint that is there, also while a training runs. After a
new recognizer, `python -m models.starter.recipe.mishearing` mines its errors, which `llm` learns to read.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from assistant.errors import InputError
from models.starter import FOLDER, STARTER, write_manifest
from models.starter.recipe import (
    adapter,
    asr_ct2,
    asr_data,
    asr_train,
    endpoint,
    llm_gguf,
    llm_train,
    piper_tiny,
    voice_data,
    voice_export,
    voice_train,
)
from models.starter.recipe.corpus import Lang

MINUTES = 240

SHARD_UTTERANCES = 5000
NOISES = 1000
"""Sounds without speech: about 2 % of what the recognizer hears, so that it says nothing there."""

SHARD_SENTENCES, VOICE_SHARDS = 1000, 5
"""Half an hour each: teachers are regular, so more time with the same sentences helps more than more sentences."""

VOICES: dict[str, Lang] = {"voice-en": "en", "voice-es": "es"}
RECOGNIZERS: dict[str, Lang] = {"asr-en": "en", "asr-es": "es"}
OUT = {
    **{recognizer: FOLDER / recognizer for recognizer in RECOGNIZERS},
    "llm": FOLDER / STARTER.language_model,
    **{voice: FOLDER / voice for voice in VOICES},
    "voice-tiny": FOLDER / "voice-tiny",
}
"""Where a model goes: for `llm` a file, else a folder."""

MALLOC = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""Keep glibc from giving every large tensor back to the kernel: fetching it again took half of the time."""


def main() -> None:
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        os.execve(sys.executable, [sys.executable, "-m", "models.starter.recipe", *sys.argv[1:]], os.environ | MALLOC)
    parser = argparse.ArgumentParser(prog="python -m models.starter.recipe", description=__doc__)
    parser.add_argument("model", choices=[*OUT, "adapter", "endpoint"])
    parser.add_argument("folder", type=Path, nargs="?", help="of the pack, for adapter")
    parser.add_argument(
        "--minutes", type=float, help=f"compute to spend in total, over all runs: {MINUTES:g}, for adapter {adapter.MINUTES:g}"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--shards", type=int, default=8, help=f"sets of {SHARD_UTTERANCES} utterances to synthesise for a recognizer")
    parser.add_argument("--work", type=Path, default=Path(".training"), help="folder for features and checkpoints")
    parser.add_argument("--export", type=Path, metavar="OUT", help="where the model goes instead of its place among the starter models")
    parser.add_argument(
        "--continue",
        action="store_true",
        dest="goes_on",
        help="begin the first run of llm or a recognizer with the weights that ship, not with random ones",
    )
    parser.add_argument("--quantization", choices=["q8_0", "q4_0"], default="q8_0", help="of llm's matrices; q4_0 is half as large")
    parser.add_argument("--export-only", action="store_true", help="export the checkpoint that is there, without training")
    options = parser.parse_args()
    if options.model == "endpoint":
        asyncio.run(endpoint.calibrate())
        return
    if options.model == "adapter":
        _adapt(parser, options)
        return
    options.minutes = options.minutes or MINUTES
    folder, out = options.work / options.model, options.export or OUT[options.model]
    if options.export_only and options.model != "voice-tiny" and not (folder / "checkpoint.pt").exists():
        parser.exit(2, f"There is no checkpoint in {folder}; train first, without --export-only.\n")
    if not options.export_only:
        _train(options, folder)
    match options.model:
        case "asr-en" | "asr-es" as recognizer:
            asr_ct2.export(folder, RECOGNIZERS[recognizer], out)
        case "llm":
            llm_gguf.export(folder, out, options.quantization)
        case "voice-en" | "voice-es" as voice:
            voice_export.export(folder, VOICES[voice], out)
        case "voice-tiny":
            piper_tiny.make(out)
    if options.export is None:
        write_manifest()
    print(out)


def _adapt(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.folder is None:
        parser.exit(2, "Whose adapter? Name the folder of a pack: python -m models.starter.recipe adapter FOLDER.\n")
    try:
        out = adapter.train(options.folder, minutes=options.minutes or adapter.MINUTES, threads=options.threads)
    except InputError as error:
        parser.exit(2, f"{error}\n")
    print(f'{out}: with adapter = "{out.name}" in pack.toml it is used; parley pack eval {options.folder} shows what it gains')


def _train(options: argparse.Namespace, folder: Path) -> None:
    if options.model == "voice-tiny":
        return  # it is written down, not learned
    folder.mkdir(parents=True, exist_ok=True)
    if options.model == "llm":
        llm_train.train(folder, minutes=options.minutes, threads=options.threads, shipped=OUT["llm"] if options.goes_on else None)
        return
    if (lang := VOICES.get(options.model)) is not None:
        for number in range(VOICE_SHARDS):
            path = folder / f"shard-{number:03d}.npz"
            if not path.exists():
                voice_data.make_shard(lang, SHARD_SENTENCES, seed=4000 + number).save(path)
                print(path, flush=True)
        voice_train.train(folder, minutes=options.minutes, threads=options.threads)
        return
    lang, out = RECOGNIZERS[options.model], OUT[options.model]
    if not (nothing := folder / "shard-nothing.npz").exists():
        asr_data.make_noise_shard(NOISES, seed=999).save(nothing)
    for number in range(options.shards):
        path = folder / f"shard-{number:03d}.npz"
        if not path.exists():
            asr_data.make_shard(lang, SHARD_UTTERANCES, seed=1000 + number).save(path)
            print(path, flush=True)
    for number in range(options.shards // 4):
        path = folder / f"shard-broken-off-{number:03d}.npz"
        if not path.exists():
            asr_data.make_shard(lang, SHARD_UTTERANCES, seed=2000 + number, broken_off=True).save(path)
            print(path, flush=True)
        path = folder / f"shard-paused-{number:03d}.npz"
        if not path.exists():
            asr_data.make_paused_shard(lang, SHARD_UTTERANCES, seed=3000 + number).save(path)
            print(path, flush=True)
    shipped = (out if out.exists() else OUT["asr-en"]) if options.goes_on else None
    asr_train.train(folder, lang, minutes=options.minutes, threads=options.threads, shipped=shipped)


if __name__ == "__main__":
    main()
