"""What a backup contains, as its backup.json says."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from engine.encryption.key_record import KEY_FILE
from engine.home.home import MODEL_NAME

FORMAT = 1
MANIFEST = "backup.json"
DATABASE = "panza.db"
MODELS = "models"

_LONGEST_NAME = 255
"""Bytes of a file's name on the usual file systems."""


@dataclass(frozen=True)
class StoredFile:
    """The length in bytes and SHA-256 of a file."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Contents:
    """What a backup contains.

    created: seconds since 1970. schema: of the database. with_models: whether models were asked
    for. files: by their names in the home, with slashes.
    """

    created: int
    schema: int
    mails: int
    drafts: int
    models: tuple[str, ...]
    with_models: bool
    files: dict[str, StoredFile]

    @property
    def is_encrypted(self) -> bool:
        """Whether it is of an encrypted home; its key.toml is in it."""
        return KEY_FILE in self.files

    @property
    def total_bytes(self) -> int:
        return sum(file.bytes for file in self.files.values())


def as_json(contents: Contents) -> str:
    """Return the text of backup.json."""
    return json.dumps({"format": FORMAT, **dataclasses.asdict(contents)}, indent=1)


def from_json(text: bytes) -> Contents:
    """Return what a backup.json says.

    Raises ValueError for one that write_backup would not write: other types, another format, or a
    file outside of the home.
    """
    try:
        record = json.loads(text)
        form = record.pop("format")
        if form != FORMAT:
            raise ValueError(f"it has format {form}, and this panza-tui reads format {FORMAT}")
        files = {name: StoredFile(**file) for name, file in record.pop("files").items()}
        contents = Contents(files=files, models=tuple(record.pop("models")), **record)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{MANIFEST} is not as expected") from error
    if DATABASE not in files or not all(_is_well_formed(n, f) for n, f in files.items()):
        raise ValueError(f"{MANIFEST} lists files that do not belong to a backup")
    if not _fit_together(files):
        raise ValueError(f"{MANIFEST} lists files that no disk can have beside each other")
    counts = (contents.created, contents.schema, contents.mails, contents.drafts)
    if not all(_is_count(count) for count in counts):
        raise ValueError(f"{MANIFEST} is not as expected")
    if contents.models != models_of(files):
        raise ValueError(f"{MANIFEST} lists other models than it has files of")
    return contents


def models_of(files: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the models that these files of a backup belong to."""
    return tuple(sorted({name.split("/")[1] for name in files if name not in (DATABASE, KEY_FILE)}))


def _fit_together(files: Collection[str]) -> bool:
    """Return whether a disk can have all these files: none is another's folder, or too long."""
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}
    parts = (part for name in files for part in name.split("/"))
    return folders.isdisjoint(files) and all(len(os.fsencode(p)) <= _LONGEST_NAME for p in parts)


def _is_well_formed(name: str, file: StoredFile) -> bool:
    return (
        _is_count(file.bytes)
        and isinstance(file.sha256, str)
        and (name in (DATABASE, KEY_FILE) or _is_model_file(name))
    )


def _is_model_file(name: str) -> bool:
    top, _, rest = name.partition("/")
    model, *parts = rest.split("/")
    return (
        top == MODELS
        and MODEL_NAME.fullmatch(model) is not None
        and bool(parts)
        and all(part not in ("", ".", "..") and part.isprintable() for part in parts)
        and "\\" not in rest
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
