"""Homes to back up, and what is in them."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

from made_mails import made_mail

from engine.backup.write import write_backup
from engine.database import database
from engine.events import silent
from engine.home.home import Home
from engine.mail.types import Mail
from training.runs.run_folder import files_to_keep

CARD = 'name = "lo"\nbase = "b"\nmethod = "rosa"\ncreated = 1\nstate = "finished"\n'
WEIGHTS = random.Random(0).randbytes(100_000)


def mail(number: int) -> Mail:
    body = f"The boat number {number} is ready."
    return made_mail(number, message_id=None, body=body, original="", source="made up")


def no_progress(done: int, total: int) -> None:
    pass


def back_up(home: Home, target: Path, emit=silent, **options):
    return write_backup(home, target, files_to_keep, emit, **options)


def mails_in(home: Home) -> int:
    with closing(database.connect(home.database)) as connection:
        return connection.execute("SELECT count(*) FROM mails").get


def files_of(home: Home) -> dict[str, bytes]:
    """The files of a home without its lock, by name."""
    paths = (path for path in home.root.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(home.root).as_posix(): path.read_bytes() for path in paths}
