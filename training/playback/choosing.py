"""Write several instructions of one mail, and choose the one from which the mail follows best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from engine.errors import PanzaError
from engine.generators import Generator, Sampling
from engine.generators.side_by_side import Asked, Work
from engine.mail.stored.store import StoredMail
from engine.prompt.prompt import (
    InstructionKind,
    Message,
    ask_for_instruction,
    build_playback_prompt,
    build_prompt,
)
from engine.settings import Settings
from training.playback.instruction_check import rejection_reason, told_share
from training.playback.reader import pronouns, reader

_TEMPERATURE, _TOP_P = 0.7, 0.9
"""Of all instructions but the first, which is greedy. Chosen by hand: they must differ."""

_PLAYBACK_WEIGHT = 0.5
"""Of an instruction's log-likelihood given its mail, beside that of the mail given it."""

_LEAST_GAIN = 0.4
"""In nats per token of the mail. Chosen by hand, among instructions read beside their mails."""

_HEAD_SHARE = 0.75
"""Of the words that are read of a long mail: most are from its start, the rest from its end."""


@dataclass(frozen=True)
class Task:
    """A mail whose instructions are wanted."""

    mail: StoredMail
    settings: Settings
    user_name: str = ""

    def read(self) -> str:
        """What a model reads of the mail."""
        return _head_and_tail(self.mail.body, self.settings.playback.mail_words)

    def asking(
        self, kind: InstructionKind, written: Mapping[InstructionKind, str]
    ) -> list[Message]:
        """The chat that asks for an instruction after those that are written already."""
        kinds = [*written, kind]
        messages = build_playback_prompt(
            self.read(),
            kind=kinds[0],
            prompt=self.settings.prompt,
            user_name=self.user_name,
            recipient=reader(self.mail),
            thread=[self.mail.answered] if self.mail.answered else [],
        )
        for before, after in pairwise(kinds):
            messages.append(Message("assistant", written[before]))
            messages.append(Message("user", ask_for_instruction(after)))
        return messages

    def drafting(self, instruction: str) -> list[Message]:
        """The chat that asks for the mail of an instruction."""
        return build_prompt(
            instruction,
            prompt=self.settings.prompt,
            user_name=self.user_name,
            recipient=reader(self.mail),
            thread=[self.mail.answered] if self.mail.answered else [],
        )


def best_instruction(
    task: Task,
    kind: InstructionKind,
    written: Mapping[InstructionKind, str],
    generator: Generator,
    *,
    seed: int = 0,
) -> Work[str | None]:
    """Write instructions of a kind at once and return the best that fits its mail, if any.

    written: those of other kinds, after which it is asked for. generator: tells likelihoods.
    """
    attempts = yield from _write_several(task, kind, written, seed)
    fitting = {
        text: likelihood
        for text, likelihood in attempts
        if rejection_reason(text, task.mail, kind, task.user_name) is None
    }
    if kind == "plain":
        return _most_telling(task, fitting, generator)
    # The other kinds follow the plain one, so that the share of the mail in them is enough.
    told = {
        text: told_share(text, task.mail) + _PLAYBACK_WEIGHT * fitting[text] for text in fitting
    }
    return max(told, key=told.__getitem__, default=None)


def _most_telling(task: Task, fitting: Mapping[str, float], generator: Generator) -> str | None:
    """Return the instruction that makes the mail likeliest, and is likely given the mail itself.

    None if even that one makes the mail hardly likelier than no instruction. fitting: the mean
    log-likelihood of each instruction given the mail.
    """
    mail = task.read()

    def likelihood_of_mail(instruction: str) -> float:
        return generator.log_likelihood(task.drafting(instruction), mail)

    if not fitting:
        return None
    try:
        given = {text: likelihood_of_mail(text) for text in fitting}
        best = max(fitting, key=lambda text: given[text] + _PLAYBACK_WEIGHT * fitting[text])
        return best if given[best] - likelihood_of_mail("") > _LEAST_GAIN else None
    except PanzaError:  # Prompt and mail do not fit the context.
        return next(iter(fitting))


def _write_several(
    task: Task, kind: InstructionKind, written: Mapping[InstructionKind, str], seed: int
) -> Work[list[tuple[str, float]]]:
    """(instruction, its mean log-likelihood) of each attempt, the greedy one first."""
    playback = task.settings.playback
    samplings = [
        Sampling(
            max_tokens=playback.max_tokens,
            temperature=_TEMPERATURE if attempt else 0.0,
            top_p=_TOP_P,
            seed=seed + attempt,
        )
        for attempt in range(playback.attempts)
    ]
    answers = yield Asked(task.asking(kind, written), samplings)
    return [
        (_without_pronoun(" ".join(answer.text.split())), answer.ended.log_likelihood)
        for answer in answers
        if answer.ended.is_complete
    ]


def _without_pronoun(instruction: str) -> str:
    """Notes without "them:" at their start, which nobody writes."""
    beginning, colon, rest = instruction.partition(": ")
    return rest if colon and beginning.lower() in pronouns(instruction) else instruction


def _head_and_tail(body: str, words: int) -> str:
    """The body; of a long one `words` words, with the middle left out."""
    lines = [line.split() for line in body.strip().splitlines()]
    total = sum(map(len, lines))
    if total <= words:
        return body.strip()
    head, tail = int(words * _HEAD_SHARE), int(words * (1 - _HEAD_SHARE))
    kept, seen = [], 0
    for line in lines:
        before = [word for index, word in enumerate(line, seen) if index < head]
        after = [word for index, word in enumerate(line, seen) if index >= total - tail]
        seen += len(line)
        cut = len(before) < len(line) and before
        kept.append(" ".join([*before, *(["…"] if cut else []), *after]))
    return "\n".join(kept)
