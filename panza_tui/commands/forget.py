"""`panza-tui forget`: remove a mail, a model, or everything, after asking on the terminal."""

from __future__ import annotations

import sys

import click

from engine.errors import NotReadyError, PanzaError, UsageError
from engine.home import Home
from engine.models import read_card
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
    home = session.home
    if not home.database.exists():
        raise NotReadyError(f"There is nothing to forget in {home.root}.")
    home.prepare()
    if everything:
        _forget_all(home, yes)
    elif model is not None:
        _forget_model(home, model, yes)
    elif mail_id is not None:
        _forget_mail(home, mail_id, yes)


def _forget_mail(home: Home, mail_id: int, yes: bool) -> None:
    mail = job.mail_to_forget(home, mail_id)
    day = mail_date(mail.date)
    recipients = first_recipients(mail.recipients)
    _confirm(f"the mail of {day} to {safe_line(recipients)}: “{safe_line(mail.subject)}”", yes)
    with narrated() as emit:
        forgotten = job.forget_mail(home, mail_id, emit, "panza-tui forget")
    for line in job.describe_forgotten(home, forgotten):
        say(line)


def _forget_model(home: Home, name: str, yes: bool) -> None:
    if not home.model(name).is_dir():
        read_card(home, name)  # Raises an error that lists the existing models.
    _confirm(f"the model '{name}' with all its files", yes)
    job.forget_model(home, name)
    say(f"The model '{name}' was removed.")


def _forget_all(home: Home, yes: bool) -> None:
    held = job.home_contents(home)
    contents = f"{held.mails} mails, {held.drafts} drafts, {held.models} models"
    _confirm(f"everything in {home.root}: {contents}", yes)
    job.forget_all(home)
    say(f"Everything in {home.root} was removed. Your settings and mail archives were not touched.")


def _confirm(what: str, yes: bool) -> None:
    """Ask on the terminal. Raises UsageError if there is none, PanzaError if the user says no."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"This would forget {what}; confirm with --yes. Nothing was forgotten.")
    if not click.confirm(f"Forget {what}? It can't be undone", err=True):
        raise PanzaError("Nothing was forgotten.")
