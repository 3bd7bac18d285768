"""Data playback: for each mail, the instructions that would have produced it (arXiv 2407.10994).

The mail base was taught to write them: in full sentences, as notes, and as they are typed in a
hurry, so that training sees instructions as people give them. Each is checked against its mail. A
mail whose instructions are all rejected gets terse notes of itself, so that no mail is lost and
none is trained on with inventions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import apsw

from engine import events
from engine.events import Emit
from engine.generators import Generator, Sampling
from engine.mail.stored.learnt import as_learnt
from engine.mail.stored.people import own_name
from engine.mail.stored.store import StoredMail, kept_mails
from engine.prompt import INSTRUCTION_KINDS, InstructionKind, build_playback_prompt
from engine.settings import Playback, Settings
from training.playback.instruction_check import rejection_reason
from training.playback.notes import addressee, common_words, notes

_RETRY_TEMPERATURE = 0.7
_RETRY_TOP_P = 0.9
"""Of further attempts. Chosen by hand: they must differ from the first, which is greedy."""

_HEAD_SHARE = 0.75
"""Of the words that are read of a long mail: most are from its start, the rest from its end."""


@dataclass(frozen=True)
class Instruction:
    """The instructions of one mail, and their origin: playback or notes.

    text: the first of the kinds that passed the check. others: those of the other kinds.
    """

    text: str
    origin: str
    others: Mapping[InstructionKind, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PlaybackReport:
    """How many mails got an instruction, and how many of those are notes."""

    written: int
    from_notes: int


def play_back_all(
    mails: Sequence[StoredMail],
    connection: apsw.Connection,
    generator: Generator,
    settings: Settings,
    *,
    model: str,
    emit: Emit,
    overwrite_manual: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
) -> PlaybackReport:
    """Write the instructions of each mail; each is stored at once, so stopping loses none.

    overwrite_manual: also replace instructions that the user wrote. A mail that is forgotten
    meanwhile is skipped.
    """
    common = common_words(kept_mails(connection))
    name = own_name(connection, settings.user)
    started = time.monotonic()
    written = from_notes = 0
    for mail in mails:
        if should_stop():
            break
        instruction = play_back(mail, generator, settings, common, name)
        _store(connection, mail.id, instruction, model, overwrite_manual)
        written += 1
        from_notes += instruction.origin == "notes"
        rate = written / max(time.monotonic() - started, 1e-6)
        emit(events.Progress("playback", written, len(mails), "mails", rate))
    return PlaybackReport(written, from_notes)


def play_back(
    mail: StoredMail,
    generator: Generator,
    settings: Settings,
    common: frozenset[str],
    user_name: str = "",
) -> Instruction:
    """The instructions for one mail: of each kind the first attempt that fits it, or notes."""
    mail = as_learnt(mail)
    accepted: dict[InstructionKind, str] = {}
    for attempt in range(settings.playback.attempts):
        for kind in INSTRUCTION_KINDS:
            if kind not in accepted:
                text = _attempt(mail, kind, attempt, generator, settings, user_name)
                if rejection_reason(text, mail, kind, user_name) is None:
                    accepted[kind] = text
    if not accepted:
        return Instruction(notes(mail, common), "notes")
    first = next(kind for kind in INSTRUCTION_KINDS if kind in accepted)
    return Instruction(accepted.pop(first), "playback", accepted)


def _attempt(
    mail: StoredMail,
    kind: InstructionKind,
    attempt: int,
    generator: Generator,
    settings: Settings,
    user_name: str,
) -> str:
    playback: Playback = settings.playback
    prompt = build_playback_prompt(
        _head_and_tail(mail.body, playback.mail_words),
        kind=kind,
        prompt=settings.prompt,
        user_name=user_name,
        recipient=addressee(mail),
        thread=[mail.answered] if mail.answered else [],
    )
    sampling = Sampling(
        max_tokens=playback.max_tokens,
        temperature=0.0 if attempt == 0 else _RETRY_TEMPERATURE,
        top_p=_RETRY_TOP_P,
        seed=attempt,
    )
    return " ".join("".join(generator.stream(prompt, sampling)).split())


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


def _store(
    connection: apsw.Connection,
    mail_id: int,
    instruction: Instruction,
    model: str,
    overwrite: bool,
) -> None:
    # The user may have edited or forgotten the mail while its instruction was written.
    connection.execute(
        "INSERT INTO instructions (mail_id, text, origin, model, created, terse, spoken) "
        "SELECT id, :text, :origin, :model, :now, :terse, :spoken FROM mails "
        "WHERE id = :mail ON CONFLICT (mail_id) DO UPDATE SET text = excluded.text, "
        "origin = excluded.origin, model = excluded.model, created = excluded.created, "
        "terse = excluded.terse, spoken = excluded.spoken "
        "WHERE instructions.origin <> 'hand' OR :overwrite",
        {
            "mail": mail_id,
            "text": instruction.text,
            "origin": instruction.origin,
            "model": model if instruction.origin == "playback" else "",
            "now": int(time.time()),
            "terse": instruction.others.get("terse", ""),
            "spoken": instruction.others.get("spoken", ""),
            "overwrite": overwrite,
        },
    )
