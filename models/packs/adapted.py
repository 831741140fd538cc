"""A pack with its adapter: which passage is meant, where the words that are shared do not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.knowledge import Hit, Knowledge, lifted, undecided
from assistant.pack import Pack
from models.packs.adapter import Adapter

KEPT = 4
"""Questions whose answers are kept: one is asked for by several at once."""


@dataclass
class Adapted:
    """A `Knowledge`."""

    by_words: Knowledge
    adapter: Adapter
    _kept: dict[str, Sequence[Hit]] = field(default_factory=dict, init=False)

    def search(self, text: str) -> Sequence[Hit]:
        """Return what may answer, the best first. The adapter is asked where words leave it undecided."""
        if text not in self._kept:
            hits = self.by_words.search(text)
            if undecided(hits):
                chances = self.adapter.chances(text)
                hits = lifted(hits, [chances.get((hit.passage.language, hit.passage.name), 0.0) for hit in hits])
            self._kept[text] = hits
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return self._kept[text]


def adapted(pack: Pack) -> Pack:
    """Return a pack with its adapter loaded; the same where it has none. That takes a fifth of a second and the starter model's memory.

    Raises:
        InputError: the adapter cannot be used; one sentence with the remedy.
    """
    if pack.adapter is None:
        return pack
    remedy = f"train it again (python -m models.starter.recipe adapter {pack.adapter.parent}), or leave adapter out of pack.toml"
    return replace(pack, knowledge=Adapted(pack.knowledge, Adapter(pack.adapter, remedy)))
