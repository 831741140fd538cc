"""Domain packs and installed models: what is in their folders, and what else may lie there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from assistant.errors import InputError, ModelCorrupt
from models.installed import installed as receipts
from models.packs.cases import read_cases
from models.packs.markdown import passages
from models.packs.places import SHIPPED, install
from models.packs.reading import read_pack
from tests.fuzz.campaign import Target
from tests.fuzz.mutation import dumped, lines, text, toml, tree
from tests.fuzz.targets.files import GLOSSARY, TOML, written

KNOWLEDGE = "# Orders\n\n## Where is my order?\n## When does it come?\nIt is **on** its [way](https://example.org). `Soon`.\n\n- two\n\n> days\n\n## Can I cancel?\nYes.\n"
MARKDOWN = (
    "## ",
    "# ",
    "### ",
    "---\nlang: en\n---\n",
    "---",
    "lang: xx",
    "[" * 2000,
    "](",
    "**",
    "`" * 3000,
    "> ",
    "- ",
    "\u2028",
    "\x0c",
    "[a](b" * 1000,
)


@contextmanager
def markdown(folder: Path) -> Iterator[Target]:
    """The knowledge of a pack."""
    path = folder / "en" / "a.md"
    path.parent.mkdir()

    def take(case: str) -> None:
        written(path, case)
        passages(folder, ["en"] if "lang" not in case else ["en", "es"])

    yield Target(lambda random: lines(random, KNOWLEDGE, MARKDOWN), take, (InputError,))


@contextmanager
def packs(folder: Path) -> Iterator[Target]:
    """A pack, its questions, and what it knows: one of its files is nearly right, or something else than a file."""
    place = folder / "pack"
    shutil.copytree(SHIPPED / "skeleton", place)
    names = ("pack.toml", "cases.toml", "glossary.toml", "knowledge/en/questions.md")
    originals = {name: (place / name).read_text(encoding="utf-8") for name in names}
    originals["glossary.toml"] = GLOSSARY
    more = ('adapter = "a.gguf"\n', 'voices.en = "v.onnx"\n', 'tools = ["add"]\n', 'phrases.en = ["Hm."]\n', 'examples.en = ["x"]\n', "")
    words = (*TOML, *MARKDOWN, "../../x.gguf", "/etc/passwd", "adapter", "voices.en", "nul.gguf")

    def make(random: Random) -> tuple[str, str]:
        name = random.choice(names)
        seed = originals[name] + (random.choice(more) if name == "pack.toml" else "")
        return name, (toml if name.endswith(".toml") else lines)(random, seed, words)

    def take(case: tuple[str, str]) -> None:
        name, given = case
        written(place / name, given)
        try:
            pack = read_pack(place)
            for path in (pack.adapter, *pack.voices.values()):
                assert path is None or path.parent.absolute() == place.absolute()
            read_cases(place, pack)
            for question in ("Where are you?", given[:300].encode(errors="ignore").decode()):
                pack.knowledge.search(question)
        finally:
            written(place / name, originals[name])

    yield Target(make, take, (InputError,))


@contextmanager
def receipt(folder: Path) -> Iterator[Target]:
    """What lies beside an installed model."""
    place = folder / "parley" / "models" / "tiny"
    place.mkdir(parents=True)
    file = {"name": "b.gguf", "bytes": 3, "sha256": "0" * 64, "verified": True}
    licence = {"name": "Kind", "url": "https://example.org", "duties": "None.", "accept": False, "accompanies": False}
    entry = {
        "name": "Tiny",
        "kind": "assistant",
        "repo": "a/b",
        "revision": "main",
        "licence": "kind",
        "files": [{"path": "b.gguf", "bytes": 3, "sha256": "0" * 64}],
    }
    seed = {
        "name": "tiny",
        "entry": entry,
        "commit": "abc",
        "source": "x",
        "files": [file],
        "licence": licence,
        "accepted": False,
        "time": "2026",
    }
    before = os.environ.get("XDG_DATA_HOME")
    os.environ["XDG_DATA_HOME"] = str(folder)

    def take(case: str) -> None:
        written(place / "parley.json", case)
        for found in receipts().values():
            assert "/" not in found.name

    try:
        yield Target(lambda random: dumped(random, tree(random, seed)), take, (ModelCorrupt,))
    finally:
        _restored("XDG_DATA_HOME", before)


def _restored(name: str, before: str | None) -> None:
    if before is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = before


@contextmanager
def installing(folder: Path) -> Iterator[Target]:
    """A pack's folder with links, pipes, odd names and many files in it, installed: nothing comes from or goes outside."""
    secret, data, source = folder / "secret", folder / "data", folder / "source"
    secret.write_text("secret")
    data.mkdir()
    before = os.environ.get("XDG_DATA_HOME")
    os.environ["XDG_DATA_HOME"] = str(data)

    def make(random: Random) -> list[tuple[str, str]]:
        places = (
            "glossary.toml",
            "pack.toml",
            "cases.toml",
            "knowledge",
            "knowledge/en",
            "knowledge/en/questions.md",
            "new",
            "en/x.md",
            "..\\x",
            "nul",
            "adapter.gguf",
        )
        what = ("link", "link folder", "link up", "pipe", "folder", "file", "none", "dangling", "name", "many")
        return [(random.choice(places), random.choice(what)) for _ in range(random.choice((1, 1, 2, 3)))] + [("", text(random))]

    def take(case: list[tuple[str, str]]) -> None:
        shutil.rmtree(source, ignore_errors=True)
        shutil.copytree(SHIPPED / "skeleton", source)
        for name, what in case[:-1]:
            _put(source / name, what, secret, case[-1][1])
        installed = install(source)
        assert installed.parent == data / "parley" / "packs"
        assert all(not path.is_symlink() and (path.is_dir() or path.is_file()) for path in installed.rglob("*"))

    def holds() -> None:
        assert sorted(path.name for path in folder.iterdir()) == ["data", "secret", "source"]
        assert secret.read_text() == "secret"
        assert not list(data.rglob("*secret*"))
        for name in data.glob("*"):
            assert name.name == "parley"

    try:
        yield Target(make, take, (InputError,), holds)
    finally:
        _restored("XDG_DATA_HOME", before)


def _put(path: Path, what: str, secret: Path, said: str) -> None:
    """Put something else where a file of a pack is."""
    for folder in reversed(path.parents):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            return
        folder.mkdir(exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    match what:
        case "link":
            path.symlink_to(secret)
        case "link folder":
            path.symlink_to(secret.parent)
        case "link up":
            path.symlink_to("..")
        case "dangling":
            path.symlink_to("/nowhere")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "file":
            written(path, said)
        case "name":
            written(path, f'name = "{said}"')
        case "many":
            path.mkdir()
            for number in range(1100 if said == "x" else 20):
                (path / f"{number}.md").touch()
