"""The pairs that models are evaluated on: instructions with the mails written for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import apsw

from engine.base_models.resolve import BUNDLED_BASES
from engine.drafting.preparing import prepare
from engine.drafting.types import DraftRequest, Prepared
from engine.errors import PanzaError, UsageError
from engine.follow_ups.requests import as_asked
from engine.follow_ups.rewriter import rewriter
from engine.home.home import Home
from engine.mail.types import Received
from engine.mail_base.line_model import line_model_of
from engine.models.models import ModelCard
from engine.prompt.prompt import Message
from engine.settings import Settings
from training.examples.training_pairs import training_pairs
from training.runs.run_folder import read_split


@dataclass(frozen=True)
class PreparedRequest:
    """A request for a draft and its prompt."""

    request: DraftRequest
    prepared: Prepared

    @property
    def messages(self) -> tuple[Message, ...]:
        """The prompt."""
        return self.prepared.messages


@dataclass(frozen=True)
class EvaluationPair:
    """An instruction and the mail that its writer wrote for it."""

    instruction: str
    mail: str
    recipient: str = ""
    thread: tuple[Received, ...] = ()

    def request(self, hidden: Collection[int]) -> DraftRequest:
        """The request that a user would make. hidden: ids of mails that are not shown.

        As in training, no copy or version of the pair's mail is shown: it would give the answer
        away.
        """
        return DraftRequest(
            self.instruction,
            thread=self.thread,
            recipient=self.recipient,
            exclude=frozenset(hidden),
            no_copies_of=(self.mail,),
        )


def read_pairs(path: Path) -> list[EvaluationPair]:
    """Read pairs from a file of JSON lines: {instruction, mail, to?, thread?}.

    thread: a list of texts, oldest first. Raises UsageError that names the first invalid line, so
    that no figure is computed on fewer pairs than the file has.
    """
    return [_pair(line, f"{path}:{number}") for number, line in read_lines(path, "pairs")]


def read_lines(path: Path, what: str) -> list[tuple[int, str]]:
    """The lines of a file that are not blank, with their numbers. Raises UsageError without any.

    what: names the file's contents in messages.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # JSON texts may hold U+2028.
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The {what} in {path} can't be read: {error}.") from error
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not numbered:
        raise UsageError(f"There are no {what} in {path}.")
    return numbered


def held_out_pairs(
    home: Home,
    connection: apsw.Connection,
    card: ModelCard,
    compared: Sequence[ModelCard] = (),
) -> list[EvaluationPair]:
    """The mails that a run held out, with their instructions, unless a compared run learnt them.

    Raises PanzaError if there are none.
    """
    wanted = set(read_split(home, card.name).held_out)
    for other in compared:
        split = read_split(home, other.name)
        wanted -= {*split.train, *split.validation}
    held_out = [played for played in training_pairs(connection) if played.mail.id in wanted]
    if not held_out:
        also = " that no compared model learnt" if compared else ""
        raise PanzaError(f"The run of '{card.name}' held out no mails{also}; give --pairs FILE.")
    return [
        EvaluationPair(
            played.instruction,
            played.mail.body,
            thread=(played.mail.answered,) if played.mail.answered else (),
        )
        for played in held_out
    ]


def build_prompts(
    requests: Sequence[DraftRequest],
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    count_tokens: Callable[[Sequence[Message]], int],
) -> list[PreparedRequest]:
    """Build the prompts that drafting would build for the requests."""
    with closing(line_model_of(home, settings)) as lines:
        asked = [as_asked(request, rewriter(lines)) for request in requests]
        reader = lines if settings.model.base in BUNDLED_BASES else None
        return [
            PreparedRequest(
                request, prepare(request, connection, home, settings, count_tokens, reader)
            )
            for request in asked
        ]


def _pair(line: str, where: str) -> EvaluationPair:
    try:
        record = json.loads(line)
        instruction, mail = record["instruction"], record["mail"]
        recipient, thread = record.get("to") or "", record.get("thread") or []
        if not isinstance(thread, list):
            raise TypeError
        if not all(isinstance(text, str) for text in (instruction, mail, recipient, *thread)):
            raise TypeError
        if not instruction.strip() or not mail.strip():
            raise ValueError
        received = (Received("", None, "", text, known_from="input") for text in thread)
        return EvaluationPair(instruction, mail, recipient, tuple(received))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{where} is not a pair: a JSON object with the texts 'instruction' and 'mail', and "
            "optionally 'to' (a text) and 'thread' (a list of texts)."
        ) from error
