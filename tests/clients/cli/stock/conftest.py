"""The hub, the catalogue and the empty data folder of the tests of pulling; `models` runs `parley models` with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.cli.conftest import Parley, Ran
from tests.models.pulled.conftest import data_folder as data_folder
from tests.models.pulled.conftest import hub_server as hub_server
from tests.models.pulled.conftest import own_catalogue as own_catalogue
from tests.models.pulled.hub_server import HubServer

Models = Callable[..., Ran]


@pytest.fixture
def models(parley: Parley, hub_server: HubServer, own_catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> Models:
    monkeypatch.setenv("HF_ENDPOINT", hub_server.url)
    return lambda *arguments: parley("--set", f"models.catalogue={own_catalogue}", "models", *arguments)
