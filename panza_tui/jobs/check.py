"""Check all that a home holds against what was written, and repair it (`doctor --check`)."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import apsw
import psutil

from engine.backup.in_home import backups_in
from engine.damage import indexes
from engine.damage.model_sums import check_sums
from engine.damage.repair import Repair, repair_database
from engine.damage.values import unreadable_rows
from engine.database import database
from engine.database.aside import unfinished_restores
from engine.database.checksums import add_checksums, changed_rows, rows_without_checksum
from engine.errors import NotReadyError, PanzaError
from engine.events import Emit
from engine.home.access import own_paths
from engine.home.home import MODEL_NAME, Home
from engine.home.locks import is_held, refuse_while_working
from engine.home.names import HOME
from engine.models.models import read_card
from engine.salvage.pages import changed_pages
from engine.salvage.salvage import describe_rows
from engine.settings import load_settings
from engine.sizes import format_size
from panza_tui.jobs.doctor import Finding
from panza_tui.jobs.embed import finish_embedding
from panza_tui.jobs.one_writer import one_writer

_REPAIR = "panza-tui doctor --repair"
_NETWORK_DISKS = ("nfs", "cifs", "smb", "sshfs", "9p", "afpfs", "webdav", "davfs")

NOT_PROVEN = (
    "Not proven: that the disk keeps what it reported as written; that a text was right when it "
    "was imported; that a model's files were right when their checksums were written."
)


def check(home: Home, config: Path | None = None) -> Iterator[Finding]:
    """Yield a finding for each check of the home's content; one that raises is a finding, too."""
    yield from _guarded("database file", lambda: [_file(home)])
    yield from _guarded("database", lambda: _content(home))
    yield from _guarded("restore", lambda: _restore(home))
    yield from _guarded("models", lambda: _models(home))
    yield from _guarded("permissions", lambda: [_permissions(home)])
    yield from _guarded("syncing", lambda: [_syncing(home)])
    yield from _guarded("network", lambda: [_network(config)])
    yield from _guarded("other copies", lambda: [_copies(home)])


def repair(home: Home, emit: Emit) -> list[str]:
    """Repair the database and the permissions; return a line for each thing that was done.

    Raises PanzaError, with nothing changed, while work in the home is running.
    """
    if not home.check().database.exists():
        return []
    refuse_while_working(home, "Nothing was changed.")
    with one_writer(home, _REPAIR, emit):
        done = repair_database(home)
        if done.vectors or done.salvaged:
            with closing(database.connect(home.database)) as connection:
                finish_embedding(connection, home, emit)
                add_checksums(connection)
    return _describe(done)


def _guarded(subject: str, check: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return check()
    except Exception as error:  # Anything may be damaged, and is reported.
        text = str(error).strip() or type(error).__name__
        return [Finding(subject, "failed", text)]


def _file(home: Home) -> Finding:
    if not home.database.exists():
        return Finding("database file", "none yet")
    with closing(database.connect(home.database)) as connection:
        damage = database.find_damage(connection, thorough=True)
        changed = [] if damage else database.changed_schema(connection)
        count = connection.pragma("page_count")
    if changed:
        found = f"not as panza-tui makes it, so forgotten words may stay: {', '.join(changed[:3])}"
        return Finding("database file", found, _REPAIR)
    if damage:
        pages = changed_pages(home.database)
        tags = f"; wrong tags: pages {_some(pages)}" if pages else ""
        return Finding("database file", f"{damage}{tags}", _REPAIR)
    return Finding("database file", f"{count} pages: every page, table and index is well-formed")


def _content(home: Home) -> list[Finding]:
    if not home.database.exists():
        return []
    with closing(database.connect(home.database)) as connection:
        return [_rows(connection), _text_index(connection), _vectors(connection)]


def _rows(connection: apsw.Connection) -> Finding:
    changed = changed_rows(connection)
    if changed:
        listed = "; ".join(f"{part}: {_some(ids)}" for part, ids in changed.items())
        return Finding("rows", f"not as they were written: {listed}", _REPAIR)
    if unreadable := unreadable_rows(connection):
        listed = "; ".join(f"{part}: {_some(ids)}" for part, ids in unreadable.items())
        return Finding("rows", f"can't be read: {listed}", _REPAIR)
    newer = rows_without_checksum(connection)
    later = f"; {newer} newer ones get their checksum with the next import or backup"
    return Finding("rows", f"all are as they were written{later if newer else ''}")


def _text_index(connection: apsw.Connection) -> Finding:
    try:
        damage = indexes.text_index_damage(connection)
    except apsw.ReadOnlyError:  # SQLite's check is a statement that writes.
        return Finding("text index", "not compared, as the home can't be written")
    if damage:
        return Finding("text index", f"not that of the mails ({damage})", _REPAIR)
    return Finding("text index", "that of the mails")


def _vectors(connection: apsw.Connection) -> Finding:
    wrong = indexes.wrong_vectors(connection)
    if wrong:
        return Finding("vectors", f"wrong ones, of the mails {_some(wrong)}", _REPAIR)
    if indexes.signs_differ(connection):
        return Finding("vectors", "their signs, for the first search, differ", _REPAIR)
    return Finding("vectors", "each is that of a kept mail, and so are their signs")


def _restore(home: Home) -> list[Finding]:
    marks = unfinished_restores(home)
    if not marks or is_held(home.write_lock):
        return []
    found = (
        "it was cut short, so the models may be those of the backup while the database is still "
        f"the older one; the older models are then in {marks[-1].parent.name}"
    )
    return [Finding("restore", found, "restore the same backup again")]


def _models(home: Home) -> list[Finding]:
    if not home.models.is_dir():
        return []
    folders = sorted(path for path in home.models.iterdir() if path.is_dir())
    return [finding for folder in folders for finding in _model(home, folder)]


def _model(home: Home, folder: Path) -> list[Finding]:
    subject = "model"
    if not MODEL_NAME.fullmatch(folder.name):
        return [Finding(subject, f"{folder} is no model", "remove the folder")]
    try:
        card = read_card(home, folder.name)
    except NotReadyError:
        found = f"{folder.name}: it has no card, so it is damaged or was not removed completely"
        return [Finding(subject, found, f"panza-tui forget --model {folder.name}")]
    except PanzaError as error:
        return [Finding(subject, f"{folder.name}: its card can't be read", str(error))]
    count, wrong = check_sums(folder)
    if wrong:
        listed = ", ".join(wrong)
        gguf = all(name.endswith(".gguf") for name in wrong)
        fix = f"panza-tui export {card.name}" if gguf else "restore a backup, or train it again"
        return [Finding(subject, f"{card.name}: not as written: {listed}", fix)]
    if not count:
        return [Finding(subject, f"{card.name}: {card.state}, no checksums")]
    return [Finding(subject, f"{card.name}: {count} files are as they were written")]


def _permissions(home: Home) -> Finding:
    open_to_others = [path for path in own_paths(home.root.resolve(), HOME) if _is_open(path)]
    if open_to_others:
        shown = ", ".join(map(str, open_to_others[:3]))
        return Finding("permissions", f"others can read {len(open_to_others)}: {shown}", _REPAIR)
    return Finding("permissions", "only you can read what is in the home")


def _is_open(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    others = stat.S_IRWXG | stat.S_IRWXO
    return not stat.S_ISLNK(status.st_mode) and bool(status.st_mode & others)


def _syncing(home: Home) -> Finding:
    kind = _file_system(home.root)
    if any(name in kind for name in _NETWORK_DISKS):
        return Finding(
            "syncing",
            f"the home is on a network disk ({kind}), where SQLite's locks and log are not safe",
            "move the home to a disk of this machine",
        )
    if home.database.exists():
        with closing(database.connect(home.database)) as connection:
            if connection.pragma("synchronous") < 2:
                return Finding("syncing", "SQLite does not flush each change", "report this")
    return Finding("syncing", f"each change is flushed to the disk ({kind or 'unknown kind'})")


def _file_system(path: Path) -> str:
    """Return the kind of file system that a path is on, such as "ext4"; '' if it is unknown."""
    real = os.path.realpath(path)
    inside = [
        disk
        for disk in psutil.disk_partitions(all=True)
        if real == disk.mountpoint or real.startswith(disk.mountpoint.rstrip("/") + "/")
    ]
    return max(inside, key=lambda disk: len(disk.mountpoint)).fstype if inside else ""


def _network(config: Path | None) -> Finding:
    if load_settings(config).model.allow_download:
        found = "model.allow_download is on: a base model that is not on this disk is downloaded"
        return Finding("network", found)
    return Finding("network", "model.allow_download is off: nothing is downloaded")


def _copies(home: Home) -> Finding:
    copies = [*home.migration_copies, *home.kept_aside, *home.left_over, *backups_in(home)]
    if not copies:
        return Finding("other copies", "none of your mail in the home")
    size = sum(p.lstat().st_size for top in copies for p in (top, *top.rglob("*")))
    listed = ", ".join(path.relative_to(home.root).as_posix() for path in copies)
    return Finding(
        "other copies",
        f"{listed} ({format_size(size)}): what was there before; remove what you no longer need "
        "(the next command removes what a killed one left)",
    )


def _some(ids: Sequence[int]) -> str:
    shown = ", ".join(map(str, ids[:10]))
    return f"{shown} and {len(ids) - 10} more" if len(ids) > 10 else shown


def _describe(done: Repair) -> list[str]:
    lines = []
    if done.salvaged:
        saved = done.salvaged
        lines.append(
            f"The database was damaged. {describe_rows(saved.rows)} could be read and are in a new "
            f"one; the damaged one is in {saved.aside}."
        )
        for part, lost in saved.lost.items():
            if part != "vectors":  # They are made again.
                lines.append(f"Lost: {part} {_some(lost)}.")
        lines.append("Import your archives again to get back mails that were lost.")
    if done.text_index:
        lines.append("The full-text index was made again.")
    if done.vectors or done.signs:
        lines.append("The index for the search by meaning was made again.")
    if done.facts:
        lines.append(
            "Facts that could not be read were removed: your addresses, names or signatures, or by "
            "what forgotten mails are known. Import your archives again, which learns them again; "
            "look whether that brings back a mail that you forgot."
        )
    for part, ids in done.changed.items():
        lines.append(f"Not as they were written: {part} {_some(ids)}; read them.")
    if "mails" in done.changed:
        lines.append(
            "These mails are left out until you keep them in the mailbox, or import their archive "
            "again."
        )
    return lines
