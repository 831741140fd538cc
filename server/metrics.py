"""What Prometheus is told: a fold over the facts of all sessions, like latency, the log and the recorder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.audio import Samples
from assistant.engines import Outage
from assistant.events import Degraded, ReplyAudio, Restored, Speech, Stamped
from server.outcomes import Outcomes

TURN_BOUNDS_S = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Of the histograms: close together where an answer is wanted."""

REFUSED_FROM = 400
"""Responses with such a status count as refusals."""


class Metrics:
    """One server's numbers; each has a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.stages = Histogram(
            "parley_turn_stage_seconds",
            "From the end of the user's speech until a turn reached a stage.",
            ["stage"],
            buckets=TURN_BOUNDS_S,
            registry=self._registry,
        )
        self.turns = Counter("parley_turns", "Answers, by how they ended.", ["ended"], registry=self._registry)
        self.degradations = Counter(
            "parley_degradations", "What was given up to keep the latency budget.", ["what"], registry=self._registry
        )
        self.restorations = Counter("parley_restorations", "What was taken back of that.", ["what"], registry=self._registry)
        self.refusals = Counter("parley_refusals", "Requests that were refused, by HTTP status.", ["status"], registry=self._registry)
        self._audio = Counter("parley_audio_seconds", "Audio that was listened to and spoken.", ["direction"], registry=self._registry)
        self.lags = Histogram(
            "parley_room_lag_seconds",
            "By how much what is interpreted in rooms trails the speaker.",
            buckets=TURN_BOUNDS_S,
            registry=self._registry,
        )
        self.echoes = Counter("parley_room_echoes", "Utterances in rooms that were our own voice.", registry=self._registry)
        self._rooms = Gauge("parley_rooms_open", "Rooms that go on.", registry=self._registry)
        self._people = Gauge("parley_room_people", "People in them.", registry=self._registry)
        self._open = Gauge("parley_sessions_open", "Conversations and requests that go on.", registry=self._registry)

    def watch(self, taken: Callable[[], int], queues: Callable[[], Mapping[str, int]]) -> None:
        """Whenever the numbers are read, ask `taken` how many sessions are open, and `queues` what waits for each engine."""
        self._open.set_function(taken)
        self._registry.register(_Queues(queues))

    def watch_admission(self, predicted_s: Callable[[], float]) -> None:
        """Whenever the numbers are read, ask what answers are expected to take with one more conversation."""
        self._registry.register(_Predicted(predicted_s))

    def watch_outages(self, outages: Callable[[], Iterable[Outage]]) -> None:
        """Whenever the numbers are read, ask what does not work."""
        self._registry.register(_Outages(outages))

    def watch_rooms(self, rooms: Callable[[], int], people: Callable[[], int]) -> None:
        """Whenever the numbers are read, ask how many rooms are open, and how many people are in them."""
        self._rooms.set_function(rooms)
        self._people.set_function(people)

    def lagged(self, lag_s: float) -> None:
        """Count words in a room that were interpreted so long after they were said."""
        self.lags.observe(lag_s)

    def echoed(self) -> None:
        """Count an utterance in a room that was our own voice."""
        self.echoes.inc()

    def heard(self, seconds: float) -> None:
        """Count audio that was listened to."""
        self._audio.labels("heard").inc(seconds)

    def spoke(self, samples: Samples, rate_hz: int) -> None:
        """Count audio that was spoken."""
        self._audio.labels("spoken").inc(samples.size / rate_hz)

    def observer(self) -> Observer:
        """Return an observer for one session."""
        return Observer(self)

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format, version 0.0.4."""
        return generate_latest(self._registry)


class _Queues(Collector):
    """What waits for each engine, at the moment."""

    def __init__(self, queues: Callable[[], Mapping[str, int]]) -> None:
        self._queues = queues

    def collect(self) -> Iterable[Metric]:
        """Return the gauge."""
        gauge = GaugeMetricFamily("parley_engine_queue", "Steps asked of an engine and not done yet.", labels=["engine"])
        for engine, queued in self._queues().items():
            gauge.add_metric([engine], queued)
        return [gauge]


class _Predicted(Collector):
    """What the admission expects, at the moment."""

    def __init__(self, predicted_s: Callable[[], float]) -> None:
        self._predicted_s = predicted_s

    def collect(self) -> Iterable[Metric]:
        """Return the gauge."""
        help_ = "What 95 of 100 answers are expected to take with one more conversation; 0 while nothing is known."
        return [GaugeMetricFamily("parley_predicted_seconds", help_, self._predicted_s())]


class _Outages(Collector):
    """What does not work, at the moment."""

    def __init__(self, outages: Callable[[], Iterable[Outage]]) -> None:
        self._outages = outages

    def collect(self) -> Iterable[Metric]:
        """Return the gauge."""
        help_ = "1 for each engine, or what else, that does not work; down: nobody can be answered until it does."
        gauge = GaugeMetricFamily("parley_outages", help_, labels=["what", "down"])
        for what, down in {(outage.what, outage.down) for outage in self._outages()}:
            gauge.add_metric([what, str(down).lower()], 1)
        return [gauge]


class Observer:
    """Counts the facts of one session. Audio is counted as heard when a fact about speech in it is told."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics, self._outcomes = metrics, Outcomes()
        self._heard_s = 0.0

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        match stamped.event:
            case Speech(heard_s=heard_s):
                self._metrics.heard(max(0.0, heard_s - self._heard_s))
                self._heard_s = max(self._heard_s, heard_s)
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz):
                self._metrics.spoke(samples, rate_hz)
            case Degraded(what=what):
                self._metrics.degradations.labels(what).inc()
            case Restored(what=what):
                self._metrics.restorations.labels(what).inc()
        if (ended := self._outcomes.push(stamped)) is not None:
            self._metrics.turns.labels(ended.how).inc()
            for stage, at_s in ended.timing.in_order() if ended.timing else ():
                self._metrics.stages.labels(stage).observe(at_s)


class Refusals:
    """ASGI middleware: counts the responses that refuse something, before and after the entrance."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def counted(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start") and message["status"] >= REFUSED_FROM:
                self._metrics.refusals.labels(str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, counted)
