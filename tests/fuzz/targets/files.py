"""Files that a person is given by somebody else: settings, glossaries, catalogues, and domain packs with what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from assistant.errors import SettingsError
from assistant.sections import EndpointSettings, LargeSettings, ModelSettings, ServerSettings
from assistant.settings import Settings, read_settings
from clients.cli.running import glossary
from models.catalogue import catalogue
from models.prices import prices
from tests.fuzz.campaign import Target
from tests.fuzz.mutation import lines, toml

SETTINGS = """\
wake = "hey parley"
awake_s = 8.0
microphone = 3
interrupts = true
glossary = "terms.toml"

[endpoint]
end_s = 0.5
eagerness = 2.5

[models]
language_model = "model.gguf"

[models.recognizers]
en = "whisper"

[server]
listens = ["en", "es"]
sessions = 8

[large]
privacy = "never"
"""
GLOSSARY = """\
[[term]]
en = ["gateway", "the gateway"]
es = "pasarela"
heard.en = ["gate way"]
said.es = "pa sa re la"

[[term]]
en = "C++"
said.en = "see plus plus"
"""
CATALOGUE = """\
as_of = "2026-01-01"

[licences.kind]
name = "The Kind Licence"
url = "https://example.org/kind"
duties = "Be kind."

[models.tiny]
name = "Tiny"
kind = "assistant"
repo = "someone/tiny"
revision = "main"
licence = "kind"
files = [{ path = "a/b.gguf", bytes = 12, sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }]
published = [{ measure = "WER", value = 1.5, source = "https://example.org/paper" }]
build = { width = 64, layers = [2, 2] }
"""
PRICES = '[models]\n"gpt-x" = { in = 1.0, out = 2.5, cached = 0.1 }\nmine = { in = 0, out = 1 }\n'
TOML = (
    "[[", "]]", "[a]", "[a.b]", "= ", '"""', "'''", "#", "\\u0000", "\\UFFFFFFFF", "1979-05-27T07:32:00Z", "99:99:99", "inf", "-nan", "0x" + "f" * 5000,
    "1" * 5000, "[" * 3000, "{a=" * 3000, "a." * 3000 + "a", "true", "term", "heard", "said", "en", "es", "{ x = 1 }", "[[1], [2]]", "models", "server",
)  # fmt: skip

KEYS = (
    *TOML,
    *Settings.model_fields,
    *ServerSettings.model_fields,
    *ModelSettings.model_fields,
    *EndpointSettings.model_fields,
    *LargeSettings.model_fields,
)


def written(path: Path, given: str) -> None:
    path.write_bytes(given.encode(errors="surrogatepass"))


@contextmanager
def settings(folder: Path) -> Iterator[Target]:
    """The settings file, and --set."""
    path = folder / "settings.toml"

    def make(random: Random) -> tuple[str, list[str]]:
        flags = (
            [lines(random, random.choice(("endpoint.end_s=0.6", "server.listens=en", "a.b.c=1", "wake=x")), TOML)]
            if random.random() < 0.3
            else []
        )
        return (toml(random, SETTINGS, KEYS) if random.random() < 0.9 else SETTINGS), flags

    def take(case: tuple[str, list[str]]) -> None:
        written(path, case[0])
        read_settings(path, case[1])

    yield Target(make, take, (SettingsError,))


@contextmanager
def terms(folder: Path) -> Iterator[Target]:
    """The glossary."""
    path = folder / "terms.toml"
    given = read_settings(None, [f"glossary={path}"])

    def take(case: str) -> None:
        written(path, case)
        found = glossary(given)
        for language in ("en", "es"):
            said = found.respelled(found.correct("The gate way to C++, a gateway.", language), language)
            found.pairs(found.settled(said, language), language, "es")

    yield Target(lambda random: toml(random, GLOSSARY, TOML), take, (SettingsError,))


@contextmanager
def catalogues(folder: Path) -> Iterator[Target]:
    """A person's own catalogue of models."""
    path, shipped = folder / "catalogue.toml", catalogue()

    def take(case: str) -> None:
        written(path, case)
        for name, entry in catalogue(path).models.items():
            if name not in shipped.models:
                assert entry.memory_bytes[0] >= 0
                assert all("/" not in file.name and file.name not in (".", "..") for file in entry.files)

    yield Target(lambda random: toml(random, CATALOGUE, TOML), take, (SettingsError,))


@contextmanager
def costs(folder: Path) -> Iterator[Target]:
    """A person's own prices of hosted models."""
    path = folder / "prices.toml"

    def take(case: str) -> None:
        written(path, case)
        prices(path)

    yield Target(lambda random: toml(random, PRICES, TOML), take, (SettingsError,))
