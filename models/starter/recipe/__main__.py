"""Build a starter model: `python -m models.starter.recipe asr-en|llm [--minutes 240] [--threads 1]`.

Everything on the way (features, checkpoints) lies in `.training/`; a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from models.starter.recipe import asr_data, asr_train, llm_train

SHARD_UTTERANCES = 5000


def main() -> None:
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
