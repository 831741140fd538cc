"""`parley ask`: questions from files or words, answered in one conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from assistant.engines import Engines
from assistant.equipped import directed, equipped, voiced
from assistant.errors import EngineError
from assistant.events import Failed, ReplyAudio, ReplyDone, Stamped, TextSent
from assistant.latency import Latency
from assistant.manners import Manners
from assistant.respond import Chat
from assistant.session import Observer, Session
from assistant.settings import Settings
from assistant.tools import Toolbox, local_time
from assistant.turns import Policy
from clients.cli.media import writable
from clients.cli.running import engines, hosted, print_json, recorded
from clients.cli.running import play as play_audio
from clients.cli.sources import called, check, each, is_sound
from clients.cli.stderr import Attempts, complain, errors
from clients.cli.transcribe import write_down
from clients.cli.view import Collected, Conversation, Verbose, bars
from models.packs.places import pack_of

TURN = 1
"""Each question has a session, and so a first turn, of its own; only the responder's memory is shared."""


async def ask(
    settings: Settings, questions: Sequence[str], language: str, *, speak: Path | None, play: bool, as_json: bool, verbose: bool
) -> int:
    """Answer each question, in `language`, and return how many failed; the answers share one memory."""
    check(questions)
    writable(speak)
    attempts, kept, toolbox = Attempts(), list[ReplyAudio](), Toolbox()
    pack = pack_of(settings.pack)
    async with engines(voiced(settings, pack), [language]) as plain, hosted(settings) as hosts:
        loaded, router = equipped(plain, pack), directed(hosts, pack)
        chat = Chat(loaded.language_model, toolbox, router=router(f"ask {local_time():%Y-%m-%d %H:%M:%S}"))
        asker = _Asker(loaded, chat, language, as_json=as_json, verbose=verbose)
        with recorded(speak, loaded.voices[language].sample_rate_hz) as record:
            for number, question in enumerate(each(questions), 1):
                with attempts.attempt(called(question, number, "question")):
                    audio = await asker.ask(question)
                    record(audio)
                    if play:
                        kept += audio
    await play_audio(kept, settings.speaker)
    if at := toolbox.next_due():
        complain(f"The timer or alarm for {at.astimezone():%H:%M:%S} ends with this command; parley talk keeps it.")
    return attempts.failed


class _Asker:
    """Asks one question after the other, and shows what is answered."""

    def __init__(self, loaded: Engines, responder: Chat, language: str, *, as_json: bool, verbose: bool) -> None:
        self._language = language
        self._loaded, self._responder, self._as_json, self._verbose = loaded, responder, as_json, verbose
        self._console = Console(emoji=False, highlight=False)
        self._conversation = Conversation(self._console)

    async def ask(self, question: str) -> Sequence[ReplyAudio]:
        """Return what was spoken. Its times count from here: the first byte of a file, or the sending of a text."""
        collected, latency = Collected(), Latency()
        latency(Stamped(asyncio.get_running_loop().time(), TextSent(TURN, question)))
        text = await self._written(question)
        if text:
            await self._converse(text, [collected, latency])
        if self._as_json:
            timing = latency.turns[TURN].as_json()
            print_json(
                {"text": text, "language": self._language, "reply": collected.reply, "tool_calls": collected.tool_calls, "timing": timing}
            )
        elif not text:
            self._console.print("(nothing was said)")
        elif self._verbose:
            errors.print(bars(latency.turns[TURN]))
        return collected.audio

    async def _written(self, question: str) -> str:
        if not is_sound(question):
            return question
        recognizer, detector = self._loaded.recognizers[self._language], self._loaded.detector()
        return (await write_down(question, self._language, recognizer, detector, verbose=self._verbose)).text

    async def _converse(self, text: str, observers: list[Observer]) -> None:
        over = asyncio.get_running_loop().create_future()

        def watch(stamped: Stamped) -> None:
            if isinstance(stamped.event, ReplyDone | Failed) and not over.done():
                over.set_result(stamped.event)
            elif not self._as_json:
                self._conversation(stamped)

        observers = [*observers, *([Verbose(errors)] if self._verbose else []), watch]
        behaviour = Manners(listens=self._language, speaks=self._language, policy=Policy(manual=True, interrupts=False))
        async with Session(self._loaded, self._responder, observers, behaviour) as session:
            session.send(text)
            if isinstance(ended := await over, Failed):
                raise EngineError(ended.message)
