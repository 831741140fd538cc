"""The machine: processor, cores, instruction sets, memory, and how busy it is."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from clients.doctor.finding import Finding, ok, problem, warning
from clients.doctor.probe import Given, Probe

GIB = 2**30
LEAST_MEMORY_GIB, ENOUGH_MEMORY_GIB = 0.5, 1.5
"""Free memory: the starter models and their runtimes take 0.4 GiB, models of a useful size another."""

INSTRUCTIONS: Mapping[str, tuple[str, ...]] = {
    "AVX2": ("avx2", "hw.optional.avx2_0"),
    "AVX-512": ("avx512f", "hw.optional.avx512f"),
    "VNNI": ("avx512_vnni", "avx_vnni"),
    "AMX": ("amx_tile", "amx_int8"),
    "NEON": ("asimd", "neon", "hw.optional.neon", "hw.optional.arm.advsimd"),
    "I8MM": ("i8mm", "hw.optional.arm.feat_i8mm"),
}
"""What the engines use where it is there, and how Linux and macOS call it."""

FAMILIES = ({"AVX2", "AVX-512", "VNNI", "AMX"}, {"NEON", "I8MM"})
"""Those of one kind of processor."""

FAST = {"AVX2", "NEON"}
"""One of them is needed for a speed that Parley can work with."""


@dataclass(frozen=True)
class Machine:
    """What the system tells; None where it does not."""

    processor: str
    system: str
    usable_cores: float
    """Those that this process may use, and no more than its share of time comes to."""
    logical_cores: int
    physical_cores: int | None
    instructions: frozenset[str] | None
    memory_bytes: int | None
    free_memory_bytes: int | None
    load: float | None
    """Programs that were at work or waiting for a core, on average over the last minute."""


def judge(seen: Machine) -> list[Finding]:
    """Say what is thought of the machine."""
    return [_cores(seen), _instructions(seen), _memory(seen), *_load(seen)]


def _cores(seen: Machine) -> Finding:
    physical = f", {seen.physical_cores} physical" if seen.physical_cores else ""
    sentence = f"{seen.processor}, {seen.system}; {seen.usable_cores:g} of {seen.logical_cores} cores usable{physical}."
    values = {
        "processor": seen.processor, "usable_cores": seen.usable_cores,
        "logical_cores": seen.logical_cores, "physical_cores": seen.physical_cores,
    }  # fmt: skip
    if seen.usable_cores < 2:
        remedy = "Give Parley two cores: while you speak, two engines are at work. With one, its answers come later."
        return warning("Processor", sentence, remedy, **values)
    return ok("Processor", sentence, **values)


def _instructions(seen: Machine) -> Finding:
    about = "Instruction sets"
    if seen.instructions is None:
        return ok(about, "The system does not tell which the processor has.")
    there = [name for name in INSTRUCTIONS if name in seen.instructions]
    missing = [name for family in FAMILIES if not family.isdisjoint(there) for name in INSTRUCTIONS if name in family - set(there)]
    if FAST.isdisjoint(there):
        remedy = "Take a newer processor, or expect answers after several seconds."
        return warning(about, f"There is neither {' nor '.join(sorted(FAST))}: the engines are several times as slow.", remedy, there=there)
    return ok(about, f"{', '.join(there)}; not {', '.join(missing)}." if missing else f"{', '.join(there)}.", there=there)


def _memory(seen: Machine) -> Finding:
    if seen.memory_bytes is None or seen.free_memory_bytes is None:
        return ok("Memory", "The system does not tell how much there is.")
    free = seen.free_memory_bytes / GIB
    sentence = f"{free:.1f} of {seen.memory_bytes / GIB:.1f} GiB are free."
    values = {"bytes": seen.memory_bytes, "free_bytes": seen.free_memory_bytes}
    if free < LEAST_MEMORY_GIB:
        return problem("Memory", sentence, f"End other programs: the engines need {LEAST_MEMORY_GIB:g} GiB.", **values)
    if free < ENOUGH_MEMORY_GIB:
        return warning("Memory", sentence, "End other programs, or keep to the starter models and other small ones.", **values)
    return ok("Memory", sentence, **values)


def _load(seen: Machine) -> list[Finding]:
    if seen.load is None:
        return []
    sentence = f"{seen.load:.1f} programs at work on {seen.usable_cores:g} cores in the last minute."
    if seen.load > seen.usable_cores:
        return [warning("Load", sentence, "End other work if answers come late: the times found here are longer, too.", load=seen.load)]
    return [ok("Load", sentence, load=seen.load)]


def parsed(cpuinfo: str) -> tuple[str, int | None, frozenset[str]]:
    """Return what /proc/cpuinfo of Linux tells: the processor's name, how many physical cores, and the instruction sets."""
    name = re.search(r"^model name\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    cores = {
        (found.get("physical id"), found["core id"])
        for block in cpuinfo.split("\n\n")
        if "core id" in (found := dict(re.findall(r"^(physical id|core id)\s*:\s*(\d+)$", block, re.MULTILINE)))
    }
    return name.group(1) if name else _unnamed(), len(cores) or None, known(flags.group(1).split() if flags else ())


def known(words: Iterable[str]) -> frozenset[str]:
    """Return the instruction sets of `INSTRUCTIONS` that the system's own words name."""
    there = set(words)
    return frozenset(name for name, called in INSTRUCTIONS.items() if not there.isdisjoint(called))


def share(cpu_max: str) -> float | None:
    """Return the cores that cpu.max of a control group allows, such as "150000 100000"; None for all."""
    quota, _, period = cpu_max.strip().partition(" ")
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() and int(period) else None


def look(_: Given) -> Machine:
    """Ask the system."""
    name, physical, there = _processor()
    allowed = share(_text("/sys/fs/cgroup/cpu.max"))
    memory, free = _memory_bytes()
    usable = min(float(_usable()), allowed or float("inf"))
    load = load_average()
    system = f"{platform.system()} {platform.release()} on {platform.machine()}"
    return Machine(name, system, usable, os.cpu_count() or 1, physical, there, memory, free, load)


def load_average() -> float | None:
    """Return how many programs were at work or waited for a core in the last minute; None where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def free_memory_bytes() -> int | None:
    """Return what may still be taken; None where the system does not tell."""
    return _memory_bytes()[1]


def instructions() -> frozenset[str] | None:
    """Return the instruction sets of this processor; None where the system does not tell."""
    return _processor()[2]


def _usable() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> tuple[str, int | None, frozenset[str] | None]:
    """Return the processor's name, its physical cores, and its instruction sets."""
    if sys.platform == "linux":
        return parsed(_text("/proc/cpuinfo"))
    return _from_macos() if sys.platform == "darwin" else (_unnamed(), None, None)


def _unnamed() -> str:
    return platform.processor() or platform.machine()


def _from_macos() -> tuple[str, int | None, frozenset[str] | None]:
    told = subprocess.run(["sysctl", "-a"], capture_output=True, text=True, check=False).stdout
    pairs = dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)
    there = known({name.lower() for name, value in pairs.items() if value == "1"})
    return pairs.get("machdep.cpu.brand_string", _unnamed()), int(pairs.get("hw.physicalcpu", 0)) or None, there


def _memory_bytes() -> tuple[int | None, int | None]:
    if sys.platform == "linux":
        kib = {name: int(value) for name, value in re.findall(r"^(\w+):\s+(\d+) kB$", _text("/proc/meminfo"), re.MULTILINE)}
        total, free = kib.get("MemTotal", 0) * 1024, kib.get("MemAvailable", kib.get("MemFree", 0)) * 1024
        limit, used = _text("/sys/fs/cgroup/memory.max").strip(), _text("/sys/fs/cgroup/memory.current").strip()
        if limit.isdecimal() and used.isdecimal() and int(limit) < total:
            total, free = int(limit), min(free, int(limit) - int(used))
        return (total or None), (free if total else None)
    if hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
        page = os.sysconf("SC_PAGE_SIZE")
        return os.sysconf("SC_PHYS_PAGES") * page, os.sysconf("SC_AVPHYS_PAGES") * page
    return None, None


def _text(path: str) -> str:
    with suppress(OSError):
        return Path(path).read_text()
    return ""


PROBE = Probe("Machine", 10, look, judge)
