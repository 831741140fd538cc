"""Install the system packages that a make target needs: by apt-get when root on Debian, else say which are missing.

Usage: system.py build|test
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys

NEEDS = {
    "build": {"g++": lambda: bool(shutil.which("c++") or shutil.which("g++") or shutil.which("clang++"))},
    "test": {
        "libportaudio2": lambda: bool(ctypes.util.find_library("portaudio")),
        "pulseaudio": lambda: bool(shutil.which("pulseaudio")),
        "pulseaudio-utils": lambda: bool(shutil.which("pactl") and shutil.which("paplay") and shutil.which("parec")),
        "libasound2-plugins": lambda: any(
            os.path.exists(f"{folder}/alsa-lib/libasound_module_pcm_pulse.so")
            for folder in ("/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64")
        ),
    },
}


def main() -> int:
    """Return the exit status."""
    missing = [name for name, there in NEEDS[sys.argv[1]].items() if not there()]
    if not missing or sys.platform != "linux":
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-q"], check=False, **quiet)
        if subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing], check=False, **quiet).returncode == 0:
            return 0
    return 2


if __name__ == "__main__":
    sys.exit(main())
