"""`parley talk --url`: microphone and speaker here, the assistant on a server. No models are loaded."""

from __future__ import annotations

import asyncio
from functools import partial

from assistant.attention import Attention
from assistant.audio import Samples
from assistant.errors import InputError
from assistant.events import Degraded, Restored, Stamped
from assistant.settings import Settings
from clients.cli.controls import Controls
from clients.cli.hearing import cleaner, hear, may_interrupt, why_not
from clients.cli.mouth import Mouth
from clients.cli.stage import Stage, is_full, ways
from clients.cli.stderr import errors
from clients.desktop.address import Address
from clients.desktop.devices import Choice
from clients.desktop.ears import Ears, Way
from clients.desktop.hush import hushed
from clients.desktop.line import GIVE_UP_S, Line
from clients.desktop.link import Link, dial
from clients.desktop.remote import Remote
from clients.desktop.sound import Sound
from clients.desktop.wire import RATE_HZ
from clients.terminal.state import Status

LOST = "connection lost"

ALIVE_S = 60.0
"""So often a server is told something while nobody talks: some end a connection on which nothing comes."""


async def call(
    settings: Settings, url: str, microphone: str | None, speaker: str | None, *, interprets: bool, plain: bool, verbose: bool
) -> int:
    """Talk with the server at `url` until Ctrl-C or `q`, and return the exit status.

    Raises:
        InputError: the server cannot be reached, lets nobody in, or is gone; there is no such device, or it cannot be opened.
    """
    address = Address.read(url)
    if interprets:
        raise InputError(
            "With --url the server's assistant answers; to interpret leave out --url, or open a room of the server in a browser."
        )
    if settings.wake is not None:
        raise InputError("A wake phrase is found by the recognizer of this machine; leave out wake, or --url.")
    key = settings.key.get_secret_value().strip() if settings.key else ""
    full = is_full(plain=plain, verbose=verbose)
    possible, stage = ways(settings, full=full), Stage(full=full, verbose=verbose)
    heard_by = Choice.of("microphone", settings.microphone if microphone is None else microphone)
    spoken_by = Choice.of("speaker", settings.speaker if speaker is None else speaker)
    reach = partial(dial, address, key or None)
    with errors.status(f"Calling {address.host} …"):
        link = await reach()
    if key and not (address.encrypted or address.near):
        stage.tell(f"The key goes to {address.host} unencrypted; wss:// would hide it.")
    try:
        with hushed():
            talk = _Talk(settings, address, stage, heard_by, spoken_by, possible)
            await talk.go_on(Line(reach, connected=talk.connected, received=talk.received, lost=talk.lost), link)
    finally:
        await link.close()
    return stage.status


class _Talk:
    """The devices, the keys and the view, on one line. Its `hear` and `hear_no_more` are what a session here has."""

    def __init__(
        self, settings: Settings, address: Address, stage: Stage, heard_by: Choice, spoken_by: Choice, possible: list[Way]
    ) -> None:
        self._settings, self._address, self._stage, self._possible = settings, address, stage, possible
        self._heard_by, self._spoken_by = heard_by, spoken_by
        self._now_s = asyncio.get_running_loop().time
        self._mouth = Mouth()
        self._remote = Remote(
            self._tell, lambda message: self._line.send(message), stage.time, stage.tell, hears_itself=why_not(settings) is None
        )
        self._talking = self._is_lost = False
        self._said_s = 0.0

    async def go_on(self, line: Line, link: Link) -> None:
        """Talk until somebody quits.

        Raises:
            InputError: a device cannot be opened, or the server is gone.
        """
        self._line = line
        with Sound(
            self._heard_by, self._spoken_by, RATE_HZ, started=lambda: self._remote.playback_started(self._now_s()),
            drained=lambda: self._remote.playback_done(self._now_s()), cut=self._remote.interrupt, gone=self._stage.mute,
            back=self._stage.unmute, clean=partial(cleaner, self._settings),
        ) as sound:  # fmt: skip
            self._mouth.use(sound)
            self._ears = Ears(self._possible[0], sound.latency_s)
            controls = Controls(
                self._ears, Attention(self._stage, 0.0), self._possible, interrupt=lambda: self._remote.interrupt(self._now_s()),
                change=self._listen, now_s=self._now_s, status=Status("assistant", self._address.host),
            )  # fmt: skip
            if not may_interrupt(self._settings):
                self._stage.tell(f"Parley does not listen while it speaks: no echo cancellation ({why_not(self._settings)}).")
            works = [
                asyncio.create_task(hear(sound, self._ears, self._stage, controls, [self]), name="microphone"),
                asyncio.create_task(line.run(link), name="line"),
            ]
            try:
                done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in works:
                    task.cancel()
                await asyncio.wait(works)
            for task in done:
                task.result()

    # --- the microphone ----------------------------------------------------------------------------------------------------

    @property
    def at_rest(self) -> bool:
        """Never: who speaks is the server's to notice."""
        return False

    def hear(self, samples: Samples) -> None:
        """Take the next audio of the microphone."""
        now_s = self._now_s()
        if not self._line.open:
            return
        if self._ears.closed:
            if now_s - self._said_s > ALIVE_S:
                self._said_s = now_s
                self._line.send({"type": "input_audio_buffer.clear"})
            return
        self._said_s = now_s
        if self._ears.way is Way.PUSH and not self._talking:
            self._talking = True
            self._remote.open(now_s)
        self._remote.hear(samples, now_s)

    def hear_no_more(self) -> None:
        """What was said with the key is over."""
        if self._talking:
            self._talking = False
            self._remote.commit(self._now_s())

    def _listen(self, way: Way) -> None:
        self._talking = False
        self._remote.listen(push=way is Way.PUSH)

    # --- the line ------------------------------------------------------------------------------------------------------------

    def connected(self) -> None:
        """There is a connection."""
        if self._is_lost:
            self._is_lost = False
            self._tell(Stamped(self._now_s(), Restored(0, LOST)))
        self._remote.connected(self._now_s())

    def received(self, message: dict[str, object]) -> None:
        """The server says something."""
        self._remote.push(message, self._now_s())

    def lost(self, reason: str) -> None:
        """The connection broke."""
        self._talking, self._is_lost = False, True
        self._remote.lost(self._now_s())
        self._tell(Stamped(self._now_s(), Degraded(0, LOST, f"{reason}; it is tried again for {GIVE_UP_S:g} s")))

    def _tell(self, stamped: Stamped) -> None:
        self._mouth(stamped)
        self._stage(stamped)
