"""`python -m tests.fuzz [NAME...] [--cases N] [--seed S]`: fuzz parsers for longer than the tests do."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.campaign import Found, campaign
from tests.fuzz.targets import TARGETS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of parsers, all if there is none: {', '.join(TARGETS)}")
    parser.add_argument("--cases", type=int, default=1000, help="of each parser (1000)")
    parser.add_argument("--seed", type=int, default=0, help="other cases for each number (0)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first case (0)")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in TARGETS]:
        parser.error(f"there is no parser {unknown[0]!r}; choose from {', '.join(TARGETS)}")
    failed = 0
    print(f"{'parser':<14}{'cases':>9}{'read':>9}{'refused':>9}{'seconds':>9}{'slowest':>11}{'case':>9}", flush=True)
    for name in given.names or TARGETS:
        with TemporaryDirectory() as folder, TARGETS[name](Path(folder)) as target:
            try:
                ran = campaign(target, name, given.cases, given.seed, given.first)
            except Found as found:
                print(found, flush=True)
                failed += 1
                continue
        shown = f"{name:<14}{ran.cases:>9,}{ran.taken:>9,}{ran.cases - ran.taken:>9,}{ran.seconds:>9.1f}{1000 * ran.slowest_s:>8.1f} ms{ran.slowest:>9}"
        print(shown, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
