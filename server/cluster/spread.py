"""On which machine a replica begins: not beside its like while another has room and fewer of them, so that no lost machine takes all of them along.

Ray places replicas on one machine after the other, whatever they are: one that takes the place of a lost one may come to stand beside all that are left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress


class Spread:
    """Judges that. What is sent away is placed anew by Ray, which knows nothing of it: so it may come back, but not for ever."""

    def __init__(self) -> None:
        self._sent_away: Counter[str] = Counter()

    def fits(self, name: str, node: str, others: Iterable[str], room: Collection[str]) -> bool:
        """Tell whether a replica is to begin where Ray has placed it.

        Args:
            name: of its engine.
            node: the machine it has been placed on.
            others: those that its like are on, each as often as there are some.
            room: those that could take it.
        """
        beside = Counter(others)
        better = any(beside[other] < beside[node] for other in room)
        if better and self._sent_away[name] < len(room):
            self._sent_away[name] += 1
            return False
        del self._sent_away[name]
        return True


def with_room(cpus: float) -> list[str]:
    """Return the machines of Ray on which so many CPUs are nobody's; none where this version of Ray does not tell."""
    with suppress(ImportError, AttributeError):  # its public interface tells of all of them together
        from ray._private.state import available_resources_per_node

        return [node for node, free in available_resources_per_node().items() if free.get("CPU", 0.0) >= cpus]
    return []
