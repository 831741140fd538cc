"""What a Wyoming client is told that there is."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from wyoming.info import AsrModel, AsrProgram, Attribution, HandleModel, HandleProgram, Info, TtsProgram, TtsVoice

from assistant.engines import Engines


def info(engines: Engines, language: str) -> Info:
    """Return the programs of these engines; the conversation is held in `language`."""
    about: dict[str, Any] = {
        "attribution": Attribution(name="Parley", url="https://example.invalid/parley"),
        "installed": True,
        "version": version("parley"),
    }
    hears, speaks = sorted(engines.recognizers), sorted(engines.voices)
    return Info(
        asr=[
            AsrProgram(
                name="parley", description="Speech recognition", **about,
                models=[AsrModel(name="parley", description="Speech recognition", languages=hears, **about)],
            )
        ],
        tts=[
            TtsProgram(
                name="parley", description="Speech", supports_synthesize_streaming=True, **about,
                voices=[TtsVoice(name=f"parley-{each}", description=f"The voice for {each}", languages=[each], **about) for each in speaks],
            )
        ],
        handle=[
            HandleProgram(
                name="parley", description="Conversation", **about,
                models=[HandleModel(name="parley", description="Conversation", languages=[language], **about)],
            )
        ],
    )  # fmt: skip
