"""`parley doctor`: what this machine can do, and what keeps Parley from it."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

from rich.console import Console

from clients.cli.stderr import told
from clients.doctor.examination import examination
from clients.doctor.finding import Finding
from clients.doctor.probe import Given
from clients.doctor.report import failed, lines, summary


def doctor(given: Given, *, quick: bool, as_json: bool) -> bool:
    """Examine the machine, print each finding once it is there, and return whether there is no problem.

    It imports nothing that a broken package could keep it from: whatever it finds wrong, it is to say so.
    """
    return asyncio.run(_examine(given, quick=quick, as_json=as_json))


async def _examine(given: Given, *, quick: bool, as_json: bool) -> bool:
    console = Console(emoji=False, highlight=False, markup=False)
    everything: list[Finding] = []
    async with aclosing(examination(given, quick=quick, doing=told)) as found:
        async for title, findings in found:
            everything += findings
            if as_json:
                for finding in findings:
                    print(json.dumps({"probe": title} | finding.as_json(), ensure_ascii=False), flush=True)  # noqa: T201 - the output
                continue
            console.print(title, style="bold", soft_wrap=True)
            for line in lines(findings, console.width):
                console.print(line, soft_wrap=True)
    if not as_json:
        console.print()
        console.print(summary(everything), soft_wrap=True)
    return not failed(everything)
