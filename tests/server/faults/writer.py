"""One of those who talk in a storm: asks on and on, comes back when its connection breaks, and keeps what was acknowledged."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed

from server.store.database import Database
from tests.server.serving import Talker, question, says_56, talking

BETWEEN_S = (0.5, 3.0)


@dataclass
class Writing:
    """What all of them share."""

    address: str
    database: Path
    over: bool = False


@dataclass
class Writer:
    """One session over as many connections as it takes."""

    writing: Writing
    number: int
    rng: random.Random
    speaks: bool
    turns: int = 0
    broken: int = 0
    """Turns whose connection broke."""
    took_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _client: Talker | None = None
    _session: str = ""
    _token: str = ""
    _last: str = ""
    """The last event that was seen."""
    _acknowledged: set[str] = field(default_factory=set)
    """Items that the server told of."""

    @property
    def connected(self) -> bool:
        return self._client is not None

    def reset(self) -> None:
        """Break its connection off."""
        if self._client is not None:
            self._client._socket.transport.abort()

    async def run(self) -> None:
        """Talk until it is over."""
        while not self.writing.over:
            try:
                async with talking(self.writing.address, whole=False) as client:
                    await self._begin(client)
                    self._client = client
                    while not self.writing.over:
                        await self._turn(client)
                        await asyncio.sleep(self.rng.uniform(*BETWEEN_S))
            except (ConnectionClosed, ConnectionError):
                self.broken += 1
            finally:
                self._client = None

    async def _begin(self, client: Talker) -> None:
        resume: dict[str, Any] = {"resume": self._token, "after": self._last} if self._token else {"resume": True}
        await client.send("session.update", session={"x": resume})
        updated = (await client.until("session.updated"))["session"]
        self._token, self._session = updated["x"]["resume"], updated["id"]
        if lost := self._acknowledged - set(updated["x"].get("items", ())):
            self.wrong.append(f"session {self.number} resumed without {sorted(lost)}")
        if client.of("response.created") and not client.of("response.done"):
            await client.until("response.done")
        self._keep(client)

    async def _turn(self, client: Talker) -> None:
        loop = asyncio.get_running_loop()
        began_s, number = loop.time(), self.rng.randint(1, 9)
        try:
            if self.speaks:
                saying = loop.create_task(client.say(question()))
                try:
                    while (done := (await client.until("response.done"))["response"])["status"] == "cancelled":
                        pass
                finally:
                    await asyncio.wait([saying])
                    saying.exception()
            else:
                text = f"What is {number} times 8?"
                message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
                await client.send("conversation.item.create", item=message)
                await client.send("response.create")
                done = (await client.until("response.done"))["response"]
                self.took_s.append(round(loop.time() - began_s, 3))
            said = " ".join(part.get("transcript", "") for item in done["output"] for part in item.get("content", ()))
            if done["status"] != "completed":
                self.wrong.append(f"session {self.number}: a turn is {done['status']}: {done.get('status_details')}")
            elif self.speaks and not says_56(said):
                self.wrong.append(f"session {self.number} was told {said!r}")
        except AssertionError as error:
            self.wrong.append(f"session {self.number}: {error}")
        finally:
            self._keep(client)
        self.turns += 1

    def _keep(self, client: Talker) -> None:
        for event in client.events:
            self._last = event["event_id"]
            if event["type"] == "conversation.item.done":
                self._acknowledged.add(event["item"]["id"])
        client.events.clear()

    def missing(self) -> list[str]:
        """Return what was acknowledged and does not lie on the disk."""
        database = Database(self.writing.database, create=False)
        try:
            found = database.read(self._session)
            kept = set() if found is None else {item["id"] for item in found.items}
        finally:
            database.close()
        lost = self._acknowledged - kept
        return [f"session {self.number} of {len(self._acknowledged)} items lost {len(lost)}: {sorted(lost)[:3]}"] if lost else []
