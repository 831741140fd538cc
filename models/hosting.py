"""The large model that the settings describe."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from assistant.errors import SettingsError
from assistant.glossary import whole_words
from assistant.redaction import KINDS, Redaction
from assistant.route import Rules
from assistant.routed import Patience, Router
from assistant.sections import LargeSettings, ProviderSettings
from models.hosted import FREE, Hosted, Provider, is_local
from models.large import Large
from models.ledger import Ledger, default_path
from models.prices import Price, prices

TOKEN_S = 6.0
"""The longest wait for the next part of an answer."""


class Hosting:
    """One for each process: it opens the ledger and the connections, and makes a router for each conversation."""

    def __init__(self, settings: LargeSettings, *, ledger: Path | None = None) -> None:
        """Prepare.

        Raises:
            SettingsError: nobody to ask; a provider without a key, or a price that is not known; a kind of text to hide that is not known.
            InputError: the ledger cannot be opened, or the package openai is missing.
        """
        if not settings.providers:
            raise SettingsError(f'large.privacy is "{settings.privacy}", but nobody is named who could be asked; add [[large.providers]].')
        self._settings = settings
        self._redaction()  # what is wrong with it is said now
        table = prices(settings.prices)
        hosted = [Hosted(_provider(each, table), first_s=settings.wait_s, token_s=TOKEN_S) for each in settings.providers]
        self.ledger = Ledger(ledger or default_path(), daily_usd=settings.daily_usd, session_usd=settings.session_usd)
        self._large = Large(hosted, self.ledger)

    def router(self, session: str) -> Router:
        """Return what decides in one conversation; `session` names it in the ledger."""
        given = self._settings
        wanted = whole_words(given.words).search if given.words else lambda _: None
        return Router(
            self._large, Rules(given.privacy), session, Patience(given.opener_s, given.wait_s), redaction=self._redaction(),
            wanted=lambda text: wanted(text) is not None,
        )  # fmt: skip

    def _redaction(self) -> Redaction:
        if unknown := sorted(set(self._settings.hide) - set(KINDS)):
            raise SettingsError(f"large.hide knows no {unknown[0]!r}; choose from {', '.join(KINDS)}.")
        return Redaction(self._settings.hide, self._settings.names)

    async def close(self) -> None:
        """End the connections and close the ledger."""
        await self._large.close()


def _provider(given: ProviderSettings, table: dict[str, Price]) -> Provider:
    price = table.get(given.model) or (FREE if is_local(given.url) else None)
    if price is None:
        raise SettingsError(
            f"What {given.model} of {given.name} costs is not known, so no budget could hold; write it into a table of prices (large.prices)."
        )
    return Provider(given.name, given.url, given.model, _key(given), price, given.limits_with, given.extra)


def _key(given: ProviderSettings) -> str | None:
    if given.key_file is not None:
        try:
            mode = given.key_file.stat().st_mode
            if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
                raise SettingsError(f"Others can read the key in {str(given.key_file)!r}; take that from them: chmod 600.")
            return given.key_file.read_text(encoding="utf-8").strip()
        except FileNotFoundError as error:
            raise SettingsError(f"There is no file {str(given.key_file)!r} with the key of {given.name}; check the name.") from error
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"The key of {given.name} in {str(given.key_file)!r} cannot be read ({error}).") from error
    if given.key_from is not None:
        if key := os.environ.get(given.key_from):
            return key
        raise SettingsError(f"{given.key_from} is not set; put the key of {given.name} there, or leave the provider out.")
    if is_local(given.url):
        return None
    raise SettingsError(
        f"{given.name} needs a key; name the variable that holds it (key_from), or a file that only you can read (key_file)."
    )
