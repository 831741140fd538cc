"""Traces for OpenTelemetry: a span for each answer and one for each of its stages, out of the same facts as the metrics. No text of anybody is in them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assistant.errors import InputError
from assistant.events import Deferred, Degraded, DraftDropped, Event, Restored, Routed, Stamped, ToolCalled, ToolRequested
from assistant.session import Observer
from server.outcomes import Ended, Outcomes

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

MOST_EVENTS = 32
"""Of one span, kept until it ends."""

EXPORT_S = 3.0
"""Seconds that a collector has for what it is sent; one that is away keeps the server's end waiting no longer."""


class Traces:
    """Gives each session an observer."""

    def __init__(self, tracer: Tracer, now_s: Callable[[], float] = lambda: datetime.now(UTC).timestamp()) -> None:
        """Tell `tracer`; `now_s` gives seconds since 1970."""
        self._tracer, self._now_s = tracer, now_s

    def observer(self) -> Observer:
        """Return an observer for one session."""
        return _Session(self._tracer, self._now_s)


class _Session:
    """The spans of one session; each answer is a trace of its own, with the session's name in it."""

    def __init__(self, tracer: Tracer, now_s: Callable[[], float]) -> None:
        self._tracer, self._now_s, self._outcomes = tracer, now_s, Outcomes()
        self._name = secrets.token_hex(8)
        self._events: list[tuple[float, Event]] = []

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        if _told(stamped.event) is not None and len(self._events) < MOST_EVENTS:
            self._events.append((stamped.at_s, stamped.event))
        if (ended := self._outcomes.push(stamped)) is not None:
            self._draw(ended)

    def _draw(self, ended: Ended) -> None:
        """Tell of an answer: facts are stamped on the session's clock, spans on the wall's, and now it is this fact's time on both."""
        from opentelemetry.trace import StatusCode, set_span_in_context

        offset_s = self._now_s() - ended.at_s

        def unix_ns(at_s: float) -> int:
            return round((offset_s + at_s) * 1e9)

        timing = ended.timing or ended.asked
        points, origin_s = (timing.in_order(), timing.origin_s) if timing else ([], ended.at_s)
        about: dict[str, str | int] = {"parley.session": self._name, "parley.turn": ended.turn, "parley.ended": ended.how}
        if ended.code is not None:
            about["error.type"] = ended.code
        span = self._tracer.start_span("turn", start_time=unix_ns(origin_s), attributes=about)
        if ended.how == "failed":
            span.set_status(StatusCode.ERROR)
        for at_s, event in self._events:
            name, attributes = _told(event) or ("", {})
            span.add_event(name, attributes, timestamp=unix_ns(at_s))
        self._events.clear()
        inside, since_s = set_span_in_context(span), origin_s
        for stage, after_s in points:
            at_s = origin_s + after_s
            self._tracer.start_span(stage, inside, start_time=unix_ns(since_s)).end(unix_ns(at_s))
            since_s = at_s
        span.end(unix_ns(max(ended.at_s, since_s)))


def _told(event: Event) -> tuple[str, dict[str, str]] | None:
    """Return what a span says of a fact: names of our own, nothing that was said."""
    match event:
        case Degraded(what=what):
            return "degraded", {"what": what}
        case Restored(what=what):
            return "restored", {"what": what}
        case Routed(to=to):
            return "routed", {"to": to}
        case ToolCalled(name=name) | ToolRequested(name=name):
            return "tool", {"name": name}
        case Deferred():
            return "deferred", {}
        case DraftDropped():
            return "draft dropped", {}
        case _:
            return None


@contextmanager
def exported(url: str | None) -> Generator[Traces | None, None, None]:
    """Yield traces that are sent to a collector's OTLP address over HTTP, such as http://localhost:4318; None for None.

    Raises:
        InputError: the packages are not installed.
    """
    if url is None:
        yield None
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise InputError("Traces need the packages of OpenTelemetry; install them: pip install -e '.[otel]'.") from error
    provider = TracerProvider(resource=Resource.create({"service.name": "parley"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{url.rstrip('/')}/v1/traces", timeout=EXPORT_S)))
    try:
        yield Traces(provider.get_tracer("parley"))
    finally:
        provider.shutdown()
