"""A talk on this machine, kept where the server keeps its conversations: `parley sessions` shows both."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from assistant.errors import InputError
from assistant.events import (
    Failed,
    Final,
    Interrupted,
    PlaybackDone,
    ReplyAudio,
    ReplyDone,
    ReplyPhrase,
    ReplyStopped,
    Stamped,
    ToolCalled,
    Translated,
    Written,
)
from assistant.latency import Latency
from assistant.settings import Settings
from clients.cli.stage import Stage
from server.realtime.config import SessionConfig
from server.realtime.ids import new_id
from server.realtime.items import Conversation, Item
from server.realtime.opening import MODEL
from server.store.archive import archive
from server.store.journal import Journal, Store
from server.store.places import conversations

OPEN = 8
"""Turns of which something may still change, at most."""


@asynccontextmanager
async def kept(settings: Settings, stage: Stage) -> AsyncGenerator[None, None]:
    """Keep what is said while this is entered, as long as the settings say; a talk that cannot be kept goes on without."""
    days = settings.server.keep_days
    if not days:
        yield
        return
    opening = archive(conversations(), days, _now_s, stage.tell)
    try:
        opened = await opening.__aenter__()
    except InputError as error:
        stage.tell(f"This talk is not kept. {error}")
        yield
        return
    try:
        stage.tell(f"This talk is kept for {days:g} days; parley sessions shows it, --set server.keep_days=0 keeps none.")
        stage.add(Recorder(opened.store, _now_s))
        yield
    finally:
        await opening.__aexit__(None, None, None)


class Recorder:
    """An observer that makes items of facts. Who says nothing leaves nothing behind."""

    def __init__(self, store: Store, now_s: Callable[[], float]) -> None:
        """Keep a talk in `store`; `now_s` gives seconds since 1970."""
        self._store, self._now_s = store, now_s
        self._journal: Journal | None = None
        self._replies: dict[int, Item] = {}
        self._asked: dict[int, Item] = {}
        self._sounded = 0  # the newest turn with sound
        self._written = 0  # the newest that is translated: until it was said as a whole its translation only grows
        self._interrupted = False
        self._latency, self._timed = Latency(keep=OPEN), 0

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        self._latency(stamped)
        turn = stamped.event.turn
        match stamped.event:
            case Final(text=text) if text:
                self._asked = {turn: self._add(Item(new_id("item"), "message", "user", "input_audio", text))}
            case Written(text=text, language=language) if text:
                self._written = turn
                self._add(Item(new_id("item"), "message", "user", "input_audio", text, language=language))
            case ToolCalled(name=name, arguments=arguments, said=said):
                call = self._add(Item(new_id("item"), "function_call", name=name, call_id=new_id("call"), arguments=json.dumps(arguments)))
                self._add(Item(new_id("item"), "function_call_output", call_id=call.call_id, output=said))
            case Translated(language=language, committed=committed, final=final) if committed and turn <= self._written:
                item = self._reply(turn)
                item.text, item.language, item.status = committed, language, "completed" if final else "in_progress"
                self._conversation.changed(item)
            case ReplyPhrase(text=phrase) if not (item := self._reply(turn)).language:
                item.text = f"{item.text or ''} {phrase}".strip()
                self._conversation.changed(item)
            case ReplyAudio():
                self._sounded, self._interrupted = turn, False
            case ReplyDone(text=text) if text:
                item = self._reply(turn)
                item.text, item.status = text, "completed"
                self._conversation.changed(item)
            case Interrupted():
                self._interrupted = True
            case ReplyStopped(heard=heard):
                self._stop(turn, heard)
            case Failed():
                self._end(turn)
        if isinstance(stamped.event, PlaybackDone | ReplyStopped):
            self._time(turn)

    @property
    def _conversation(self) -> Conversation:
        """The conversation, which begins with the first that is said."""
        if self._journal is None:
            self._journal = Journal(self._store, new_id("sess"), MODEL, self._now_s)
            self._journal.set(SessionConfig(), None)
            self._items = Conversation(self._journal)
        return self._items

    def _add(self, item: Item) -> Item:
        self._conversation.add(item)
        return item

    def _reply(self, turn: int) -> Item:
        """Return what is said in this turn."""
        if turn not in self._replies:
            self._replies[turn] = self._add(Item(new_id("item"), "message", "assistant", "output_audio", status="in_progress"))
            if len(self._replies) > OPEN:
                del self._replies[next(iter(self._replies))]
        return self._replies[turn]

    def _stop(self, turn: int, heard: str) -> None:
        item = self._replies.get(turn)
        if item is not None and not item.language:  # a translation is read, too
            item.heard = heard
            self._end(turn)
            self._conversation.changed(item)
        elif turn in self._asked and self._sounded < turn and not self._interrupted:
            self._asked[turn].taken_up = True  # the person has just not finished: the words come again, with those that follow
            self._conversation.changed(self._asked[turn])
        self._interrupted = False

    def _end(self, turn: int) -> None:
        item = self._replies.get(turn)
        if item is not None and item.status == "in_progress":
            item.status = "incomplete"
            self._conversation.changed(item)

    def _time(self, turn: int) -> None:
        """Keep how long a turn took, once."""
        timing, item = self._latency.turns.get(turn), self._replies.get(turn)
        if timing is not None and item is not None and self._journal is not None and self._timed < turn:
            self._timed = turn
            marks = {name: round(1000 * seconds) for name, seconds in timing.as_json().items()}
            self._journal.turn({"response": item.id, "marks_ms": marks})


def _now_s() -> float:
    return datetime.now(UTC).timestamp()
