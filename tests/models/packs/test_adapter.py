"""A pack's adapter: trained for some steps it does in llama.cpp what it did in torch; what cannot be used is refused in one sentence."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from assistant.errors import InputError
from assistant.pack import Pack
from models.packs.adapted import Adapted, adapted
from models.packs.adapter import BASE, MOST_BYTES, NONE, PASSAGES, Adapter
from models.packs.places import install, new
from models.packs.reading import read_pack
from models.starter import STARTER, verified
from models.starter.recipe import adapter as recipe
from models.starter.recipe import llm_gguf, lora
from models.starter.recipe.llm_model import Llm, LlmShape
from models.starter.recipe.questions import Questions

REMEDY = "; train it again (python -m models.starter.recipe adapter mine), or leave adapter out of pack.toml."


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a pack with an adapter that learned for a second."""
    folder = new("mine", tmp_path_factory.mktemp("packs"))
    (folder / "pack.toml").write_text('adapter = "adapter.gguf"\n' + (folder / "pack.toml").read_text())
    recipe.train(folder, folder / "adapter.gguf", minutes=0.15, split="dev")
    return folder


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "mine"))


def loaded(folder: Path) -> Adapter:
    knowledge = adapted(read_pack(folder)).knowledge
    assert isinstance(knowledge, Adapted)
    return knowledge.adapter


def complaint(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        adapted(read_pack(folder))
    return str(caught.value).replace(str(folder), "mine")


def test_it_tells_passages_apart(trained: Path) -> None:
    adapter = loaded(trained)
    assert adapter.passages == [("en", "When are you open?"), ("en", "Where are you?")]
    opening, place = adapter.chances("When are you open?"), adapter.chances("what is your address")
    assert all(0 <= sum(chances.values()) <= 1 for chances in (opening, place))
    assert opening["en", "When are you open?"] > place["en", "When are you open?"]
    assert place["en", "Where are you?"] > opening["en", "Where are you?"]
    assert adapter.chances("When are you open?") == opening  # whatever was asked in between
    assert sum(adapter.chances("word " * 500).values()) <= 1


def test_llama_cpp_computes_what_torch_does(folder: Path) -> None:
    pack, base = read_pack(folder), verified(STARTER.language_model)
    model, tokenizer = llm_gguf.read(base)
    labels = recipe.labels_for(len(pack.passages) + 1, model)
    found = lora.adapt(model.eval())
    generator = torch.Generator().manual_seed(0)
    for low in found.values():
        low.b.data = torch.randn(low.b.shape, generator=generator) * 0.02
    lora.write(found, recipe.values(pack, labels, base), folder / "adapter.gguf")
    with torch.no_grad():
        wanted = recipe.Asking(model, tokenizer, labels).logits(["are you open?"]).softmax(1)[0, :-1].tolist()
    assert list(loaded(folder).chances("are you open?").values()) == pytest.approx(wanted, abs=0.03)  # llama.cpp rounds to 8 bits


def _no_file(path: Path) -> None:
    path.unlink()


def _link(path: Path) -> None:
    shutil.move(path, path.parent.parent / "elsewhere.gguf")
    path.symlink_to(path.parent.parent / "elsewhere.gguf")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100_000])


def _text(path: Path) -> None:
    path.write_text("an adapter")


def _long(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(MOST_BYTES + 1)


def _whole_model(path: Path) -> None:
    shutil.copy(verified(STARTER.language_model), path)


def _written(values: dict[str, str], shape: LlmShape | None = None) -> Callable[[Path], None]:
    return lambda path: lora.write(lora.adapt(Llm(shape or LlmShape())), values, path)


def _base() -> str:
    return recipe.sha256_of(verified(STARTER.language_model))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_no_file, "is missing"),
        (_link, "is a link"),
        (_cut, "is no adapter of the starter model, or is broken"),
        (_text, "is no adapter of the starter model, or is broken"),
        (_long, f"has {MOST_BYTES + 1} bytes, and an adapter at most {MOST_BYTES}"),
        (_whole_model, f"has {verified(STARTER.language_model).stat().st_size} bytes, and an adapter at most {MOST_BYTES}"),
        (_written({}, LlmShape(width=64, heads=2)), "is no adapter of the starter model, or is broken"),
        (_written({}), f"was trained on another model (SHA-256 unknown and not {_base()[:12]}…)"),
        (_written({BASE: "0" * 64}), f"was trained on another model (SHA-256 000000000000… and not {_base()[:12]}…)"),
        (_written({BASE: _base()}), "does not say what its answers mean"),
        (_written({BASE: _base(), PASSAGES: '[["en", "When are you open?"]]', NONE: "301"}), "does not say what its answers mean"),
        (_written({BASE: _base(), PASSAGES: '[["en", "When are you open?", 99999]]', NONE: "301"}), "does not say what its answers mean"),
        (_written({BASE: _base(), PASSAGES: '[["en", "When are you open?", 300]]', NONE: "none"}), "does not say what its answers mean"),
    ],
)
def test_what_cannot_be_used(folder: Path, change: Callable[[Path], None], says: str, tmp_path: Path) -> None:
    change(folder / "adapter.gguf")
    assert complaint(folder) == f"mine/adapter.gguf {says}{REMEDY}"
    with pytest.raises(InputError):
        install(folder)


@pytest.mark.parametrize("name", ["../adapter.gguf", "/adapter.gguf", "sub/adapter.gguf", "adapter", ".gguf"])
def test_only_a_file_in_the_folder(folder: Path, name: str) -> None:
    (folder / "pack.toml").write_text((folder / "pack.toml").read_text().replace("adapter.gguf", name))
    assert complaint(folder) == f'mine/pack.toml: adapter is {name!r}; write the name of a file in the folder, such as "adapter.gguf".'


def test_a_passage_that_came_later_is_found_by_its_words(folder: Path) -> None:
    questions = folder / "knowledge/en/questions.md"
    questions.write_text(questions.read_text() + "\n## Do you sell bread?\nYes.\n")
    pack = adapted(read_pack(folder))
    assert pack.knowledge.search("do you sell bread")[0].passage.name == "Do you sell bread?"


def test_it_learns_from_the_questions_and_never_from_the_cases(folder: Path) -> None:
    (folder / "cases.toml").write_text("this is no TOML")
    pack: Pack = read_pack(folder)
    examples = Questions(pack, "dev", random.Random(0))
    made = [examples.example() for _ in range(400)]
    assert {number for _, number in made} == {0, 1, 2}
    assert all(text for text, _ in made)
    assert len({text for text, _ in made}) > 200
