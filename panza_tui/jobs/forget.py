"""Forget a mail, a model or everything, and describe what was removed and what remains."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import apsw

from engine.backup.in_home import backups_in
from engine.database import database
from engine.database.checksums import PARTS
from engine.database.stored_json import UnreadableError
from engine.drafting.drafts import count_drafts
from engine.encryption import keyring
from engine.encryption.key_file import key_file
from engine.encryption.stored import is_encrypted
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.events import Emit
from engine.forgetting import forget as removal
from engine.forgetting.forget import Forgotten
from engine.home.home import Home
from engine.home.removal import Left, has_files
from engine.mail.stored.store import StoredMail, counts, load_mail
from engine.models.models import list_models
from engine.sizes import counted
from panza_tui.jobs.one_writer import one_writer
from panza_tui.jobs.steps import command_in
from training.runs.run_folder import NotResumableError, read_split

_MOST_NAMED = 20
"""The number of files that are named in a message; others are counted."""


@dataclass(frozen=True)
class ForgottenMail:
    """What was removed with a mail. learnt_by: the models that still know it."""

    removed: Forgotten
    learnt_by: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """How much a home holds. mails, drafts: None if the database can't be read."""

    mails: int | None
    drafts: int | None
    models: int
    is_encrypted: bool = False


def forget_mail(home: Home, mail_id: int, emit: Emit, who: str) -> ForgottenMail:
    """Remove a mail everywhere. who: the name of this writer, shown to others that wait.

    Raises UsageError if there is no such mail, PanzaError while another writer is running.
    """
    with (
        closing(database.connect(home.database)) as connection,
        one_writer(home, who, emit),
    ):
        removed = removal.forget_mail(home, connection, mail_id)
    return ForgottenMail(removed, models_that_learnt(home, mail_id, removed.draft_ids))


def forget_model(home: Home, name: str) -> Left:
    """Remove a model's files, and return what stays; needs no database that can be opened.

    Raises what engine.forgetting.forget.forget_model raises.
    """
    with contextlib.ExitStack() as stack:
        connection = None
        if home.database.exists():
            with contextlib.suppress(PanzaError, apsw.Error):
                connection = stack.enter_context(closing(database.connect(home.database)))
        return removal.forget_model(home, connection, name)


def forget_all(home: Home) -> Left:
    """Remove everything of ours in a home, and return what stays.

    Raises NotReadyError if there is nothing, PanzaError while work in it is running.
    """
    if not has_files(home):
        raise NotReadyError(f"There is nothing to forget in {home.root}.")
    key = None
    with contextlib.suppress(PanzaError):
        key = key_file(home)
    left = removal.forget_all(home)
    if key is not None and key.in_keyring:
        keyring.drop(key.id)
    return left


def mail_to_forget(home: Home, mail_id: int) -> StoredMail | None:
    """Return the mail with this id; None if it can't be read.

    Raises UsageError if there is none.
    """
    with closing(database.connect(home.database)) as connection:
        try:
            mail = load_mail(connection, mail_id)
        except UnreadableError:
            return None
    if mail is None:
        raise UsageError(f"There is no mail with the number {mail_id}; nothing was forgotten.")
    return mail


def home_contents(home: Home) -> Contents:
    """Count what forgetting everything would remove. Writes nothing, also to an older database."""
    models = len([*home.models.glob("*/card.toml")])
    encrypted = is_encrypted(home.database)
    if not home.database.exists():
        return Contents(0, 0, models, encrypted)
    try:
        reading = database.open_database(home.database, flags=apsw.SQLITE_OPEN_READONLY)
        with closing(reading) as connection:
            mails = counts(connection)
            drafts = count_drafts(connection)
    except (apsw.Error, PanzaError):  # It may be damaged, or encrypted.
        return Contents(None, None, models, encrypted)
    return Contents(mails.kept + sum(mails.left_out.values()), drafts, models, encrypted)


def models_that_learnt(home: Home, mail_id: int, drafts: Sequence[int] = ()) -> tuple[str, ...]:
    """Return the models that learnt, or were validated on, this mail or one of these drafts."""
    names = []
    for card in list_models(home):
        try:
            split = read_split(home, card.name)
        except NotResumableError:
            continue
        mails = (*split.train, *split.validation)
        learnt_drafts = {*split.drafts, *split.validation_drafts}
        if mail_id in mails or not learnt_drafts.isdisjoint(drafts):
            names.append(card.name)
    return tuple(names)


def describe_forgotten(home: Home, forgotten: ForgottenMail) -> list[str]:
    """Return plain lines on what was removed with a mail, and on where its words remain."""
    removed = forgotten.removed
    with_it = []
    if removed.quoted_in:
        with_it.append(f"its quote in {counted(removed.quoted_in, 'other mail')}")
    if removed.drafts:
        with_it.append(f"{counted(removed.drafts, 'draft')} that used it or contained its words")
    if removed.instructions:
        with_it.append(f"the instruction of {counted(removed.instructions, 'other mail')}")
    if removed.unsent:
        with_it.append("the unsent text in the chat, which contained its words")
    also = f" Also removed: {_listed(with_it)}." if with_it else ""
    lines = [f"Forgotten.{also} Later imports will leave it out."]
    if removed.also_in:
        numbers = _numbers(removed.also_in)
        one = len(removed.also_in) == 1
        mails = f"your mail {numbers}, which stays" if one else f"your mails {numbers}, which stay"
        lines.append(f"The same words are in {mails}.")
    if removed.mended:
        rows = "; ".join(
            f"{part} {_numbers(ids)}" if part in PARTS else part
            for part, ids in removed.mended.items()
        )
        lines.append(
            f"What could not be read was mended first, as it might have had its words: {rows}. "
            "Mails among it are left out until you keep them in the mailbox."
        )
    if removed.same_subject:
        keeps = "keeps" if removed.same_subject == 1 else "keep"
        others = counted(removed.same_subject, "other mail")
        lines.append(f"{others} of its conversation {keeps} its subject.")
    if forgotten.learnt_by:
        know = "knows" if len(forgotten.learnt_by) == 1 else "know"
        lines.append(
            f"{_listed(forgotten.learnt_by)} learnt from it and still {know} it. To end that, "
            f"train a new model and forget the old one: {command_in(home, 'train')}"
        )
    lines.append("What was retold in other words can't be traced.")
    if aside := home.kept_aside:
        folders = _listed([str(folder) for folder in aside])
        lines.append(
            f"What a restored backup or a repair replaced may still contain it: {folders}. "
            "Remove it when you no longer need it. Backups that you keep elsewhere are not changed."
        )
    if backups := backups_in(home):
        lines.append(
            f"Backups in the home may still contain it: {_some(backups)}. Remove them when you no "
            "longer need them."
        )
    if not removed.cleared:
        lines.append(
            "Traces of it may remain in the database file, because it is in use or the disk is "
            "full. They are removed when the next mail is forgotten."
        )
    return lines


def _numbers(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids))


def describe_left(left: Left) -> list[str]:
    """Return plain lines on what stays where files were removed."""
    lines = []
    if left.targets:
        what = "A link was" if len(left.targets) == 1 else "Links were"
        lines.append(
            f"{what} removed, but not what it led to: {_some(left.targets)}. Remove that yourself."
        )
    if left.others:
        lines.append(f"Not panza-tui's, so left alone: {_some(left.others)}.")
    return lines


def _some(paths: Sequence[Path]) -> str:
    more = len(paths) - _MOST_NAMED
    rest = [f"{more} more"] if more > 0 else []
    return _listed([*map(str, paths[:_MOST_NAMED]), *rest])


def _listed(parts: Sequence[str]) -> str:
    """Join as "a", "a and b", or "a, b and c"."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
