"""llama.cpp may call back for as long as a model of it is there, which can be longer than our modules are."""

from __future__ import annotations

import subprocess
import sys

END = """
import gc
import sys

from models.llama import LlamaEngine
from models.starter import STARTER, verified

engine = LlamaEngine(verified(STARTER.language_model), threads=1)
for _ in engine.compute([1, 2, 3]):
    pass
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] == "models":
        vars(module).clear()  # as Python does at its end, before it frees what others hold
gc.collect()
del engine
gc.collect()
print("over")
"""


def test_a_model_that_outlives_our_modules_ends_quietly() -> None:
    ran = subprocess.run([sys.executable, "-c", END], capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "over\n", "")
