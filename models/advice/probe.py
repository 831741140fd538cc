"""What this machine can do, in less than a minute: small pieces of known models are run, and their speeds fitted.

Engines on one thread are timed by the processor's time, so that what others do on the machine counts little; those on several
threads by the clock. Each step counts with its fastest run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples
from models.advice.costs import Curve, HearingSpeed, LlmShape, MeasuredHearing, MeasuredWriting, VoiceCost, WhisperShape, WritingSpeed
from models.advice.fit import Decoded, Encoded, hearing, int8_macs_s, writing
from models.shape import shape_model
from models.shape.plain_gguf import Mix
from models.shape.probes import LLM_PROBE, WHISPER_PROBES
from models.shape.vocoder import FRAME_S, HIGH, MEDIUM, VocoderShape, network
from models.starter import STARTER, verified
from models.threads import MOST_OF_A_VOICE, choose

Tell = Callable[[str], None]

SOUNDS_S = (3.0, 10.0, 29.9)
"""What recognizers are tried with: lengths tell what grows with them from what grows with their square."""

TOKENS = (1, 12)

BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128)
"""So many tokens at once; 128 is the most that the engine computes in one step."""

PROMPT_TOKENS = 200
"""What stands before what is measured."""

RUNS = 3
ENOUGH_S = 1.2
"""A step that took so long is not run again."""

VOICE_REST = 1.13
"""What a whole Piper voice takes over its flow and generator: the text's encoder and the lengths of phonemes (measured, medium)."""

PHRASE_S = 0.012
"""For each phrase: phonemes, and the way to the voice's process and back."""

COPIED_BYTES = 256_000_000


@dataclass(frozen=True)
class Speeds:
    """What the probe found."""

    threads: int
    """Of the language model."""
    copy_bytes_s: float
    """Memory bandwidth: bytes read and written a second by one core."""
    int8_macs_s: float
    """Multiplications a second while a recognizer encodes some seconds in int8, on one core."""
    hearing: HearingSpeed
    writing: dict[str, WritingSpeed]
    """By `Mix`."""
    medium: VoiceCost
    high: VoiceCost
    starter_hearing: MeasuredHearing
    starter_writing: MeasuredWriting
    starter_voice: VoiceCost
    busy: float
    """What others took of the processor meanwhile, as a share."""
    took_s: float

    def as_json(self) -> dict[str, Any]:
        """Return it for a file."""
        return asdict(self)


class _Clock:
    """Times steps: by the processor on one thread, by the clock on several."""

    def __init__(self) -> None:
        self._wall_s = self._work_s = 0.0

    def fastest(self, step: Callable[[], object], threads: int = 1) -> float:
        """Return the seconds of the fastest of some runs."""
        found: list[float] = []
        while len(found) < RUNS and sum(found) < ENOUGH_S:
            wall_s, work_s = time.perf_counter(), time.process_time()
            step()
            wall_s, work_s = time.perf_counter() - wall_s, time.process_time() - work_s
            if threads == 1:
                self._wall_s, self._work_s = self._wall_s + wall_s, self._work_s + work_s
            found.append(work_s if threads == 1 else wall_s)
        return min(found)

    @property
    def busy(self) -> float:
        """Share of the time in which a step waited for the processor."""
        return max(0.0, 1 - self._work_s / self._wall_s) if self._wall_s else 0.0


def probe(cores: int, threads: int | None = None, tell: Tell = lambda _: None) -> Speeds:
    """Measure; the first time the models for it are made and kept, some 500 MB.

    Args:
        cores: of this machine.
        threads: the language model's, if the settings say so.
        tell: takes what is being done.

    Raises:
        InputError: there is no room for the models.
        ModelMissing, ModelCorrupt, EngineUnavailable: a starter model is not there, or nothing works.
    """
    began_s, clock = time.perf_counter(), _Clock()
    tell("memory")
    copy_bytes_s = _copied(clock)
    tell("speech recognition")
    encoded, decoded = _hearing(clock, tell)
    tell("language model")
    paths = {mix.value: shape_model(f"probe-{mix.value.lower()}", tell=tell) for mix in Mix}
    table = choose(
        cores, lambda engine, count: _answer_s(paths[Mix.Q4_0.value], clock, count) if engine == "language model" else 0.0, threads
    )
    written = {}
    for mix in Mix:
        shape = LLM_PROBE[mix]
        measured = _batches(paths[mix.value], clock, table.language_model)
        written[mix.value] = writing(LlmShape(shape.body_bytes, shape.head_bytes, mix.value), measured)
    tell("voice")
    voice_threads = min(max(1, cores - table.language_model), MOST_OF_A_VOICE)
    medium, high = (_voice(clock, shape, voice_threads) for shape in (MEDIUM, HIGH))
    tell("the starter models")
    starter = (
        _starter_hearing(clock), MeasuredWriting(_batches(verified(STARTER.language_model), clock, table.language_model)),
        _starter_voice(clock, voice_threads),
    )  # fmt: skip
    return Speeds(
        table.language_model, copy_bytes_s, int8_macs_s(encoded), hearing(encoded, decoded), written, medium, high, *starter,
        busy=round(clock.busy, 3), took_s=round(time.perf_counter() - began_s, 1),
    )  # fmt: skip


def _copied(clock: _Clock) -> float:
    source = np.ones(COPIED_BYTES // 8)
    target = np.zeros_like(source)
    return 2 * source.nbytes / clock.fastest(lambda: np.copyto(target, source))


def _noise(seconds: float) -> Samples:
    made: Samples = np.random.default_rng(0).normal(0, 0.05, round(seconds * LISTEN_RATE_HZ)).astype(np.float32)
    return made


def _hearing(clock: _Clock, tell: Tell) -> tuple[list[Encoded], list[Decoded]]:
    from models.whisper import WhisperEngine

    encoded, decoded = [], []
    for name, sizes in WHISPER_PROBES.items():
        shape = WhisperShape(sizes.width, sizes.layers, sizes.layers)
        engine = WhisperEngine(shape_model(name, tell=tell), "en", threads=1)
        for sound_s in SOUNDS_S:
            sound = _noise(sound_s)
            encoded.append(Encoded(shape, sound_s, clock.fastest(lambda e=engine, s=sound: e.encode(s))))  # type: ignore[misc]
            found = engine.encode(sound)
            for count in TOKENS:
                took_s = clock.fastest(lambda e=engine, f=found, n=count: e.decode(f, n, to_the_most=True))  # type: ignore[misc]
                decoded.append(Decoded(shape, sound_s, count, took_s))
    return encoded, decoded


@contextmanager
def _context(path: Path, threads: int) -> Iterator[Callable[[int], None]]:
    """Yield what computes so many tokens that are new, behind a prompt."""
    from models.llama import LlamaEngine

    with closing(LlamaEngine(path, threads=threads)) as engine:
        prompt = [number % 500 + 300 for number in range(PROMPT_TOKENS)]
        asked = 0

        def compute(count: int) -> None:
            nonlocal asked
            asked += 1
            for _ in engine.compute([*prompt, asked % 250, *range(300, 299 + count)][: PROMPT_TOKENS + count]):
                pass

        compute(1)  # what is done for the first time takes longer
        yield compute


def _batches(path: Path, clock: _Clock, threads: int) -> Curve:
    with _context(path, threads) as compute:
        return tuple((count, clock.fastest(lambda n=count: compute(n), threads)) for count in BATCHES)  # type: ignore[misc]


def _answer_s(path: Path, clock: _Clock, threads: int) -> float:
    """Return what the choice of threads is made by: the end of a prompt, and a phrase."""
    with _context(path, threads) as compute:
        return clock.fastest(lambda: compute(16), 2) + 8 * clock.fastest(lambda: compute(1), 2)


def _voice(clock: _Clock, shape: VocoderShape, threads: int) -> VoiceCost:
    session = _session(network(shape), threads)
    frames = round((1.0 if shape is MEDIUM else 0.3) / FRAME_S)
    given = {"frames": np.random.default_rng(0).standard_normal((1, 192, frames)).astype(np.float32)}
    return VoiceCost(VOICE_REST * clock.fastest(lambda: session.run(None, given), threads) / (frames * FRAME_S), PHRASE_S)


def _starter_voice(clock: _Clock, threads: int) -> VoiceCost:
    session = _session((verified(STARTER.voices["en"]) / "voice.onnx").read_bytes(), threads)
    ids = np.random.default_rng(0).integers(3, 40, (1, 60))
    ids[:, 1::2] = 0
    given = {"input": ids, "input_lengths": np.array([60]), "scales": np.array([0.667, 1, 0.8], np.float32)}
    sound_s = session.run(None, given)[0].size / 16_000
    return VoiceCost(clock.fastest(lambda: session.run(None, given), threads) / sound_s, PHRASE_S)


def _session(model: bytes, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _starter_hearing(clock: _Clock) -> MeasuredHearing:
    from models.whisper import WhisperEngine

    engine = WhisperEngine(verified(STARTER.recognizers["en"]), "en", threads=1)
    sounds_s = [s for s in (0.5, 1.0, 2.0, 4.0) if s < engine.hearing.window_s]
    sounds = {s: _noise(s) for s in sounds_s}
    curve = tuple((round(10 * s), clock.fastest(lambda x=sound: engine.encode(x))) for s, sound in sounds.items())  # type: ignore[misc]
    encoded = engine.encode(_noise(2.0))
    few, many = (clock.fastest(lambda n=n: engine.decode(encoded, n, to_the_most=True)) for n in (2, 18))  # type: ignore[misc]
    return MeasuredHearing(curve, max(many - few, 0.0) / 16)
