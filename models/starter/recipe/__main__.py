"""Build a starter model: `python -m models.starter.recipe asr-en|llm [--minutes 240] [--threads 1]`.

Everything on the way (features, checkpoints) lies in `.training/`; a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from models.starter.recipe import asr_data, asr_train, llm_train

SHARD_UTTERANCES = 5000


MALLOC = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "4294967296", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""Keep glibc from giving every large tensor back to the kernel: fetching it again took half of the time."""


def main() -> None:
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        os.execve(sys.executable, [sys.executable, "-m", "models.starter.recipe", *sys.argv[1:]], os.environ | MALLOC)
    parser = argparse.ArgumentParser(prog="python -m models.starter.recipe", description=__doc__)
    parser.add_argument("model", choices=["asr-en", "llm"])
    parser.add_argument("--minutes", type=float, default=240, help="compute to spend in total, over all runs")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--shards", type=int, default=8, help=f"sets of {SHARD_UTTERANCES} utterances to synthesise")
    parser.add_argument("--work", type=Path, default=Path(".training"), help="folder for features and checkpoints")
    options = parser.parse_args()
    folder = options.work / options.model
    folder.mkdir(parents=True, exist_ok=True)
    if options.model == "llm":
        llm_train.train(folder, minutes=options.minutes, threads=options.threads)
        return
    for number in range(options.shards):
        path = folder / f"shard-{number:03d}.npz"
        if not path.exists():
            asr_data.make_shard("en", SHARD_UTTERANCES, seed=1000 + number).save(path)
            print(path, flush=True)
    asr_train.train(folder, "en", minutes=options.minutes, threads=options.threads)


if __name__ == "__main__":
    main()
