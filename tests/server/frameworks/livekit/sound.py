"""A microphone and a speaker for LiveKit's sessions, without sound hardware."""

from __future__ import annotations

import asyncio

from livekit import rtc
from livekit.agents.voice.io import AudioInput, AudioOutput, AudioOutputCapabilities

RATE_HZ = 24_000
FRAME_BYTES = 1920
"""40 ms."""


class Microphone(AudioInput):
    """Gives out what is put in, in real time."""

    def __init__(self) -> None:
        super().__init__(label="microphone")
        self._frames: asyncio.Queue[rtc.AudioFrame] = asyncio.Queue()

    async def __anext__(self) -> rtc.AudioFrame:
        return await self._frames.get()

    async def say(self, speech: bytes) -> None:
        for start in range(0, len(speech), FRAME_BYTES):
            data = speech[start : start + FRAME_BYTES]
            self._frames.put_nowait(rtc.AudioFrame(data, RATE_HZ, 1, len(data) // 2))
            await asyncio.sleep(0.04)


class Speaker(AudioOutput):
    """Plays in real time, by the clock."""

    def __init__(self) -> None:
        super().__init__(label="speaker", capabilities=AudioOutputCapabilities(pause=False), sample_rate=RATE_HZ)
        self.seconds, self.sounding = 0.0, asyncio.Event()
        self._begun_s, self._queued_s = 0.0, 0.0
        self._end: asyncio.TimerHandle | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if not self._queued_s:
            self._begun_s = self._now()
            self.on_playback_started(created_at=self._begun_s)
        self._queued_s += frame.duration
        self.seconds += frame.duration
        self.sounding.set()

    def flush(self) -> None:
        super().flush()
        if self._queued_s:
            self._end = asyncio.get_running_loop().call_at(self._begun_s + self._queued_s, self._finish, False)

    def clear_buffer(self) -> None:
        if self._end is not None:
            self._end.cancel()
        if self._queued_s:
            self._finish(True)

    def _finish(self, interrupted: bool) -> None:
        position_s = min(self._queued_s, self._now() - self._begun_s)
        self._queued_s = 0.0
        self.on_playback_finished(playback_position=position_s, interrupted=interrupted)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
