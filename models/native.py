"""What llama.cpp calls back are functions of C: they cost nothing, no thread waits for Python, and they are there until the process is gone."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import llama_cpp

_C: Any = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
"""The C library."""

LENGTH: Any = ctypes.cast(_C.strlen, llama_cpp.ggml_abort_callback)
"""Asked whether to stop, answers yes once the text that it is given has a letter."""

_NOTHING: Any = ctypes.cast(_C.abs, llama_cpp.llama_log_callback)
"""Given a line of the log, does nothing with the number of its level. A function of Python would be freed before the last model logs its end."""


def silence() -> None:
    """Drop llama.cpp's own log: what matters comes as an error."""
    llama_cpp.llama_log_set(_NOTHING, ctypes.c_void_p(0))


silence()  # importing llama_cpp has turned it on
