"""Request bodies, bounded while they are read, and checked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from assistant.foreign import parsed_json
from server.auth import Denied
from server.realtime.checking import refusal
from server.realtime.refusals import Refused

MOST_FILE_BYTES = 25 * 1024 * 1024
"""Of an uploaded file, as the protocol has it."""

MOST_FIELDS_BYTES = 64 * 1024
"""Of all that stands beside a file."""

MOST_JSON_BYTES = 1024 * 1024

MOST_FIELDS = 64

T = TypeVar("T", bound=BaseModel)


class _Parser(MultiPartParser):
    spool_max_size = 2 * MOST_FILE_BYTES  # never a file on the disk, which would be written on a thread

    async def parse(self) -> FormData:
        """Return the form; a file inside of which it ended is none of it."""
        form = await super().parse()
        whole = {id(each.file) for each in form.values() if isinstance(each, UploadFile)}
        for file in self._files_to_close_on_error:
            if id(file) not in whole:
                file.close()
        return form


async def read_form(request: Request) -> FormData:
    """Return a form with at most one file; whoever asked closes it.

    Raises:
        Refused: it is no form.
        Denied: it is too large.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refused("The request is no form; send it as multipart/form-data with a file.", "invalid_content_type")
    async with aclosing(_bounded(request, MOST_FILE_BYTES + MOST_FIELDS_BYTES, "The file and its fields")) as body:
        try:
            return await _Parser(request.headers, body, max_files=1, max_fields=MOST_FIELDS).parse()
        except MultiPartException as error:
            raise Refused(f"The form cannot be read ({error.message.rstrip('.')}); send multipart/form-data with one file.") from error


async def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent; an empty one for no body at all.

    Raises:
        Refused: it is none.
        Denied: it is too large.
    """
    async with aclosing(_bounded(request, MOST_JSON_BYTES, "The request")) as body:
        data = b"".join([part async for part in body])
    try:
        from_json(data or b"{}")  # refuses what is deeper than pydantic can write again
        found = parsed_json(data or b"{}")
    except ValueError as error:
        raise Refused("The request is no JSON; send one JSON object.", "invalid_json") from error
    if not isinstance(found, dict):
        raise Refused("The request is no JSON object; send one.", "invalid_type")
    return found


def checked(kind: type[T], given: Mapping[str, Any]) -> T:
    """Return the request.

    Raises:
        Refused: names the wrong field.
    """
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise refusal(error) from error


def without(given: Mapping[str, Any], neutral: Mapping[str, tuple[Any, ...]]) -> None:
    """Refuse what cannot be done here: better than an answer that silently lacks it.

    Args:
        given: the request.
        neutral: the fields that cannot be served, each with the values that ask for nothing.

    Raises:
        Refused: one of them asks for something.
    """
    for name, nothing in neutral.items():
        if given.get(name) is not None and given[name] not in nothing:
            raise Refused(f"'{name}' is not supported here; leave it out.", "unsupported_parameter", name)


async def _bounded(request: Request, most_bytes: int, what: str) -> AsyncGenerator[bytes, None]:
    """Yield the body as it comes.

    Raises:
        Denied: it is longer than `most_bytes`.
    """
    too_large = Denied(413, "request_too_large", f"{what} may have {most_bytes:,} bytes at most; send less.")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 15 or int(announced) > most_bytes):
        raise too_large
    size = 0
    async with aclosing(request.stream()) as parts:
        async for part in parts:
            size += len(part)
            if size > most_bytes:
                raise too_large
            yield part
