"""One `parley cluster` for each Ray: what is deployed has fixed names, so a second one would put its replicas in the place of the first one's."""

from __future__ import annotations

from typing import Any

from assistant.errors import InputError

NAME = "parley cluster"
"""Of the actor, in a namespace of the same name."""


class Claim:
    """Does nothing; that it is there says that somebody has a cluster."""


def claimed(ray: Any, address: str) -> object:
    """Claim the Ray that was joined at `address`, as long as what is returned is kept and this process lives: Ray ends the actor with it.

    So a process that was killed keeps nobody out, and the next one takes the place of what it has left.

    Raises:
        InputError: another one has it.
    """
    try:
        claim: object = ray.remote(Claim).options(name=NAME, namespace=NAME, num_cpus=0, max_restarts=-1).remote()
    except ValueError as error:
        raise InputError(
            f"Another parley cluster runs on Ray at {address}; end that one first (Ctrl-C), or leave out --address for a Ray of its own."
        ) from error
    return claim
