"""`panza-tui forget`: remove a mail, a model, or everything, after asking on the terminal."""

from __future__ import annotations

import sys

import click

from engine.errors import PanzaError, UsageError
from engine.home.home import Home
from engine.home.removal import Left
from engine.mail.stored.store import StoredMail
from engine.models.models import read_card
from panza_tui.commands.session import Session
from panza_tui.jobs import forget as job
from panza_tui.terminal.mail_words import first_recipients, mail_date
from panza_tui.terminal.narration import narrated, say
from panza_tui.terminal.sanitise import safe_line


def forget(
    session: Session, mail_id: int | None, model: str | None, everything: bool, yes: bool
) -> None:
    """Forget one mail, one model, or everything."""
    if [mail_id is not None, model is not None, everything].count(True) != 1:
        raise UsageError("Name what to forget: one of --mail ID, --model NAME and --all.")
    # Files can be removed from any home, but mails only from one that can be opened.
    if not everything:
        session.unlock()
    if everything:
        _forget_all(session.home, yes)
    elif model is not None:
        _forget_model(session.home, model, yes)
    elif mail_id is not None:
        _forget_mail(session.home.require(), mail_id, yes)


def _forget_mail(home: Home, mail_id: int, yes: bool) -> None:
    _confirm(_described(job.mail_to_forget(home, mail_id), mail_id), yes)
    with narrated() as emit:
        forgotten = job.forget_mail(home, mail_id, emit, "panza-tui forget")
    for line in job.describe_forgotten(home, forgotten):
        say(line)


def _described(mail: StoredMail | None, mail_id: int) -> str:
    if mail is None:
        return f"the mail with the number {mail_id}, which can't be read"
    recipients = safe_line(first_recipients(mail.recipients))
    return f"the mail of {mail_date(mail.date)} to {recipients}: “{safe_line(mail.subject)}”"


def _forget_model(home: Home, name: str, yes: bool) -> None:
    if not home.model(name).is_dir() and not home.model(name).is_symlink():
        read_card(home, name)  # Raises an error that lists the existing models.
    _confirm(f"the model '{name}' with all its files", yes)
    left = job.forget_model(home, name)
    say(f"The model '{name}' was removed.")
    _say_left(left)


def _forget_all(home: Home, yes: bool) -> None:
    held = job.home_contents(home)
    contents = f"{held.mails} mails, {held.drafts} drafts, {held.models} models"
    if held.mails is None:
        database = "an encrypted database" if held.is_encrypted else "a database that can't be read"
        contents = f"{database}, {held.models} models"
    where = safe_line(str(home.root))
    _confirm(f"everything of panza-tui in {where}: {contents}", yes)
    left = job.forget_all(home)
    say(
        f"Everything of panza-tui in {where} was removed. Your settings, mail archives and backups "
        "were not touched."
    )
    if held.is_encrypted:
        say(
            "Its key was removed, too, so the home is not encrypted any more. Run 'panza-tui "
            "encrypt on' before the next import to encrypt it from its first mail on."
        )
    _say_left(left)


def _say_left(left: Left) -> None:
    for line in job.describe_left(left):
        say(safe_line(line))


def _confirm(what: str, yes: bool) -> None:
    """Ask on the terminal. Raises UsageError if there is none, PanzaError if the user says no."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"This would forget {what}; confirm with --yes. Nothing was forgotten.")
    if not click.confirm(f"Forget {what}? It can't be undone", err=True):
        raise PanzaError("Nothing was forgotten.")
