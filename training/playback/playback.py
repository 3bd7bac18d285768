"""Data playback: for each mail, the instruction that would have produced it (arXiv 2407.10994).

A base model continues a text of worked examples (`E-mail: … Instruction: Write to Ann and`) up to
the end of the line: small models write usable instructions that way, but not when asked in a chat.
Each instruction is checked against its mail. A mail whose attempts are all rejected gets terse
notes of itself as instruction, so that no mail is lost and none is trained on with inventions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import apsw

from engine import events
from engine.events import Emit
from engine.generators import Generator, Sampling
from engine.mail.stored.learnt import as_learnt
from engine.mail.stored.store import StoredMail, kept_mails
from engine.settings import Playback
from training.playback.instruction_check import rejection_reason
from training.playback.notes import addressee, common_words, notes, opening_words
from training.playback.worked_examples import WORKED_EXAMPLES

_RETRY_TEMPERATURE = 0.8
_RETRY_TOP_P = 0.9
"""Of further attempts. Chosen by hand: they must differ from the first, which is greedy."""

_HEAD_SHARE = 0.75
"""Of the words that are read of a long mail: most are from its start, the rest from its end."""


@dataclass(frozen=True)
class Instruction:
    """An instruction, and its origin: playback or notes."""

    text: str
    origin: str


@dataclass(frozen=True)
class PlaybackReport:
    """How many mails got an instruction, and how many of those are notes."""

    written: int
    from_notes: int


def play_back_all(
    mails: Sequence[StoredMail],
    connection: apsw.Connection,
    generator: Generator,
    settings: Playback,
    *,
    model: str,
    emit: Emit,
    overwrite_manual: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
) -> PlaybackReport:
    """Write an instruction for each mail; each is stored at once, so stopping loses none.

    overwrite_manual: also replace instructions that the user wrote. A mail that is forgotten
    meanwhile is skipped.
    """
    common = common_words(kept_mails(connection))
    started = time.monotonic()
    written = from_notes = 0
    for mail in mails:
        if should_stop():
            break
        instruction = play_back(mail, generator, settings, common)
        _store(connection, mail.id, instruction, model, overwrite_manual)
        written += 1
        from_notes += instruction.origin == "notes"
        rate = written / max(time.monotonic() - started, 1e-6)
        emit(events.Progress("playback", written, len(mails), "mails", rate))
    return PlaybackReport(written, from_notes)


def play_back(
    mail: StoredMail, generator: Generator, settings: Playback, common: frozenset[str]
) -> Instruction:
    """The instruction for one mail: the first attempt that fits it, or notes of it."""
    mail = as_learnt(mail)
    opening = f"{opening_words(addressee(mail))} and"
    prompt = _WORKED_EXAMPLES + _block(_head_and_tail(mail.body, settings.mail_words), opening)
    for attempt in range(settings.attempts):
        sampling = Sampling(
            max_tokens=settings.max_tokens,
            temperature=0.0 if attempt == 0 else _RETRY_TEMPERATURE,
            top_p=_RETRY_TOP_P,
            seed=attempt,
            stop=("\n",),
        )
        rest = " ".join("".join(generator.complete(prompt, sampling)).split())
        text = f"{opening} {rest}"
        if rest and rejection_reason(text, mail, common) is None:
            return Instruction(text, "playback")
    return Instruction(notes(mail, common), "notes")


def _block(mail: str, opening: str) -> str:
    return f"E-mail: {mail}\nInstruction: {opening}"


_WORKED_EXAMPLES = "".join(
    f"{_block(e.mail, opening_words(e.name))} and {e.instruction}\n\n" for e in WORKED_EXAMPLES
)


def _head_and_tail(body: str, words: int) -> str:
    """The body on one line; a long one is cut in the middle to `words`."""
    all_words = body.split()
    if len(all_words) <= words:
        return " ".join(all_words)
    head, tail = int(words * _HEAD_SHARE), int(words * (1 - _HEAD_SHARE))
    return " ".join([*all_words[:head], "…", *all_words[len(all_words) - tail :]])


def _store(
    connection: apsw.Connection,
    mail_id: int,
    instruction: Instruction,
    model: str,
    overwrite: bool,
) -> None:
    # The user may have edited or forgotten the mail while its instruction was written.
    connection.execute(
        "INSERT INTO instructions SELECT id, :text, :origin, :model, :now FROM mails "
        "WHERE id = :mail ON CONFLICT (mail_id) DO UPDATE SET text = excluded.text, "
        "origin = excluded.origin, model = excluded.model, created = excluded.created "
        "WHERE instructions.origin <> 'hand' OR :overwrite",
        {
            "mail": mail_id,
            "text": instruction.text,
            "origin": instruction.origin,
            "model": model if instruction.origin == "playback" else "",
            "now": int(time.time()),
            "overwrite": overwrite,
        },
    )
