"""Forgetting, and what a person has to know about it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from engine import database
from engine import forget as removal
from engine.drafts import count_drafts
from engine.errors import UsageError
from engine.events import Emit
from engine.forget import Forgotten
from engine.home import Home
from engine.mail.stored.store import StoredMail, counts, load_mail
from engine.models import list_models
from panza_tui.jobs.one_writer import one_writer
from panza_tui.jobs.steps import command_in
from training.runs.run_folder import NotResumableError, read_split


@dataclass(frozen=True)
class ForgottenMail:
    """What went with a mail. learnt_by: the models that still know it."""

    went: Forgotten
    learnt_by: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """How much a home holds."""

    mails: int
    drafts: int
    models: int


def forget_mail(home: Home, mail_id: int, emit: Emit, who: str) -> ForgottenMail:
    """Remove a mail everywhere; `who` names this writer to others.

    Raises UsageError when there is no such mail, PanzaError while another writer is at work.
    """
    with (
        closing(database.connect(home.database)) as connection,
        one_writer(home, who, emit),
    ):
        went = removal.forget_mail(home, connection, mail_id)
    return ForgottenMail(went, models_that_learnt(home, mail_id))


def forget_model(home: Home, name: str) -> None:
    """Remove a model and all its files. Raises PanzaError as engine.forget does."""
    with closing(database.connect(home.database)) as connection:
        removal.forget_model(home, connection, name)


def mail_to_forget(home: Home, mail_id: int) -> StoredMail:
    """The mail of that number. Raises UsageError when there is none."""
    with closing(database.connect(home.database)) as connection:
        mail = load_mail(connection, mail_id)
    if mail is None:
        raise UsageError(f"There is no mail with the number {mail_id}; nothing was forgotten.")
    return mail


def home_contents(home: Home) -> Contents:
    """How much forgetting everything would remove."""
    with closing(database.connect(home.database)) as connection:
        mails = counts(connection)
        drafts = count_drafts(connection)
    return Contents(mails.kept + sum(mails.left_out.values()), drafts, len(list_models(home)))


def models_that_learnt(home: Home, mail_id: int) -> tuple[str, ...]:
    """The models that were trained on a mail, or chosen by it, as far as their folders tell."""
    names = []
    for card in list_models(home):
        try:
            split = read_split(home, card.name)
        except NotResumableError:
            continue
        if mail_id in split.train or mail_id in split.validation:
            names.append(card.name)
    return tuple(names)


def describe_forgotten(home: Home, forgotten: ForgottenMail) -> list[str]:
    """Plain lines on what went with a mail, and on where its words remain."""
    went = forgotten.went
    with_it = []
    if went.quoted_in:
        with_it.append(f"its quote in {_count(went.quoted_in, 'other mail')}")
    if went.drafts:
        with_it.append(f"{_count(went.drafts, 'draft')} with its words")
    if went.unsent:
        with_it.append("the text you had typed in the chat and not sent, which held its words")
    removed = f" With it went {_listed(with_it)}." if with_it else ""
    lines = [f"Forgotten.{removed} Importing it again leaves it out."]
    if went.also_in:
        numbers = ", ".join(map(str, went.also_in))
        one = len(went.also_in) == 1
        mails = f"your mail {numbers}, which stays" if one else f"your mails {numbers}, which stay"
        lines.append(f"The same words are in {mails}.")
    if forgotten.learnt_by:
        know = "knows" if len(forgotten.learnt_by) == 1 else "know"
        lines.append(
            f"{_listed(forgotten.learnt_by)} learnt from it and still {know} it; training anew and "
            f"forgetting the old model ends that: {command_in(home, 'train')}"
        )
    if not went.cleared:
        lines.append(
            "The database could not be cleared of its traces: it is in use, or the disk is full. "
            "They go when the next mail is forgotten."
        )
    return lines


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _listed(parts: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
