"""Written (instruction, mail) pairs of fictional writers, from which the mail base learns.

One JSON object a line, one mail each: ordinary mails in `mails`, and in `contrasts` groups about
one matter that differ in who does what, or in what is changed. README.md says how they are written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

_KIND_LIST = """
ask answer decline accept arrange change cancel thank apologise remind chase inform forward
introduce complain negotiate instruct directions congratulate condole ask-back delegate
report follow-up limit
"""
KINDS = frozenset(_KIND_LIST.split())


@dataclass(frozen=True)
class Revision:
    """A follow-up to the draft, and the whole mail as it asks for it."""

    ask: str
    mail: str


@dataclass(frozen=True)
class CorpusMail:
    """A mail, and three ways to ask for it.

    writer: an id, the same for all mails of a writer. voice: in words, for people who read the
    corpus; no model is shown it. language: ISO 639-1. to: the recipient's name, '' where unknown.
    kind: one of KINDS. thread: the mail that is answered, '' for none. plain, terse, spoken: the
    instruction in full sentences, as notes, and as it is typed in a hurry.
    """

    writer: str
    name: str
    voice: str
    language: str
    to: str
    kind: str
    thread: str
    plain: str
    terse: str
    spoken: str
    mail: str
    changes: tuple[Revision, ...]


def read_corpus() -> Iterator[CorpusMail]:
    """Yield every ordinary mail, part by part, in the order of the files."""
    yield from _read(FOLDER / "mails")


def read_contrasts() -> Iterator[CorpusMail]:
    """Yield every mail of the contrasts; those of a group follow each other."""
    yield from _read(FOLDER / "contrasts")


@dataclass(frozen=True)
class JudgedDrafts:
    """A mail base's drafts for one prompt, each judged right or wrong by a reader.

    name, to, thread: as in a CorpusMail, '' where the prompt had none. sources: the past mails
    that the prompt showed. earlier: the instruction and text of the draft that these revise, if
    any. right: includes wrong ones that the reader corrected, with as few changes as possible.
    """

    name: str
    language: str
    to: str
    thread: str
    sources: tuple[str, ...]
    earlier: tuple[str, ...]
    instruction: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]


def read_judged_drafts() -> Iterator[JudgedDrafts]:
    """Yield the judged drafts of every prompt."""
    for row in _rows(FOLDER / "judged_drafts"):
        for field in ("sources", "earlier", "right", "wrong"):
            row[field] = tuple(row[field])
        yield JudgedDrafts(**row)


@dataclass(frozen=True)
class FollowUp:
    """An instruction, what its writer typed when they saw the draft, and both as one instruction.

    standalone: from it alone, as if it had been typed first, the changed mail can be written; most
    of it is the instruction, word for word.
    """

    name: str
    language: str
    instruction: str
    follow_up: str
    standalone: str


def read_follow_ups() -> Iterator[FollowUp]:
    """Yield the follow-ups with their standalone instructions."""
    for row in _rows(FOLDER / "standalone"):
        yield FollowUp(**row)


@dataclass(frozen=True)
class SaidLine:
    """A line as its user types it, and what it says to the mail's reader.

    name: of the user. to: the reader's name, '' where unknown. said: direct speech in whole
    sentences, with all of the line and nothing else, without greeting and closing.
    """

    name: str
    to: str
    line: str
    said: str


def read_said_lines() -> Iterator[SaidLine]:
    """Yield the lines with what they say; all are in English."""
    for row in _rows(FOLDER / "said"):
        yield SaidLine(**row)


VERDICTS = ("right", "clumsy", "wrong")
"""Of a text: it may be sent; it has all of the sense, but would be edited; something is lost,
added, reversed or unclear."""


@dataclass(frozen=True)
class JudgedLine:
    """A line, and what the model for lines and rules made of it.

    verdicts: text -> one of VERDICTS, by a reader.
    """

    line: SaidLine
    verdicts: dict[str, str]


def read_judged_lines() -> Iterator[JudgedLine]:
    """Yield the judged lines; no model learns them."""
    for row in _rows(FOLDER / "judged_lines"):
        verdicts = {text: verdict for verdict in VERDICTS for text in row.pop(verdict)}
        yield JudgedLine(SaidLine(**row), verdicts)


def held_out_names() -> frozenset[str]:
    """Return the names of those whose follow-ups and lines no model learns; they judge it."""
    lines = (FOLDER / "held_out_names.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(lines)


def _read(folder: Path) -> Iterator[CorpusMail]:
    for row in _rows(folder):
        changes = tuple(Revision(**change) for change in row.pop("changes"))
        yield CorpusMail(**row, changes=changes)


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def held_out_writers() -> frozenset[str]:
    """Return the writers that no model is trained on; they judge it."""
    lines = (FOLDER / "held_out.txt").read_text(encoding="utf-8").split()
    return frozenset(lines)
