"""Spans of a whole conversation, kept in memory by OpenTelemetry's own SDK."""

from __future__ import annotations

import gzip
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import numpy as np
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from assistant.errors import InputError
from assistant.events import (
    Degraded,
    Event,
    Failed,
    Final,
    ReplyAudio,
    ReplyDone,
    ReplyToken,
    SpeechEnded,
    SpeechPaused,
    Stamped,
    ToolCalled,
)
from server.traces import Traces, exported

SECRET = "my password is swordfish"
NOON_S = datetime(2026, 5, 4, 12, 0, tzinfo=UTC).timestamp()


def drawn(*facts: tuple[float, Event]) -> list[ReadableSpan]:
    """Return the spans of a session; the wall's clock shows noon when the session's shows 0."""
    kept, clock_s = InMemorySpanExporter(), [0.0]
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    observe = Traces(provider.get_tracer("test"), lambda: NOON_S + clock_s[0]).observer()
    for at_s, event in facts:
        clock_s[0] = at_s
        observe(Stamped(at_s, event))
    provider.shutdown()
    return list(kept.get_finished_spans())


ANSWER: tuple[tuple[float, Event], ...] = (
    (10.2, SpeechPaused(1, 9.0, 9.2)),
    (10.3, Final(1, SECRET, "en")),
    (10.4, SpeechEnded(1, 9.0, 9.4)),
    (10.45, ReplyToken(1, SECRET)),
    (10.46, ToolCalled(1, "note", {"text": SECRET}, SECRET)),
    (10.47, Degraded(1, "partials", SECRET)),
    (10.5, ReplyAudio(1, np.zeros(8000, np.float32), 16_000, SECRET)),
    (10.6, ReplyDone(1, SECRET)),
)


def seconds(ns: int | None) -> float:
    assert ns is not None
    return round(ns / 1e9 - NOON_S, 3)


def test_a_span_for_the_answer_and_one_for_each_stage() -> None:
    *stages, turn = drawn(*ANSWER)
    assert turn.name == "turn"
    assert (seconds(turn.start_time), seconds(turn.end_time)) == (10.0, 10.6)
    assert turn.attributes is not None
    assert {key: value for key, value in turn.attributes.items() if key != "parley.session"} == {"parley.turn": 1, "parley.ended": "done"}
    spans = [(stage.name, seconds(stage.start_time), seconds(stage.end_time)) for stage in stages]
    assert spans == [
        ("paused", 10.0, 10.2),
        ("final", 10.2, 10.3),
        ("endpoint", 10.3, 10.4),
        ("first_token", 10.4, 10.45),
        ("first_audio", 10.45, 10.5),
    ]
    for stage in stages:
        assert stage.parent is not None
        assert turn.context is not None
        assert stage.parent.span_id == turn.context.span_id
    events = [(event.name, dict(event.attributes or {}), seconds(event.timestamp)) for event in turn.events]
    assert events == [("tool", {"name": "note"}, 10.46), ("degraded", {"what": "partials"}, 10.47)]


def test_no_words_are_in_them() -> None:
    assert all("swordfish" not in span.to_json() for span in drawn(*ANSWER))


def test_a_failure_has_its_code() -> None:
    (turn,) = drawn((3.0, Failed(1, SECRET, "engine_error")))
    assert turn.attributes is not None
    assert turn.attributes["error.type"] == "engine_error"
    assert turn.status.status_code is StatusCode.ERROR
    assert "swordfish" not in turn.to_json()


def test_sessions_are_told_apart_and_answers_are_traces_of_their_own() -> None:
    first, second = (spans[-1] for spans in (drawn(*ANSWER), drawn(*ANSWER)))
    assert first.attributes is not None
    assert second.attributes is not None
    assert first.attributes["parley.session"] != second.attributes["parley.session"]
    both = [span for span in drawn(*ANSWER, (20.0, Failed(2, "x", "y"))) if span.name == "turn"]
    assert len({span.context.trace_id for span in both if span.context}) == 2


class Collector(BaseHTTPRequestHandler):
    """Takes what it is sent, as a collector of OpenTelemetry does."""

    got: ClassVar[list[tuple[str, list[str]]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        sent = ExportTraceServiceRequest.FromString(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
        self.got.append((self.path, [span.name for each in sent.resource_spans for scope in each.scope_spans for span in scope.spans]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_collector_is_sent_them_at_the_latest_at_the_end() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        with exported(f"http://127.0.0.1:{collector.server_port}/") as traces:
            assert traces is not None
            observe = traces.observer()
            for at_s, event in ANSWER:
                observe(Stamped(at_s, event))
        collector.shutdown()
    assert Collector.got == [("/v1/traces", ["paused", "final", "endpoint", "first_token", "first_audio", "turn"])]


def test_without_the_packages_a_person_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(InputError, match=r"pip install -e '\.\[otel\]'"), exported("http://localhost:4318"):
        pass
    with exported(None) as nothing:
        assert nothing is None
