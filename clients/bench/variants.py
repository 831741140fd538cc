"""The same conversation with and without one idea: what `--compare` puts side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assistant.engines import Engines
from assistant.errors import InputError
from assistant.governor import Governor
from assistant.manners import Manners
from assistant.patience import Waits
from assistant.settings import Settings
from assistant.turns import Policy
from clients.cli.running import governor, manners

SILENCE = Waits(least_s=0.4, unknown_s=0.4, unready_s=0.4, most_s=0.4)
"""What counts without completeness: 0.4 s of silence."""


@dataclass(frozen=True)
class Variant:
    """One way to hold the conversation."""

    name: str
    policy: Policy = field(default_factory=Policy)
    waits: Waits | None = None
    governed: bool = True

    def manners(self, settings: Settings) -> Manners:
        """Return the manners of a session of this variant."""
        found = manners(settings, policy=self.policy)
        return found if self.waits is None else replace(found, waits=self.waits)

    def governor(self, settings: Settings, engines: Engines) -> Governor | None:
        """Return what holds a session of this variant to its budget."""
        return governor(settings, engines) if self.governed else None


WITHOUT = {
    "drafts": Variant("no drafts", policy=Policy(drafts=False)),
    "prefill": Variant("no prefill", policy=Policy(anticipates=False)),
    "governor": Variant("no governor", governed=False),
    "endpoint": Variant("silence alone", waits=SILENCE),
}
"""Each idea, and everything without it. Without prefill nothing tells how complete the words sound, so silence alone ends them too."""


def variants(compare: str | None) -> Sequence[Variant]:
    """Return everything as it is, and then without each idea named in `compare`, separated by commas.

    Raises:
        InputError: an idea that is not known.
    """
    ideas = compare.split(",") if compare else []
    if unknown := [idea for idea in ideas if idea not in WITHOUT]:
        raise InputError(f"There is nothing to compare under {unknown[0]!r}; choose from {', '.join(WITHOUT)}, separated by commas.")
    return [Variant("all"), *(WITHOUT[idea] for idea in ideas)]
