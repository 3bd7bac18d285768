"""`panza-tui backup` and `panza-tui restore`: a home in one verified file, and back."""

from __future__ import annotations

from pathlib import Path

from engine.backup.contents import Contents
from engine.sizes import counted, format_size
from panza_tui.commands.session import Session
from panza_tui.jobs import backup as job
from panza_tui.jobs.encryption import unlock_backup
from panza_tui.jobs.forget import Contents as HomeContents
from panza_tui.jobs.forget import home_contents
from panza_tui.terminal.mail_words import mail_date
from panza_tui.terminal.narration import narrated, say
from panza_tui.terminal.passphrase import ask_passphrase
from panza_tui.terminal.sanitise import safe_line


def backup(session: Session, file: Path, no_models: bool) -> None:
    """Write a backup, and say what it contains."""
    with narrated() as emit:
        contents = job.back_up(session.home, file, emit, models=not no_models)
    size = format_size(file.stat().st_size)
    say(f"{safe_line(str(file))}: {_describe(contents)}; {size}, read back and checked.")
    if contents.is_encrypted:
        say("It is encrypted with today's passphrase. Your settings file is not in it.")
    else:
        say("Anyone who can read this file can read your mail. Your settings file is not in it.")


def restore(session: Session, file: Path, dry_run: bool) -> None:
    """Restore a backup, or only check it."""
    name = safe_line(str(file))
    session.unlock()
    unlock_backup(file, ask_passphrase)
    before = home_contents(session.home)
    with narrated() as emit:
        work = job.check_backup if dry_run else job.restore
        restored = work(session.home, file, emit)
    contents = restored.contents
    made = mail_date(contents.created)
    numbers = ", ".join(map(str, restored.forgotten))
    if dry_run:
        say(f"{name} of {made} is intact, and can be restored: {_describe(contents)}.")
        say(_replaced(before, contents))
        if restored.forgotten:
            say(f"Mails that you forgot since then come back: {numbers}.")
        say("Nothing was restored.")
        return
    say(f"Restored {name} of {made}: {_describe(contents)}.")
    if restored.forgotten:
        say(
            f"Mails that you forgot since then are there again: {numbers}. Forget them again with "
            "'panza-tui forget --mail ID', and make a new backup."
        )
    if restored.aside is not None:
        say(f"What was there before is in {restored.aside}; remove it when you no longer need it.")
    if not contents.with_models:
        say("The backup was made without models; yours were left as they are.")


def _replaced(before: HomeContents, contents: Contents) -> str:
    """Say what is in a home that a restored backup would replace."""
    parts = []
    if before.mails is None:
        parts.append("a database that can't be read")
    elif before.mails or before.drafts:
        parts += [counted(before.mails, "mail"), counted(before.drafts or 0, "draft")]
    if contents.with_models and before.models:
        parts.append(counted(before.models, "model"))
    there = (
        f"would replace {', '.join(parts)}, which it would keep" if parts else "replaces nothing"
    )
    models = "" if contents.with_models else "; your models stay as they are"
    return f"Restoring it {there}{models}."


def _describe(contents: Contents) -> str:
    parts = [counted(contents.mails, "mail"), counted(contents.drafts, "draft")]
    if contents.with_models:
        parts.append(counted(len(contents.models), "model"))
    return ", ".join(parts)
