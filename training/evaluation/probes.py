"""Sense probes: instructions with patterns that tell whether a draft says what was asked.

The bundled ones are in probes.jsonl, one JSON object a line with the fields of `Probe`. All names
and matters in them are made up, and none is in the training corpus. An id ends in the language of
its instruction where that is not English ("role-064-de").
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.drafting.types import DraftRequest
from engine.errors import UsageError
from engine.mail.types import Received
from engine.prompt.prompt import Turn
from training.evaluation import bootstrap
from training.evaluation.figures import Figure
from training.evaluation.pairs import read_lines

PROBES = Path(__file__).with_name("probes.jsonl")
_APOSTROPHES = re.compile("[’‘ʼ´`]")


@dataclass(frozen=True)
class Probe:
    """One instruction and how its draft is judged.

    kind: what a wrong draft gets wrong: "role", "yes-no", "question", "fact", or in "revision" the
    change of an earlier draft. to: the recipient's name. thread: the mail being answered, ''
    without one. turns: earlier rounds, oldest first; only in a revision. must, must_not: regular
    expressions. right, wrong: drafts that the patterns are tested with.
    """

    id: str
    kind: str
    instruction: str
    must: tuple[str, ...]
    must_not: tuple[str, ...] = ()
    to: str = ""
    thread: str = ""
    turns: tuple[Turn, ...] = ()
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    def request(self, hidden: Collection[int]) -> DraftRequest:
        """The request that a user would make. hidden: ids of mails that are not shown."""
        received = Received("", None, "", self.thread, known_from="input")
        return DraftRequest(
            self.instruction,
            thread=(received,) if self.thread else (),
            recipient=self.to,
            turns=self.turns,
            exclude=frozenset(hidden),
        )


def read_probes(path: Path = PROBES) -> list[Probe]:
    """Return all probes in the order of the file.

    id, kind, to, thread, turns, must_not, right and wrong may be left out. Raises UsageError that
    names the first invalid line, so that no figure is computed on fewer probes than the file has.
    """
    return [_probe(line, number, f"{path}:{number}") for number, line in read_lines(path, "probes")]


def is_right(probe: Probe, draft: str) -> bool:
    """Return whether the draft matches every `must` and no `must_not`.

    Patterns ignore case and see the draft on one line, with straight apostrophes and single spaces.
    """
    text = " ".join(_APOSTROPHES.sub("'", draft).split())
    return all(_found(pattern, text) for pattern in probe.must) and not any(
        _found(pattern, text) for pattern in probe.must_not
    )


def share_right(probes: Sequence[Probe], drafts: Sequence[str]) -> dict[str, Figure]:
    """The share of probes whose draft is right: of all of them under '', and of each kind."""
    verdicts: dict[str, list[bool]] = {"": []}
    for probe, draft in zip(probes, drafts, strict=True):
        right = is_right(probe, draft)
        verdicts[""].append(right)
        verdicts.setdefault(probe.kind, []).append(right)
    return {kind: bootstrap.mean(of_kind) for kind, of_kind in verdicts.items()}


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None


def _probe(line: str, number: int, where: str) -> Probe:
    try:
        row = json.loads(line)
        probe = Probe(
            id=_text(row, "id") or str(number),
            kind=_text(row, "kind") or "sense",
            instruction=_text(row, "instruction"),
            to=_text(row, "to"),
            thread=_text(row, "thread"),
            turns=tuple(
                Turn(_text(turn, "instruction"), _text(turn, "draft"))
                for turn in _list(row, "turns")
            ),
            must=_texts(row, "must"),
            must_not=_texts(row, "must_not"),
            right=_texts(row, "right"),
            wrong=_texts(row, "wrong"),
        )
        for pattern in (*probe.must, *probe.must_not):
            re.compile(pattern)
        if not probe.instruction.strip() or not (probe.must or probe.must_not):
            raise ValueError
        return probe
    except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise UsageError(
            f"{where} is not a probe: a JSON object with the text 'instruction', and 'must' or "
            "'must_not' as lists of regular expressions."
        ) from error


def _text(row: dict[str, Any], name: str) -> str:
    text = row.get(name) or ""
    if not isinstance(text, str):
        raise TypeError
    return text


def _texts(row: dict[str, Any], name: str) -> tuple[str, ...]:
    texts = _list(row, name)
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    return tuple(texts)


def _list(row: dict[str, Any], name: str) -> list[Any]:
    found = row.get(name) or []
    if not isinstance(found, list):
        raise TypeError
    return found
