"""Sense probes: instructions with patterns that tell whether a draft says what was asked.

The probes are in probes.jsonl, one JSON object a line with the fields of `Probe`. All names and
matters in them are made up, and none is in the training corpus. An id ends in the language of its
instruction where that is not English ("role-064-de").
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from engine.prompt import Turn

PROBES = Path(__file__).with_name("probes.jsonl")
_APOSTROPHES = re.compile("[’‘ʼ´`]")


@dataclass(frozen=True)
class Probe:
    """One instruction and how its draft is judged.

    kind: what a wrong draft gets wrong: "role", "yes-no", "question", "fact", or in "revision" the
    change of an earlier draft. to: the recipient's name. thread: the mail being answered, ''
    without one. turns: earlier rounds, oldest first; only in a revision. must, must_not: regular
    expressions. right, wrong: three drafts each that the patterns are tested with.
    """

    id: str
    kind: str
    to: str
    thread: str
    turns: tuple[Turn, ...]
    instruction: str
    must: tuple[str, ...]
    must_not: tuple[str, ...]
    right: tuple[str, ...]
    wrong: tuple[str, ...]


def read_probes(path: Path = PROBES) -> list[Probe]:
    """Return all probes in the order of the file."""
    return [_probe(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def is_right(probe: Probe, draft: str) -> bool:
    """Return whether the draft matches every `must` and no `must_not`.

    Patterns ignore case and see the draft on one line, with straight apostrophes and single spaces.
    """
    text = " ".join(_APOSTROPHES.sub("'", draft).split())
    return all(_found(pattern, text) for pattern in probe.must) and not any(
        _found(pattern, text) for pattern in probe.must_not
    )


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None


def _probe(row: dict) -> Probe:
    turns = tuple(Turn(turn["instruction"], turn["draft"]) for turn in row.pop("turns"))
    lists = {name: tuple(row.pop(name)) for name in ("must", "must_not", "right", "wrong")}
    return Probe(turns=turns, **lists, **row)
