"""Grafana's dashboard: what it asks Prometheus for is what the server tells."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from assistant.engines import Outage
from assistant.events import Degraded, ReplyAudio, ReplyDone, Restored, SpeechEnded, SpeechPaused, Stamped
from assistant.latency import STAGES
from server.metrics import Metrics

BOARD: dict[str, Any] = json.loads((files("server") / "dashboard.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = BOARD["panels"]
OURS = {"instance", "le", "quantile"}
"""Labels that Prometheus and its histograms add."""


def told() -> dict[str, set[str]]:
    """Return the series of a server that had something to tell of everything, each with its labels."""
    metrics = Metrics()
    metrics.watch(lambda: 1, lambda: {"voice": 1})
    metrics.watch_outages(lambda: [Outage("no voice en", "its process hangs")])
    metrics.watch_admission(lambda: 0.3)
    metrics.watch_rooms(lambda: 1, lambda: 2)
    metrics.lagged(1.0)
    metrics.echoed()
    metrics.refusals.labels("503").inc()
    observe = metrics.observer()
    for at_s, event in (
        (1.2, SpeechPaused(1, 1.0, 1.2)),
        (1.4, SpeechEnded(1, 1.0, 1.4)),
        (1.5, Degraded(1, "partials", "late")),
        (1.5, Restored(1, "partials")),
        (1.6, ReplyAudio(1, np.zeros(160, np.float32), 16_000, "Hi.")),
        (1.7, ReplyDone(1, "Hi.")),
    ):
        observe(Stamped(at_s, event))
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_every_metric_and_label_exists(panel: dict[str, Any]) -> None:
    series = told()
    for target in panel["targets"]:
        used = re.findall(r"parley_\w+", target["expr"])
        assert used
        for name in used:
            assert name in series, f"{name} is none of the server's metrics"
        labels = {label for name in used for label in series[name]} | OURS
        asked = (
            re.findall(r"by \(([^)]*)\)", target["expr"])
            + re.findall(r"(\w+)=~?\"", target["expr"])
            + re.findall(r"{{(\w+)}}", target["legendFormat"])
        )
        assert {label.strip() for each in asked for label in each.split(",")} <= labels
    for stage in re.findall(r'stage="(\w+)"', json.dumps(panel).replace("\\", "")):
        assert stage in STAGES


def test_panels_are_told_apart_and_lie_beside_each_other() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert all(panel["title"] and panel["description"].endswith(".") for panel in PANELS)
    for one, other in combinations([panel["gridPos"] for panel in PANELS], 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


def test_it_asks_the_source_that_is_chosen() -> None:
    chosen = {variable["name"] for variable in BOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(PANELS))) - {"__rate_interval", "__range"}
    assert used == chosen
