"""Build a starter model, or a part of one: `python -m models.starter.recipe STEP`.

Everything on the way (features, checkpoints) lies in `.training/`; a run that was stopped goes on where it was, and a trained model is
exported at once. How good it is tells `python -m models.starter.score`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from assistant.errors import ParleyError
from models.starter import write_manifest
from models.starter.recipe.scale import FULL, SMOKE
from models.starter.recipe.steps import STEPS, Job

MALLOC = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""Keep glibc from giving every large tensor back to the kernel: fetching it again took half of the time."""


def parser() -> argparse.ArgumentParser:
    """Return the options, and the list of steps below them."""
    listed = "\n".join(f"  {name:12}{step.makes}" for name, step in STEPS.items())
    options = argparse.ArgumentParser(
        prog="python -m models.starter.recipe",
        description=__doc__,
        epilog=f"steps, in the order in which one follows from another:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("step", choices=[*STEPS], metavar="STEP", help="see below")
    options.add_argument("pack", type=Path, nargs="?", metavar="FOLDER", help="of the pack that an adapter is for")
    shorter_ones = ", ".join(f"{name}: {step.minutes:g}" for name, step in STEPS.items() if step.minutes)
    options.add_argument("--minutes", type=float, help=f"compute to spend in total, over all runs ({FULL.minutes:g}; {shorter_ones})")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument(
        "--shards",
        type=int,
        help=f"sets of {FULL.utterances} utterances to synthesise for a recognizer ({FULL.shards}); three quarters as many are broken off or paused",
    )
    options.add_argument(
        "--makers",
        type=int,
        default=0,
        help="processes that make what a recognizer or llm learns from beside the training, as a GPU wants it (0: it is made before, or when it is needed)",
    )
    options.add_argument("--work", type=Path, default=Path(".training"), help="folder for features and checkpoints")
    options.add_argument("--export", type=Path, metavar="OUT", help="where the result goes instead of its place in the project")
    options.add_argument(
        "--continue",
        action="store_true",
        dest="goes_on",
        help="begin the first run of llm or a recognizer with the weights that ship, not with random ones",
    )
    options.add_argument(
        "--rate", type=float, default=1.0, help="factor for llm's learning rates: small for a little more with --continue (1)"
    )
    options.add_argument("--quantization", choices=["q8_0", "q4_0"], default="q8_0", help="of llm's matrices; q4_0 is half as large")
    shorter = options.add_mutually_exclusive_group()
    shorter.add_argument(
        "--smoke",
        action="store_true",
        help="go the whole way anew with next to nothing, in seconds, and leave the result in the folder `smoke` of WORK",
    )
    shorter.add_argument(
        "--export-only", action="store_true", help="export the checkpoint that is there, without training, also while a training runs"
    )
    return options


def main() -> None:
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        os.execve(sys.executable, [sys.executable, "-m", "models.starter.recipe", *sys.argv[1:]], os.environ | MALLOC)
    options = parser().parse_args()
    step, scale = STEPS[options.step], SMOKE if options.smoke else FULL
    folder, out = options.work / options.step, options.export or step.out
    if options.smoke:
        folder = options.work / "smoke" / options.step
        shutil.rmtree(folder, ignore_errors=True)
        out = options.export or (step.out and folder / "out" / step.out.name)
    if options.export_only and step.trains and not (folder / "checkpoint.pt").exists():
        sys.exit(_mistake(f"There is no checkpoint in {folder}; train first, without --export-only."))
    folder.mkdir(parents=True, exist_ok=True)
    job = Job(
        work=folder,
        pack=options.pack,
        out=out or folder,
        scale=scale,
        minutes=next(each for each in (options.minutes, None if options.smoke else step.minutes, scale.minutes) if each is not None),
        threads=options.threads,
        shards=scale.shards if options.shards is None else options.shards,
        makers=options.makers,
        goes_on=options.goes_on,
        rate=options.rate,
        trains=not options.export_only,
        quantization=options.quantization,
    )
    try:
        step.run(job)
    except ParleyError as error:
        sys.exit(_mistake(str(error)))
    except ModuleNotFoundError as error:
        sys.exit(_mistake(f"The step {options.step} needs {error.name}; install it: pip install -e '.[recipe]'."))
    if step.ships and out == step.out:
        write_manifest()
    if out is not None:
        print(out)


def _mistake(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
