"""How llama.cpp was built: with the instruction sets that this processor has, and with no others."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clients.doctor.finding import Finding, ok, problem, warning
from clients.doctor.probe import Given, Probe

SAME = {"AVX2": "AVX2", "AVX512": "AVX-512", "AVX512_VNNI": "VNNI", "AVX_VNNI": "VNNI", "AMX_INT8": "AMX", "NEON": "NEON"}
"""What llama.cpp calls an instruction set -> what the machine's probe calls it."""

WORTH = {"AVX2", "AVX-512", "NEON"}
"""Without these, where the processor has them, a token takes longer; the others help some models only."""

BUILD = "Build it for this processor: pip install --force-reinstall --no-binary llama-cpp-python llama-cpp-python."


@dataclass(frozen=True)
class Build:
    """The instruction sets of the library, and of the processor; None where the system does not tell."""

    used: frozenset[str]
    there: frozenset[str] | None


def judge(seen: Build) -> list[Finding]:
    """Say what is thought of the build."""
    used = ", ".join(sorted(seen.used)) or "no instruction sets beyond the usual ones"
    values = {"used": sorted(seen.used)}
    if seen.there is None:
        return [ok("llama.cpp", f"It was built with {used}; which ones the processor has is not known.", **values)]
    if foreign := sorted(seen.used - seen.there):
        lacks = f"It was built with {', '.join(foreign)}, which this processor does not have: it will be ended by the system."
        return [problem("llama.cpp", lacks, BUILD, **values)]
    if unused := sorted((seen.there - seen.used) & WORTH):
        slow = f"It was built without {', '.join(unused)}, which this processor has: answers take longer than they need to."
        return [warning("llama.cpp", slow, BUILD, **values)]
    return [ok("llama.cpp", f"It was built for this processor, with {used}.", **values)]


def told(info: str) -> frozenset[str]:
    """Return the instruction sets in what llama.cpp prints of itself: "CPU : AVX2 = 1 | AVX512 = 0"."""
    return frozenset(SAME[name] for name, value in re.findall(r"(\w+) = (\d+)", info) if name in SAME and int(value))


def look(_: Given) -> Build:
    """Load the library, but no model."""
    import llama_cpp

    from clients.doctor.probes.machine import instructions

    return Build(told(llama_cpp.llama_print_system_info().decode(errors="replace")), instructions())


PROBE = Probe("Build", 90, look, judge, light=False)
