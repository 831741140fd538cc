"""The hub that models are fetched from, or a mirror of it: addresses, the token, and what its answers mean."""

from __future__ import annotations

import http.client
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from assistant.errors import InputError, ModelMissing

HUB = "https://huggingface.co"

STALL_S = 30.0
"""Without a byte for so long, a connection is given up."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")

ON = {"1", "true", "yes", "on"}
"""What turns on one of the hub's own variables, in small letters."""


class Interrupted(Exception):
    """What may go well the next time; `after_s` is when, if the hub says so."""

    def __init__(self, why: str, after_s: float | None = None) -> None:
        super().__init__(why)
        self.after_s = after_s


class Beyond(Interrupted):
    """The file ends before the byte that was asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A file, or the rest of it, as it comes."""

    start: int
    """Where in the file it begins."""
    total: int | None
    """Bytes of the whole file, if the hub says so."""
    tag: str | None
    """Changes when the file does."""
    commit: str | None
    """Of the repository."""
    _stream: Any

    def read(self, most: int) -> bytes:
        """Return the next bytes; none where the connection ends.

        Raises:
            Interrupted: it broke, or nothing came for `STALL_S`.
        """
        try:
            data: bytes = self._stream.read1(most)  # what is there: `read` would lose it where it then waits in vain
        except (OSError, http.client.HTTPException) as error:
            raise Interrupted(_reason(error)) from error
        return data


class Hub:
    """Where repositories lie. A token goes to this host alone, and never where others could read it on the way."""

    def __init__(self, endpoint: str = HUB, token: str | None = None, *, stall_s: float = STALL_S) -> None:
        """Prepare; nothing is asked yet.

        Raises:
            InputError: the endpoint is no address, or the token none.
        """
        self.endpoint = endpoint.rstrip("/")
        try:
            parts = urllib.parse.urlsplit(self.endpoint)
        except ValueError:  # no address at all
            parts = urllib.parse.urlsplit("")
        self.host = parts.netloc
        if parts.scheme not in ("http", "https") or not re.fullmatch(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?", parts.netloc):
            raise InputError(f"HF_ENDPOINT is {endpoint!r}; write an address such as {HUB}, or unset it.")
        if token and not re.fullmatch(r"[!-~]+", token):
            raise InputError("HF_TOKEN has characters that no token has; copy it again.")
        safe = parts.scheme == "https" or parts.hostname in LOOPBACK
        self.token = token if safe else None
        self._stall_s = stall_s
        self._redirects = _Redirects()
        self._opener = urllib.request.build_opener(self._redirects)

    @staticmethod
    def of_environment(environment: Mapping[str, str] = os.environ) -> Hub:
        """Return the hub that HF_ENDPOINT and HF_TOKEN name.

        Raises:
            InputError: HF_HUB_OFFLINE is set, or HF_ENDPOINT is no address.
        """
        if environment.get("HF_HUB_OFFLINE", "").lower() in ON:
            raise InputError(
                "HF_HUB_OFFLINE is set, so nothing is fetched; unset it, or bring the model in a file: parley models import BUNDLE."
            )
        return Hub(environment.get("HF_ENDPOINT") or HUB, environment.get("HF_TOKEN", "").strip() or None)

    def url(self, repo: str, revision: str, path: str) -> str:
        """Return the address of one file of a repository."""
        return f"{self.endpoint}/{repo}/resolve/{urllib.parse.quote(revision, safe='')}/{urllib.parse.quote(path)}"

    @contextmanager
    def open(self, repo: str, revision: str, path: str, *, start: int = 0, tag: str | None = None) -> Iterator[Answer]:
        """Ask for a file, from byte `start` on if it still has this tag; the answer says from where it really is.

        Raises:
            Interrupted: no connection, or the hub wants to be asked later.
            ModelMissing: there is no such file, or it is not for everybody.
        """
        request = urllib.request.Request(self.url(repo, revision, path), headers={"Accept-Encoding": "identity", "User-Agent": "parley"})
        if start:
            request.add_header("Range", f"bytes={start}-")
            if tag:
                request.add_header("If-Range", tag)
        if self.token:
            request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        self._redirects.commit = None
        try:
            response = self._opener.open(request, timeout=self._stall_s)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error, repo, revision, path) from error
        except (OSError, http.client.HTTPException) as error:
            raise Interrupted(_reason(error)) from error
        with response:
            yield self._answer(response)

    def _answer(self, response: Any) -> Answer:
        headers = response.headers
        commit = headers.get("X-Repo-Commit") or self._redirects.commit
        tag = headers.get("ETag")
        tag = None if tag is None or tag.startswith("W/") else tag  # a weak one may not go with a range
        if response.status == http.client.PARTIAL_CONTENT:
            found = re.fullmatch(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)", headers.get("Content-Range", "").strip())
            if found is None:
                raise Interrupted("it does not say which part of the file it sends")
            return Answer(int(found[1]), None if found[2] == "*" else int(found[2]), tag, commit, response)
        length = headers.get("Content-Length", "")
        return Answer(0, int(length) if re.fullmatch(r"\d{1,18}", length) else None, tag, commit, response)

    def _refused(self, error: urllib.error.HTTPError, repo: str, revision: str, path: str) -> Exception:
        host = urllib.parse.urlsplit(error.url).netloc or self.host
        match error.code:
            case 401 | 403:
                remedy = (
                    "the token in HF_TOKEN does not open it" if self.token
                    else "put a token into HF_TOKEN, if it has been moved or closed"
                )  # fmt: skip
                return ModelMissing(
                    f"{host} does not give out {repo} ({error.code}); look at {HUB}/{repo}, accept its terms there if it has any; {remedy}."
                )
            case 404 | 410:
                return ModelMissing(
                    f"{host} has no {path} in {repo} at {revision} ({error.code}); the mirror is incomplete, or the catalogue too old: "
                    "update Parley, or name the right place in a catalogue of your own (models.catalogue)."
                )
            case 416:
                return Beyond(f"{host} answers 416")
            case 408 | 429 | 500 | 502 | 503 | 504:
                return Interrupted(f"{host} answers {error.code}", _after_s(error.headers.get("Retry-After")))
            case _:
                return ModelMissing(f"{host} answers {error.code} when asked for {path} of {repo}; try another mirror with HF_ENDPOINT.")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects. Only those within one host take the token along, and none leaves https."""

    commit: str | None = None
    """Of the repository, as the hub said before it sent us on."""

    def redirect_request(self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        origin = urllib.parse.urlsplit(req.full_url)
        try:
            target = urllib.parse.urlsplit(newurl)
        except ValueError:  # no address at all
            target = urllib.parse.urlsplit("")
        if target.scheme not in ("http", "https") or (origin.scheme, target.scheme) == ("https", "http"):
            raise ModelMissing(f"{origin.netloc} sends us on to {newurl!r}, which is not safe; try another mirror with HF_ENDPOINT.")
        self.commit = headers.get("X-Repo-Commit") or self.commit
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        token = req.get_header("Authorization")
        if request is not None and token and (target.scheme, target.netloc) == (origin.scheme, origin.netloc):
            request.add_unredirected_header("Authorization", token)
        return request


def _after_s(given: str | None) -> float | None:
    """Return what Retry-After says, in seconds: it names them, or a date."""
    try:
        when = None if given is None or given.strip().isdecimal() else parsedate_to_datetime(given).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if when is not None:
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    return None if given is None else float(given)


def _reason(error: BaseException) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "nothing came for too long"
    return str(cause) or type(cause).__name__
