"""Speech of any length as windows that a recognizer can take: cut at pauses, and where there is none, inside speech."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, LISTEN_RATE_HZ, Samples, silence
from assistant.engines import Recognition, Word

SPEECH = 0.35
"""Speech probability from which a chunk counts as spoken: the lower edge of the endpointer's hysteresis, so nothing of a word is missed."""

PRE_ROLL_S = 0.32
"""Audio kept before the first spoken chunk: a soft consonant comes before the detector's onset."""

TAIL_S = 0.32
"""Silence kept behind the last spoken chunk: final consonants fade."""

GAP_S = 0.64
"""Silence that closes a window of any length, unless it is told otherwise."""

SHORT_GAP_S = 0.2
"""Silence that closes a window which is already long."""

LONG_SHARE = 0.6
"""From this share of the longest window on, a window is long."""

CARRY_S = 2.0
"""The most audio that a window cut inside speech hands to the next one: its last two words."""

CARRY_WORDS = 2

_SHORT_GAP, _PRE_ROLL, _TAIL = (round(seconds / CHUNK_S) for seconds in (SHORT_GAP_S, PRE_ROLL_S, TAIL_S))


@dataclass(frozen=True, slots=True)
class Window:
    """16 kHz audio from `start_s` of the stream, its last spoken chunk ending at `speech_end_s`; `cut`: it ends inside speech."""

    samples: Samples
    start_s: float
    speech_end_s: float
    cut: bool = False


class Windower:
    """Takes a stream chunk by chunk and gives windows that hold speech; silence is not kept, so memory stays bounded."""

    def __init__(self, most_s: float, gap_s: float = GAP_S) -> None:
        """Cut windows for a recognizer.

        Args:
            most_s: the seconds it takes at most; room for what is carried over is left.
            gap_s: silence that closes a window of any length.

        Raises:
            ValueError: a window too short to cut speech into.
        """
        if most_s < 2 * CARRY_S:
            raise ValueError(f"A recognizer's window of {most_s:g} s is too short; {2 * CARRY_S:g} s is the least.")
        self._most = int((most_s - CARRY_S) / CHUNK_S)
        self._long = int(self._most * LONG_SHARE)
        self._gap = round(gap_s / CHUNK_S)
        self._before: deque[Samples] = deque(maxlen=_PRE_ROLL)
        self._audio = silence(0)  # of the open window; only ever added to, as windows given away are views of it
        self._count = 0  # chunks in it
        self._silent = 0  # how many of them at its end are not spoken
        self._heard = 0

    def push(self, chunk: Samples, probability: float) -> list[Window]:
        """Take the next chunk and return the windows it closed."""
        spoken = probability >= SPEECH
        closed = [self._close(cut=not self._silent)] if self._count >= self._most else []
        self._heard += 1
        if not self._count:
            # Behind a cut a window opens even in silence: the last words before the cut are heard again at its head.
            if not spoken and not any(window.cut for window in closed):
                self._before.append(chunk)
                return closed
            self._audio = np.empty(self._most * CHUNK_SAMPLES, np.float32)
            for before in self._before:
                self._add(before)
            self._before.clear()
        self._add(chunk)
        self._silent = 0 if spoken else self._silent + 1
        if self._silent >= (_SHORT_GAP if self._count >= self._long else self._gap):
            closed.append(self._close())
        return closed

    def finish(self) -> list[Window]:
        """The stream is over: return the window that is open, if any."""
        return [self._close()] if self._count else []

    def forget(self) -> None:
        """Drop the window that is open; its newest audio stays as pre-roll."""
        if self._count:
            self._start_again(self._count)

    def trim(self, end_s: float) -> None:
        """Forget the beginning of the open window up to `end_s` of the stream, or up to 32 ms before."""
        gone = int(round((end_s - (self._heard - self._count) * CHUNK_S) / CHUNK_S, 6))
        if not 0 < gone < self._count:
            return
        rest = self._audio[gone * CHUNK_SAMPLES : self._count * CHUNK_SAMPLES]
        self._audio = np.empty(self._most * CHUNK_SAMPLES, np.float32)
        self._audio[: rest.size] = rest
        self._count -= gone

    @property
    def filling(self) -> bool:
        """Whether a window is open."""
        return self._count > 0

    @property
    def open(self) -> Window | None:
        """The window that is being filled, as far as it goes; None in silence."""
        return self._window(cut=False) if self._count else None

    def _add(self, chunk: Samples) -> None:
        self._audio[self._count * CHUNK_SAMPLES : (self._count + 1) * CHUNK_SAMPLES] = chunk
        self._count += 1

    def _window(self, *, cut: bool) -> Window:
        kept = self._count - max(0, self._silent - _TAIL)
        start, end = self._heard - self._count, self._heard - self._silent
        return Window(self._audio[: kept * CHUNK_SAMPLES], start * CHUNK_S, end * CHUNK_S, cut)

    def _close(self, *, cut: bool = False) -> Window:
        window = self._window(cut=cut)
        self._start_again(0 if cut else self._silent)
        return window

    def _start_again(self, kept: int) -> None:
        """Forget the open window; of its newest chunks so many stay as pre-roll."""
        newest = self._audio[(self._count - min(kept, _PRE_ROLL)) * CHUNK_SAMPLES : self._count * CHUNK_SAMPLES].copy()
        self._before.extend(newest.reshape(-1, CHUNK_SAMPLES))
        self._audio, self._count, self._silent = silence(0), 0, 0


@dataclass(frozen=True, slots=True)
class Settled:
    """What stays of a window: its text, where in the stream that ends, and its words if times were asked for."""

    text: str
    end_s: float
    words: tuple[Word, ...] = ()
    """Their times count from the start of the window."""


class Stitcher:
    """Joins windows where speech was cut: the last words before a cut are heard again, whole, at the head of the next window.

    For each window, oldest first: recognise `lead(window)`, then `settle` says which of its words stay.
    """

    def __init__(self) -> None:
        self._carried: Samples = silence(0)

    def lead(self, window: Window) -> Window:
        """Return the window with what was carried over in front of it."""
        if not self._carried.size:
            return window
        start_s = window.start_s - self._carried.size / LISTEN_RATE_HZ
        return replace(window, samples=np.concatenate([self._carried, window.samples]), start_s=start_s)

    def drop(self) -> None:
        """Carry nothing over: its words are settled."""
        self._carried = silence(0)

    def settle(self, found: Recognition, window: Window) -> Settled:
        """Return what stays of a recognised window that is closed; `window` is what `lead` gave.

        A window that was cut may end inside a word, so its last two words are given back with their audio. If they
        are longer than `CARRY_S`, or the window has hardly more words, all stay.
        """
        self._carried = silence(0)
        whole, stay = Settled(found.text, window.speech_end_s, found.words), found.words[:-CARRY_WORDS]
        if not window.cut or len(stay) < CARRY_WORDS:
            return whole
        end_s = stay[-1].end_s
        rest = window.samples[round(end_s * LISTEN_RATE_HZ) :]
        if rest.size > CARRY_S * LISTEN_RATE_HZ:
            return whole
        self._carried = rest.copy()  # a copy: a view would keep the whole window alive
        return Settled(" ".join(word.text for word in stay), window.start_s + end_s, stay)
