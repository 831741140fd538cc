"""What strangers say to a door of a cluster, and to who knocks at one: before either reads a frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from unittest.mock import patch

from server.cluster import greeting
from server.cluster.greeting import MARK, NUMBER_BYTES, DoorGreeting, GuestGreeting, Stranger
from tests.fuzz.campaign import Target
from tests.fuzz.mutation import octets

SECRET, NUMBER = bytes(range(32)), bytes(NUMBER_BYTES)


@contextmanager
def greetings(_: Path) -> Iterator[Target]:
    """Each of the three things that are said, right, nearly right and wrong; only what is right to the byte is taken."""
    with patch.object(greeting.secrets, "token_bytes", lambda _: NUMBER):
        door, guest = DoorGreeting(SECRET), GuestGreeting(SECRET)
        opening = door.begin()
        answer = guest.push(opening)
        proof = door.push(answer)

        def make(random: Random) -> tuple[int, bytes]:
            which = random.randrange(3)
            said = (opening, answer, proof)[which]
            return which, said if random.random() < 0.1 else octets(random, [said], (MARK, NUMBER, proof, answer[NUMBER_BYTES:]))

        def take(case: tuple[int, bytes]) -> None:
            which, said = case
            end: DoorGreeting | GuestGreeting = DoorGreeting(SECRET) if which == 1 else GuestGreeting(SECRET)
            if which == 2:
                end.push(opening)
            end.push(said[: end.wants].ljust(end.wants, b"\0"))
            right = (MARK, answer, proof)[which]
            assert said[: len(right)] == right, "somebody was taken who should not"

        yield Target(make, take, (Stranger,))
