"""`panza-tui forget`: removes a mail, a model, or all of it, everywhere."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import datetime

import apsw
import click

from engine import database
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.forget import Forgotten, forget_all, forget_mail, forget_model
from engine.home import Home
from engine.mail.stored.store import load_mail
from engine.models import list_models, read_card
from panza_tui.commands.session import Session
from panza_tui.jobs.one_writer import one_writer
from panza_tui.jobs.steps import command_in
from panza_tui.terminal.narration import say
from panza_tui.terminal.sanitise import safe_line
from training.runs.run_folder import NotResumableError, read_split


def forget(
    session: Session, mail_id: int | None, model: str | None, everything: bool, yes: bool
) -> None:
    """Forget what was named, after a question on the terminal."""
    if [mail_id is not None, model is not None, everything].count(True) != 1:
        raise UsageError("Name what to forget: one of --mail ID, --model NAME and --all.")
    home = session.home
    if not home.database.exists():
        raise NotReadyError(f"There is nothing to forget in {home.root}.")
    home.prepare()
    if everything:
        _forget_all(home, yes)
        return
    with closing(database.connect(home.database)) as connection:
        if model is not None:
            _forget_model(home, connection, model, yes)
        elif mail_id is not None:
            _forget_mail(home, connection, mail_id, yes)


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


def what_was_forgotten(home: Home, forgotten: Forgotten, knowing: tuple[str, ...]) -> list[str]:
    """Plain lines on what went with a mail, and on what of it stays where."""
    went = []
    if forgotten.quoted_in:
        went.append(f"its quote in {forgotten.quoted_in} other mails")
    if forgotten.drafts:
        went.append(f"{forgotten.drafts} drafts with its words")
    with_it = f" With it went {' and '.join(went)}." if went else ""
    lines = [f"Forgotten.{with_it} Importing it again leaves it out."]
    if forgotten.also_in:
        numbers = ", ".join(map(str, forgotten.also_in))
        lines.append(f"The same words stand in your mail {numbers}, which stays.")
    if knowing:
        lines.append(
            f"{' and '.join(knowing)} learnt from it and still knows it; training anew and "
            f"forgetting the old model ends that: {command_in(home, 'train')}"
        )
    if not forgotten.cleared:
        lines.append(
            "The database could not be cleared of its traces: it is in use, or the disk is full. "
            "They go when the next mail is forgotten."
        )
    return lines


def _forget_mail(home: Home, connection: apsw.Connection, mail_id: int, yes: bool) -> None:
    mail = load_mail(connection, mail_id)
    if mail is None:
        raise UsageError(f"There is no mail with the number {mail_id}; nothing was forgotten.")
    day = datetime.fromtimestamp(mail.date).strftime("%Y-%m-%d")
    whom = ", ".join(name or address for name, address in mail.recipients[:3])
    _confirm(f"the mail of {day} to {safe_line(whom)}: “{safe_line(mail.subject)}”", yes)
    with one_writer(home, "panza-tui forget"):
        forgotten = forget_mail(home, connection, mail_id)
    for line in what_was_forgotten(home, forgotten, models_that_learnt(home, mail_id)):
        say(line)


def _forget_model(home: Home, connection: apsw.Connection, name: str, yes: bool) -> None:
    if not home.model(name).is_dir():
        read_card(home, name)  # It tells which models there are.
    _confirm(f"the model '{name}' with all its files", yes)
    forget_model(home, connection, name)
    say(f"The model '{name}' is gone.")


def _forget_all(home: Home, yes: bool) -> None:
    with closing(database.connect(home.database)) as connection:
        mails = connection.execute("SELECT count(*) FROM mails").get
        drafts = connection.execute("SELECT count(*) FROM drafts").get
    models = len(list_models(home))
    _confirm(f"everything in {home.root}: {mails} mails, {drafts} drafts, {models} models", yes)
    forget_all(home)
    say(f"All is gone from {home.root}. Your settings and your mail archives were not touched.")


def _confirm(what: str, yes: bool) -> None:
    """Ask on a terminal. UsageError where nobody can be asked, PanzaError for a no."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"This would forget {what}; say --yes. Nothing was forgotten.")
    if not click.confirm(f"Forget {what}? It can't be undone", err=True):
        raise PanzaError("Nothing was forgotten.")
