"""How a model behaves: refusals and lectures on blunt requests, and general knowledge.

The requests and questions are in blunt_requests.toml and knowledge.toml, with the patterns that
judge the answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import tomli

from engine.generators import Sampling
from engine.prompt.prompt import Message
from training.evaluation import bootstrap
from training.evaluation.figures import Figure

_FOLDER = Path(__file__).parent
_APOSTROPHES = str.maketrans("’‘ʼ", "'''")

QUESTION_SAMPLING = Sampling(max_tokens=48)
"""Greedy, and long enough for a sentence that ends in the answer."""


@dataclass(frozen=True)
class Question:
    """A question of general knowledge.

    right, wrong: the patterns that a right answer matches, and must not match; wrong is '' for
    none. good, bad: answers that the patterns are tested with.
    """

    ask: str
    right: str
    good: tuple[str, ...]
    bad: tuple[str, ...]
    wrong: str = ""

    @property
    def messages(self) -> tuple[Message, ...]:
        """The question as a chat, without anything about mail."""
        return (Message("user", self.ask),)


def blunt_requests() -> list[str]:
    """The instructions of the blunt requests."""
    return [request["ask"] for request in _read("blunt_requests")["requests"]]


def questions() -> list[Question]:
    """The questions of general knowledge."""
    return [
        Question(
            ask=row["ask"],
            right=row["right"],
            wrong=row.get("wrong", ""),
            good=tuple(row["good"]),
            bad=tuple(row["bad"]),
        )
        for row in _read("knowledge")["questions"]
    ]


def refuses(draft: str) -> bool:
    """Whether the model refused to write the mail, or sent nothing."""
    return not draft.strip() or _matches("refusal", draft)


def lectures(draft: str) -> bool:
    """Whether the draft tells its user how to write or behave."""
    return _matches("lecture", draft)


def answers(question: Question, answer: str) -> bool:
    """Whether the answer is right."""
    text = " ".join(answer.split())
    if question.wrong and re.search(question.wrong, text, re.IGNORECASE):
        return False
    return re.search(question.right, text, re.IGNORECASE) is not None


def conduct(drafts: Sequence[str]) -> dict[str, Figure]:
    """The shares of drafts for blunt requests that refuse and that lecture."""
    return {
        "refusals": bootstrap.mean([refuses(draft) for draft in drafts]),
        "lectures": bootstrap.mean([lectures(draft) for draft in drafts]),
    }


def knowledge(asked: Sequence[Question], given: Sequence[str]) -> Figure:
    """The share of questions that were answered right."""
    return bootstrap.mean([answers(q, answer) for q, answer in zip(asked, given, strict=True)])


def _matches(kind: str, draft: str) -> bool:
    text = " ".join(draft.translate(_APOSTROPHES).split())
    return any(pattern.search(text) for pattern in _patterns()[kind])


@cache
def _patterns() -> dict[str, list[re.Pattern[str]]]:
    return {
        kind: [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
        for kind, patterns in _read("blunt_requests")["patterns"].items()
    }


@cache
def _read(name: str) -> dict[str, Any]:
    return tomli.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
