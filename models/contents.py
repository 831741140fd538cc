"""What a bundle says of itself: its models, what their licences ask for, and whether our own catalogue vouches for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from assistant.errors import InputError
from models.catalogue import Catalogue
from models.installed import Receipt
from models.pull import LICENCE_NAME


class Contents(BaseModel):
    """What a bundle holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bundle: Literal[1] = 1
    models: tuple[Receipt, ...]

    @model_validator(mode="after")
    def _once(self) -> Contents:
        if len({receipt.name for receipt in self.models}) < len(self.models):
            raise ValueError("a model is in it twice")
        for receipt in self.models:
            names = [file.name for file in receipt.files]
            wanted = [file.name for file in receipt.entry.files]
            if len(set(names)) < len(names) or names[: len(wanted)] != wanted or set(names[len(wanted) :]) - {LICENCE_NAME}:
                raise ValueError(f"{receipt.name} has other files than it should")
        return self

    @property
    def bytes(self) -> int:
        """Return what the files take."""
        return sum(file.bytes for receipt in self.models for file in receipt.files)


def licences(receipts: Sequence[Receipt]) -> str:
    """Return the licence manifest: each model, where it is from, what its licence asks for, and the hashes of its files."""
    lines = ["# The models in this bundle and their licences", ""]
    for receipt in receipts:
        licence = receipt.licence
        lines += [
            f"## {receipt.name}: {receipt.entry.name}", "", f"- From: {receipt.source} at {receipt.commit}, {receipt.time}",
            f"- Licence: {licence.name}, {licence.url}", f"- What it asks for: {licence.duties}",
        ]  # fmt: skip
        if licence.accept:
            lines.append("- It has to be accepted where the model is imported.")
        if any(file.name == LICENCE_NAME for file in receipt.files):
            lines.append(f"- Its text: {receipt.name}/{LICENCE_NAME}")
        lines += ["", "| file | bytes | SHA-256 | verified |", "|---|---:|---|---|"]
        lines += [f"| {file.name} | {file.bytes:,} | {file.sha256} | {'yes' if file.verified else 'no'} |" for file in receipt.files]
        lines.append("")
    return "\n".join(lines)


def trusted(held: Contents, shelf: Catalogue, *, unverified: bool) -> Contents:
    """Return what a bundle holds as our own catalogue describes it, where that knows the model: its hashes count, not the bundle's.

    Raises:
        InputError: the bundle holds something else, or nobody vouches for it and the person has not said that it may be taken.
    """
    ours = []
    for receipt in held.models:
        entry = shelf.models.get(receipt.name)
        if not unverified and (entry is None or not entry.verified):
            raise InputError(
                f"Nobody has verified {receipt.name}; if you trust whoever made the bundle, add --unverified, and the hashes are told."
            )
        if entry is None:
            ours.append(receipt)
            continue
        names = [file.name for file in entry.files]
        if not receipt.is_of(entry) or [file.name for file in receipt.files[: len(names)]] != names:
            raise InputError(
                f"{receipt.name} in the bundle is not the model of the catalogue; pull it where the bundle is made, and make it again."
            )
        known = {file.name for file in entry.files if file.sha256}
        files = tuple(file.model_copy(update={"verified": file.name in known}) for file in receipt.files)
        ours.append(receipt.model_copy(update={"entry": entry, "licence": shelf.licence(receipt.name), "files": files}))
    return Contents(models=tuple(ours))
