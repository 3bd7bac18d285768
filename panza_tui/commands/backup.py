"""`panza-tui backup` and `panza-tui restore`: a home in one verified file, and back."""

from __future__ import annotations

from pathlib import Path

from engine.backup.contents import Contents
from engine.backup.restore import Restored
from engine.sizes import counted, format_size
from panza_tui.commands.session import Session
from panza_tui.jobs import backup as job
from panza_tui.jobs.encryption import unlock_backup
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
    if not dry_run:
        session.unlock()
        unlock_backup(file, ask_passphrase)
    with narrated() as emit:
        if dry_run:
            restored = Restored(job.check_backup(file, emit), None)
        else:
            restored = job.restore(session.home, file, emit)
    contents = restored.contents
    made = mail_date(contents.created)
    if dry_run:
        say(f"{name} of {made} is intact: {_describe(contents)}. Nothing was restored.")
        return
    say(f"Restored {name} of {made}: {_describe(contents)}.")
    if restored.forgotten:
        numbers = ", ".join(map(str, restored.forgotten))
        say(
            f"Mails that you forgot since then are there again: {numbers}. Forget them again with "
            "'panza-tui forget --mail ID', and make a new backup."
        )
    if restored.aside is not None:
        say(f"What was there before is in {restored.aside}; remove it when you no longer need it.")
    if not contents.with_models:
        say("The backup was made without models; yours were left as they are.")


def _describe(contents: Contents) -> str:
    parts = [counted(contents.mails, "mail"), counted(contents.drafts, "draft")]
    if contents.with_models:
        parts.append(counted(len(contents.models), "model"))
    return ", ".join(parts)
