"""How much sound each may send: so that nobody keeps the recognizers to himself."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.auth import Denied
from server.realtime.pace import Pace

HOUR_S = 3600.0

MOST_KNOWN = 1000
"""Keys and addresses; beyond that, those are forgotten that have all of their allowance."""


@dataclass
class Allowance:
    """So many seconds of audio at once, and as many again in each hour, for every key or address."""

    each_s: float
    _paces: dict[str, Pace] = field(default_factory=dict)

    def spend(self, who: str, seconds: float, now_s: float) -> None:
        """Take audio that `who` sent.

        Args:
            who: a key's or an address's name.
            seconds: of audio; 0 asks whether any is left.
            now_s: seconds on a clock that only grows.

        Raises:
            Denied: it is more than is left. It counts all the same.
        """
        if who not in self._paces and len(self._paces) >= MOST_KNOWN:
            self._paces = {each: pace for each, pace in self._paces.items() if not pace.full(now_s)}
        pace = self._paces.setdefault(who, Pace(self.each_s / HOUR_S, self.each_s))
        if (wait_s := pace.push(seconds, now_s)) > 0:
            raise Denied(
                429,
                "rate_limit_exceeded",
                f"You have sent {self.each_s / 60:g} minutes of audio, all that is allowed within an hour; go on in {round(wait_s) + 1} s.",
                round(wait_s) + 1,
            )
