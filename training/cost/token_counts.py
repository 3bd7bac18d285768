"""Estimate how many tokens the mails of each side of a run's split have, prompts included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.llama_library import open_vocabulary
from engine.mail.stored.learnt import learnt_mails
from engine.mail.stored.store import StoredMail, kept_mails
from engine.retrieval.shown_sources import shown_sources
from engine.settings import Settings
from training.examples.split import split_by_date
from training.examples.training_pairs import training_pairs

# Measured with the embedded base's tokenizer on 166 mails of one person and their instructions.
_INSTRUCTION_TOKENS = 29
"""Of an instruction, where no mail has one yet."""

_TEMPLATE_TOKENS = 23
"""Around the preamble and the instruction: ChatML, "Instruction:" and the user's name."""

_REPLAYED_TOKENS, _REPLAYED_LABELLED = 330, 130
"""Of an example from the written corpus, on average."""

_TOKENS_PER_WORD = 1.6
"""Of mails; for texts that are not there yet, and where the tokenizer can't be loaded."""


@dataclass(frozen=True)
class TokenCounts:
    """Tokens of one pass over each side: all of them, and the labelled ones."""

    train: int
    train_labelled: int
    validation: int
    validation_labelled: int
    held_out: int
    held_out_labelled: int


def count_tokens(path: Path, connection: apsw.Connection, settings: Settings) -> TokenCounts:
    """Estimate the tokens of a run with the base model at `path`, a folder or a GGUF.

    Counts the mails that have an instruction or, where none has one yet, all kept mails.
    """
    instructions = {pair.mail.id: pair.instruction for pair in training_pairs(connection)}
    kept = learnt_mails(kept_mails(connection))
    mails = {m.id: m for m in kept if m.id in instructions} or {m.id: m for m in kept}
    with _token_counter(path) as counter:
        of_body = dict(zip(mails, counter([mail.body for mail in mails.values()]), strict=True))
        of_prompt = _prompt_tokens(mails, instructions, of_body, counter, settings)

    def of_side(ids: Sequence[int]) -> tuple[int, int]:
        labelled = sum(of_body[mail_id] + 1 for mail_id in ids)  # One ends the turn.
        total = labelled + sum(of_prompt[mail_id] for mail_id in ids)
        most = len(ids) * settings.training.max_tokens
        return int(min(total, most)), int(min(labelled, most))

    split = split_by_date(
        list(mails.values()), settings.training.held_out, settings.training.validation
    )
    train, labelled = of_side(split.train)
    share = settings.training.replay_share
    replayed = len(split.train) * share / (1 - share)
    return TokenCounts(
        int(train + replayed * _REPLAYED_TOKENS),
        int(labelled + replayed * _REPLAYED_LABELLED),
        *of_side(split.validation),
        *of_side(split.held_out),
    )


def _prompt_tokens(
    mails: Mapping[int, StoredMail],
    instructions: Mapping[int, str],
    of_body: Mapping[int, int],
    counter: Callable[[Sequence[str]], list[int]],
    settings: Settings,
) -> dict[int, float]:
    """Mail id -> tokens of its prompt."""
    counted = dict(zip(instructions, counter(list(instructions.values())), strict=True))
    mean = sum(counted.values()) / len(counted) if counted else _INSTRUCTION_TOKENS
    preamble = counter([settings.prompt.preamble])[0]
    shared = preamble + _TEMPLATE_TOKENS + _source_tokens(list(of_body.values()), settings)
    return {
        mail_id: shared + counted.get(mail_id, mean) + _thread_tokens(mail, settings)
        for mail_id, mail in mails.items()
    }


@contextmanager
def _token_counter(path: Path) -> Iterator[Callable[[Sequence[str]], list[int]]]:
    """A function that counts the tokens of each of several texts. path: a folder or a GGUF."""
    if path.is_file():
        with open_vocabulary(path) as model:
            encode = GgufTokenizer(model).encode
            yield lambda texts: [len(encode(text, parse_special=False)) for text in texts]
    elif (path / "tokenizer.json").is_file():
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
        yield lambda texts: [
            len(encoded.ids) for encoded in tokenizer.encode_batch(texts, add_special_tokens=False)
        ]
    else:
        yield lambda texts: [int(len(text.split()) * _TOKENS_PER_WORD) for text in texts]


def _source_tokens(bodies: Sequence[int], settings: Settings) -> float:
    """Tokens of past mails in the average prompt."""
    if not bodies:
        return 0.0
    longest = settings.prompt.source_words * _TOKENS_PER_WORD
    mean = sum(min(body, longest) for body in bodies) / len(bodies)
    return settings.training.retrieval_share * shown_sources(settings) * mean


def _thread_tokens(mail: StoredMail, settings: Settings) -> float:
    """Tokens of the answered mail in the prompt."""
    if not mail.answered:
        return 0.0
    return min(len(mail.answered.body.split()), settings.prompt.thread_words) * _TOKENS_PER_WORD
