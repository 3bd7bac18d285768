"""Mails of a made-up writer, as an archive, and their import."""

from __future__ import annotations

from pathlib import Path

import apsw

from engine.events import silent
from engine.mail.importing.importing import import_archives
from engine.mail.importing.tally import ImportReport
from engine.mail.stored import store

ME = "ida@example.org"


CORPORA = Path(__file__).parents[4] / "shared" / "corpora"


def mail(body: str = "See you at the lake at nine.", **headers: str) -> str:
    fields = {
        "From": f"Ida Moor <{ME}>",
        "To": "Bo <bo@example.org>",
        "Date": "Wed, 01 Jan 2020 12:00:00 +0000",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value) + f"\n{body}\n"


def write_mbox(path: Path, *mails: str) -> Path:
    separator = "From x@example.org Wed Jan  1 12:00:00 2020\n"
    path.write_text("\n".join(separator + text for text in mails))
    return path


def run(database: apsw.Connection, *paths: Path) -> ImportReport:
    return import_archives(database, paths, [ME], silent)


def only(database: apsw.Connection) -> store.StoredMail:
    (found,) = store.kept_mails(database)
    return found


ANSWER = mail(
    "At nine.\n\nOn Tue, 31 Dec 2019 at 10:00, Bo <bo@example.org> wrote:\n\n> When do",
    Subject="Re: lake",
    In_Reply_To="<q@x>",
    Message_ID="<a@x>",
)
