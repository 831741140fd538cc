"""Install the system packages that a make target needs: by apt-get when root on Debian, else say which are missing.

Usage: system.py build|venv|test
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys

VENV = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"

NEEDS = {
    "build": {"g++": lambda: any(map(shutil.which, ("c++", "g++", "clang++")))},
    "venv": {VENV: lambda: bool(importlib.util.find_spec("ensurepip"))},  # Debian packs it apart, and a venv without it has no pip
    "test": {
        "chromium": lambda: any(map(shutil.which, ("chromium", "chromium-browser"))),
        "flite": lambda: bool(shutil.which("flite")),
        "libportaudio2": lambda: bool(ctypes.util.find_library("portaudio")),
        "pulseaudio": lambda: bool(shutil.which("pulseaudio")),
        "pulseaudio-utils": lambda: all(map(shutil.which, ("pactl", "paplay", "parec"))),
        "tmux": lambda: bool(shutil.which("tmux")),
        "libasound2-plugins": lambda: any(
            os.path.exists(f"{folder}/alsa-lib/libasound_module_pcm_pulse.so")
            for folder in ("/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64")
        ),
    },
}


def main(target: str) -> int:
    """Return the exit status."""
    missing = [name for name, there in NEEDS[target].items() if not there()]
    if not missing or sys.platform != "linux" or _installed(missing):
        return 0
    sys.stderr.write(
        f"parley: {', '.join(missing)} must be there first; run 'apt-get install {' '.join(missing)}' as root, "
        "or install the same with your system's own package manager.\n"
    )
    return 2


def _installed(missing: list[str]) -> bool:
    """Try, where that is possible, and tell whether it worked."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    quiet = {"stdout": subprocess.DEVNULL, "check": False, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-q"], **quiet)
    return subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing], **quiet).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
