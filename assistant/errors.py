"""Everything Parley raises on purpose. A message is one sentence with the value and the remedy.

ParleyError
├── SettingsError            wrong configuration       -> one sentence, exit 2
│   └── InputError           a file or word that cannot be used -> one sentence, exit 2
├── ModelError               ├── ModelMissing          └── ModelCorrupt (both hashes)
├── EngineError              one input failed          -> this turn fails, the session lives
│   ├── PromptTooLong        the conversation does not fit -> its beginning is forgotten
│   ├── CallTooLong          the tool call is longer than the answer may be -> as if nothing was asked for
│   └── EngineUnavailable    cannot load, or died      -> new sessions refused until it is back
├── WireError                ├── PeerError             └── VersionMismatch
└── Overloaded               admission control         -> HTTP 503, or close 1013
"""

from __future__ import annotations


class ParleyError(Exception):
    """The root; `code` is stable and goes over the wire."""

    code = "parley_error"


class SettingsError(ParleyError):
    code = "invalid_settings"


class InputError(SettingsError):
    code = "invalid_input"


class ModelError(ParleyError):
    code = "model_error"


class ModelMissing(ModelError):
    code = "model_missing"


class ModelCorrupt(ModelError):
    code = "model_corrupt"


class EngineError(ParleyError):
    code = "engine_error"


class PromptTooLong(EngineError):
    code = "prompt_too_long"


class CallTooLong(EngineError):
    code = "call_too_long"


class EngineUnavailable(EngineError):
    code = "engine_unavailable"


class WireError(ParleyError):
    code = "wire_error"


class PeerError(WireError):
    code = "peer_error"


class VersionMismatch(WireError):
    code = "version_mismatch"


class Overloaded(ParleyError):
    code = "overloaded"

    def __init__(self, sentence: str, after_s: int = 5) -> None:
        """Say `sentence`, and when to try again."""
        super().__init__(sentence)
        self.after_s = after_s
