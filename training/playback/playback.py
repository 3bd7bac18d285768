"""Data playback: for each mail, the instructions that would have produced it (arXiv 2407.10994).

The mail base was taught to write them: in full sentences, as notes, and as they are typed in a
hurry, so that training sees instructions as people give them. Each is checked against its mail; in
the place of one that may say something else, the mail is put into reported speech. A mail whose
instructions are all rejected gets terse notes of itself, so that no mail is lost and none is
trained on with inventions.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import apsw

from engine import events
from engine.events import Emit
from engine.generators import Generator
from engine.generators.side_by_side import Work, finish_side_by_side
from engine.mail.stored.learnt import as_learnt
from engine.mail.stored.people import own_name
from engine.mail.stored.store import StoredMail, kept_mails
from engine.prompt.prompt import INSTRUCTION_KINDS, InstructionKind
from engine.settings import Settings
from training.playback.choosing import Task, best_instruction
from training.playback.faithful import is_faithful
from training.playback.notes import common_words, notes
from training.playback.reader import pronoun_in
from training.playback.reported import reported

_SEEDS = 100  # Between two kinds, so that none of their attempts is sampled alike.


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
    reports: bool = False,
    overwrite_manual: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
) -> PlaybackReport:
    """Write the instructions of each mail, of several mails side by side.

    Those of a mail are stored as soon as they are there, so stopping loses only what is being
    written. reports: as in `playing_back`. overwrite_manual: also replace instructions that the
    user wrote. A mail that is forgotten meanwhile is skipped.
    """
    common = common_words(kept_mails(connection))
    name = own_name(connection, settings.user)
    started = time.monotonic()
    written = from_notes = 0

    def of_mail(mail: StoredMail) -> Work[tuple[StoredMail, Instruction]]:
        work = playing_back(mail, generator, settings, common, name, reports=reports)
        return mail, (yield from work)

    results = finish_side_by_side(map(of_mail, mails), generator, should_stop)
    with contextlib.closing(results):  # Its lanes must not outlive the generator's model.
        for mail, instruction in results:
            _store(connection, mail.id, instruction, model, overwrite_manual)
            written += 1
            from_notes += instruction.origin == "notes"
            rate = written / max(time.monotonic() - started, 1e-6)
            emit(events.Progress("playback", written, len(mails), "mails", rate))
    return PlaybackReport(written, from_notes)


def playing_back(
    mail: StoredMail,
    generator: Generator,
    settings: Settings,
    common: frozenset[str],
    user_name: str = "",
    *,
    reports: bool = False,
) -> Work[Instruction]:
    """Write the instructions for one mail: of each kind the best that fits it, or notes.

    reports: put the mail into reported speech in place of what is not faithful to it, for a small
    model, which writes two of three instructions wrongly. What can't be, is left out where there is
    another kind.

    The kinds are asked for one after another in the same chat, so that what one of them says right
    is said by the next. Without a fitting plain one, it is asked for once more after the others.
    """
    task = Task(as_learnt(mail), settings, user_name)
    accepted: dict[InstructionKind, str] = {}
    written: list[str] = []
    for seed, kind in enumerate((*INSTRUCTION_KINDS, "plain")):
        if kind not in accepted:
            asking = best_instruction(task, kind, accepted, generator, seed=seed * _SEEDS)
            found = yield from asking
            written += [found] if found else []
            if reports and not (found and is_faithful(found, task.mail)):
                best_there_is = found if kind == "plain" or not accepted else None
                pronoun = pronoun_in(written, task.mail)
                found = reported(task.mail, kind, pronoun, user_name) or best_there_is
            if found:
                accepted[kind] = found
    if not accepted:
        return Instruction(notes(task.mail, common), "notes")
    first = next(kind for kind in INSTRUCTION_KINDS if kind in accepted)
    return Instruction(accepted.pop(first), "playback", accepted)


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
