"""Speech into a reply: a barge-in, a backchannel or noise. Its clock is the audio."""

from __future__ import annotations

from math import inf, sqrt

from assistant.audio import CHUNK_S, Samples
from assistant.events import Verdict
from assistant.interjections import Lexicon

DECIDE_S = 0.288
"""After so much speech there is a verdict, whatever is known: nine chunks."""

VOICED = 0.5
"""Speech probability from which a chunk counts as speech: of noise that the detector wonders about, few chunks do."""

ABOVE_FLOOR = 2.0
"""How much louder than the noise around it speech is: 6 dB."""

CERTAIN = 0.95
"""Speech probability from which a chunk is speech however loud it is, where an echo was cancelled: that leaves parts of speech faint. What a
listener adds there is counted in."""

STEADY = 0.5
"""Share of the chunks, up to the last one of speech, that are speech; below it is noise, and what a recognizer reads into it is nothing."""

LONGEST_S = 1.1
"""Speech that lasts longer interrupts, whatever the recognizer makes of it."""

LONGEST_BACKCHANNEL_S = 1.5
"""The same for words that are nothing but backchannels."""

SHORTEST_S = 0.16
"""Less speech is noise. Speech of this length that goes on when the reply has been played is an utterance."""

LETTERS = 3.4
"""Letters beyond the backchannels, times their probability, that make a barge-in: a recognizer that was never taught a hum writes
short words, and is not sure of them."""

LETTERS_A_SECOND = 20.0
"""No more letters count than people say in the time: 240 words a minute, which is fast. A recognizer lost in half a word writes whole sentences."""

BEFORE_S = 0.3
"""What may have been said before the detector noticed it: more letters than fit into that, too, are of a recognizer that is lost unless it is
`SURE`, and hold no command."""

LIKELY, UNSURE = 0.38, 0.25
"""Probability from which a command counts: in words that may be cut off, and in all that was said."""

SAME, PLAIN = 3, 0.75
"""A word that begins so many passes in a row, each of such a probability, makes a barge-in, too: a short word is not waited behind until the next one."""

SURE = 0.7
"""Probability from which words count however unsteady their sound is."""

LAST_WORDS_S = 1.0
"""How long after the end of the speech its words may still change the verdict: a slow recognizer takes so long."""

_FLOOR_SHARE = 0.05
"""Share of a new chunk in the noise floor: it follows the room within a second."""


class OverlapJudge:
    """Judges one overlap after the other: the first verdict comes within 0.3 s; speech judged a backchannel or noise may still become a barge-in."""

    def __init__(self, language: str, *, cancelled: bool = False) -> None:
        """Judge words of this language (ISO 639-1); of one without lists, all words count. `cancelled`: what is heard had an echo in it."""
        self._lexicon = Lexicon(language)
        self._certain = CERTAIN if cancelled else inf
        self._floor = 0.0
        self._begin(is_open=False)

    def _begin(self, *, is_open: bool) -> None:
        self.open = is_open
        """Whether there is something to judge."""
        self._verdict: Verdict | None = None
        self._chunks = self._voiced = self._since = 0  # all; of speech; behind the last one of speech
        self._only_backchannels = False
        self._first, self._same = "", 0  # the word beyond backchannels that the newest passes began with, and how many of them
        self._ended = False

    @property
    def heard_s(self) -> float:
        """The audio since this overlap began."""
        return self._chunks * CHUNK_S

    def begin(self) -> None:
        """Somebody speaks into a reply; what is pushed from now on is judged."""
        self._begin(is_open=True)

    def close(self) -> None:
        """Judge no more: what is said was stopped, or is nobody's turn."""
        self.open = False

    def push(self, chunk: Samples, probability: float, *, active: bool, words_due: bool, alone: bool, own: bool = False) -> Verdict | None:
        """Take the next 32 ms and return a new verdict, if there is one.

        Args:
            chunk: 16 kHz samples, in [-1, 1].
            probability: that they are speech.
            active: the speech may go on.
            words_due: the recognizer has not told yet what the last of it was.
            alone: the reply has been played to its end.
            own: as far as it was understood, it is the reply itself, heard from the speaker.
        """
        level = sqrt(float(chunk @ chunk) / chunk.size)
        voiced = probability >= self._certain or (probability >= VOICED and level >= ABOVE_FLOOR * self._floor)
        if not active:
            self._floor += _FLOOR_SHARE * (level - self._floor)
        if self._ended and active:
            self.close()  # other speech, which nobody asked to judge
        if not self.open:
            return None
        self._ended = not active
        self._chunks += 1
        self._voiced += voiced
        self._since = 0 if voiced else self._since + 1
        speech_s = self._voiced * CHUNK_S
        long = speech_s > (LONGEST_BACKCHANNEL_S if self._only_backchannels else LONGEST_S)
        if not own and (long or (alone and voiced and speech_s >= SHORTEST_S)):
            return self._barge_in()
        if not active and not (words_due and self._since * CHUNK_S < LAST_WORDS_S):
            self.close()
        if self._verdict is None and (not self.open or self.heard_s >= DECIDE_S):
            self._verdict = "backchannel" if self._steady and speech_s >= SHORTEST_S else "noise"
            return self._verdict
        return None

    def read(self, text: str, probability: float, *, whole: bool) -> Verdict | None:
        """Take the words so far and return a new verdict, if there is one.

        Args:
            text: all that was understood of the speech.
            probability: the recognizer's, of these words.
            whole: they go up to the end of the speech; otherwise the last one may be cut off.
        """
        if not self.open or not (self._steady or probability >= SURE):
            return None
        beyond = self._lexicon.beyond(text, cut=not whole)
        self._only_backchannels = bool(text) and not beyond
        letters, time_s = sum(map(len, beyond)), (self._chunks - self._since) * CHUNK_S
        lost = probability < SURE and letters > LETTERS_A_SECOND * (time_s + BEFORE_S)
        command = probability >= (UNSURE if whole else LIKELY) and not lost and self._lexicon.commands(beyond)
        sayable = min(letters, LETTERS_A_SECOND * time_s)
        if command or sayable * probability >= LETTERS or self._again(beyond[0] if beyond else "", probability) >= SAME:
            return self._barge_in()
        return None

    def _again(self, first: str, probability: float) -> int:
        """Return how many passes in a row have plainly begun with this word; 0 for none, or for a single letter."""
        plain = len(first) > 1 and probability >= PLAIN and self._voiced * CHUNK_S >= SHORTEST_S
        self._same = (self._same + 1 if first == self._first else 1) if plain else 0
        self._first = first
        return self._same

    @property
    def _steady(self) -> bool:
        return self._voiced > 0 and self._voiced >= STEADY * (self._chunks - self._since)

    def _barge_in(self) -> Verdict:
        self.close()
        return "barge-in"
