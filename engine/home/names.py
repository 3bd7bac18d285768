"""The names of our files and folders in a home; whatever has another name is not ours."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal, Union

Kind = Union[Literal["file", "folder", "either"], "Names"]
"""What has a name: a file, a folder with all in it, either of these, or a folder of these names."""

Names = Mapping[str, Kind]
"""Pattern of a name (fnmatch) -> what it is."""

MODEL: Names = {
    "card.toml": "file",
    "split.json": "file",
    "events.jsonl": "file",
    "log.txt": "file",
    "SHA256SUMS": "file",
    "Modelfile": "file",
    "run.lock": "file",
    "export.lock": "file",
    "pause": "file",
    "paused": "file",
    "*-F16.gguf": "file",
    "*-Q4_K_M.gguf": "file",
    "*-Q5_K_M.gguf": "file",
    "*-Q8_0.gguf": "file",
    "adapter": "folder",
    "full": "folder",
    "checkpoints": "folder",
    "export.partial": "folder",
    ".*.partial": "either",
}

MARKS = ("card.toml", "split.json", "events.jsonl", "run.lock", "export.lock")
"""Every model's folder has at least one of these, from its first moment on."""

_JOB: Names = {"lock": "file", "events.jsonl": "file", "log.txt": "file"}

_CACHE: Names = {
    "*.checked.json": "file",
    "*.checked.[0-9]*": "file",
    "all-minilm-l6-v2.f16.*": "file",
    "smollm2-135m-instruct-[0-9]*": "folder",
    "mail-base-[0-9]*": "either",
    "base-[0-9a-f]*-[0-9]*": "folder",
    "base.lock": "file",
    "mail-base.lock": "file",
    "processor.json": "file",
    "evaluation.jsonl": "file",
    "evaluation.lock": "file",
    "beginning-*.state": "file",
    ".*.partial": "file",
}

_DATABASE: Names = {
    "panza.db": "file",
    "panza.db-wal": "file",
    "panza.db-shm": "file",
    "panza.db-journal": "file",
}

IMPORTING = ".importing-"
"""How the names begin of an import's temporary files, in the moment that they have one."""

WORKING, WORKING_NAME = "working", "panza-"
"""The folder for what other programs work on, and how the names of what is in it begin."""

_COPY: Names = {**_DATABASE, "models": {"*": MODEL}}

HOME: Names = {
    **_COPY,
    "panza.db.schema-*": "file",
    "write.lock": "file",
    "serve.key": "file",
    ".serve.key.*.partial": "file",
    "cache": _CACHE,
    "jobs": {"*": _JOB},
    "panza.db.repaired.partial*": "file",
    "panza.db.converted.partial*": "file",
    "key.toml": "file",
    ".key.toml.*.partial": "file",
    f"{IMPORTING}*": "file",
    "before-restore-*": _COPY,
    "before-repair-*": _COPY,
    "restore.partial": "folder",
    WORKING: {f"{WORKING_NAME}*": "folder", f".{WORKING_NAME}*": "folder"},
}


def kind_of(name: str, names: Names) -> Kind | None:
    """Return what has that name; None if it is not ours."""
    return next((kind for pattern, kind in names.items() if fnmatchcase(name, pattern)), None)
