"""What a cluster costs: the bench tells each part of it, and stays within its target."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from clients.bench.doors import PARTS, TARGET_MS


def test_the_way_to_a_first_sound_here_and_in_replicas(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "clients.cli.main", "bench", "doors", "-n", "10", "--json"]
    env = os.environ | {"XDG_CONFIG_HOME": str(tmp_path)}
    ran = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    (result,) = [json.loads(line) for line in ran.stdout.splitlines()]
    assert list(result["ms"]) == [*PARTS, "together"]
    for part, found in result["ms"].items():
        assert found["here"]["p50"] > 0, part
        assert found["there"]["p50"] > 0, part
    assert result["added_ms"]["p50"] <= TARGET_MS == result["target_ms"]
