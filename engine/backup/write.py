"""Write a backup while the home is in use, and read it back before it gets its name."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import BinaryIO

import apsw
import psutil

from engine.backup import contents as manifest
from engine.backup.contents import Contents, StoredFile
from engine.backup.read import verify
from engine.database.checksums import add_checksums
from engine.database.copies import DATABASE_SUFFIXES, copy_database, remove_database
from engine.database.database import changed_schema, connect, open_database, schema_version
from engine.disk import durable
from engine.drafting.drafts import count_drafts
from engine.encryption.key_record import KEY_FILE
from engine.encryption.unlocked import DataKey, key_of
from engine.errors import NotReadyError, PanzaError, UsageError, cause
from engine.events import Emit, Progress, Warn
from engine.home.home import MODEL_NAME, Home
from engine.mail.stored.store import counts

_CHUNK = 1 << 20
_LIST_TRIES = 5
"""A run removes an older checkpoint while it is being opened at most once an epoch."""

_DRAFT = ".panza-partial"
"""Ends the name of an unfinished backup: one of ours in any folder."""

_LEFT_OVER = re.compile(
    rf"\..+\.(\d{{1,18}}){re.escape(_DRAFT)}(?:\.db(?:{'|'.join(DATABASE_SUFFIXES)}))?"
)
"""The names of an unfinished backup's files, with the number of the process."""

_INCOMPRESSIBLE = (".safetensors", ".gguf", ".pt", ".pth", ".bin")
_FAST = 1
"""Of zlib's levels: the next ones take twice as long and save a tenth of the text."""


def write_backup(
    home: Home,
    target: Path,
    files_of_model: Callable[[Path], Sequence[Path]],
    emit: Emit,
    *,
    models: bool = True,
) -> Contents:
    """Write the home's database and models to a new file, and read it back.

    Others may use the home meanwhile. What is encrypted in it stays so in the backup.
    files_of_model: lists the files of a model's folder to keep. Returns what the backup contains.
    Raises NotReadyError without a database, UsageError if there is a file already, and PanzaError,
    without leaving a file, if the database is damaged or the backup can't be written.
    """
    if not home.database.is_file():
        raise NotReadyError(f"There is nothing to back up in {home.root} yet.")
    _check_target(target)
    _check_place(home, target)
    _remove_left_over(target.parent)
    draft = target.with_name(f".{target.name}.{os.getpid()}{_DRAFT}")
    copy = draft.with_name(f"{draft.name}.db")
    source = connect(home.database)  # What fails here is not the backup's place.
    try:
        with closing(source):
            if changed := changed_schema(source):
                raise PanzaError(
                    f"{home.database} is not as panza-tui makes it ({', '.join(changed[:3])}), so "
                    "its backup could not be restored; there is none. Run 'panza-tui doctor "
                    "--repair' first."
                )
            with contextlib.suppress(apsw.Error):  # A disk that is full or can only be read.
                add_checksums(source)
            copy_database(source, copy, _bar(emit, "copying", "pages"))
        written = _write_archive(home, draft, copy, files_of_model if models else None, emit)
        verify(draft, _bar(emit, "reading it back", "bytes"))
        _check_target(target)
        durable.replace(draft, target)
    except (OSError, apsw.FullError, apsw.IOError) as error:
        raise PanzaError(
            f"The backup can't be written to {target} ({cause(error)}); there is no backup, and "
            "the home is unchanged. Make room, or choose another place."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
            remove_database(copy)
    return written


def _check_target(target: Path) -> None:
    if target.is_dir():
        example = target / "panza.zip"
        raise UsageError(f"{target} is a folder; name a file in it, such as {example}.")
    if os.path.lexists(target):
        raise UsageError(f"There is a file {target} already; nothing was written. Choose another.")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}; nothing was written.")


def _check_place(home: Home, target: Path) -> None:
    """Raise UsageError for a place in the home.

    There a backup would be lost with the home, and keep what is forgotten; under a name of ours it
    would be taken for something else.
    """
    inside = target.parent.resolve() / target.name
    if inside.is_relative_to(home.root.resolve()):
        raise UsageError(
            f"{target} is in the home itself, with which it would be lost; nothing was written. "
            "Choose a place outside the home, on another disk if possible."
        )


def _remove_left_over(folder: Path) -> None:
    """Remove what backups to the same folder left that were killed; it has mails in it."""
    for path in folder.glob(f".*{_DRAFT}*"):
        found = _LEFT_OVER.fullmatch(path.name)
        if found and not psutil.pid_exists(int(found[1])):
            with contextlib.suppress(OSError):
                path.unlink()


def _write_archive(
    home: Home,
    draft: Path,
    copy: Path,
    files_of_model: Callable[[Path], Sequence[Path]] | None,
    emit: Emit,
) -> Contents:
    files: dict[str, StoredFile] = {}
    count = _counter(emit, "writing")
    with open(draft, "xb") as raw:
        os.chmod(draft, 0o600)
        with zipfile.ZipFile(raw, "w") as archive:
            with open(copy, "rb") as file:
                files[manifest.DATABASE] = _add(archive, manifest.DATABASE, file, count)
            folders = _model_folders(home, emit) if files_of_model else []
            for folder in folders:
                assert files_of_model is not None
                with _open_files(folder, files_of_model, emit) as opened:
                    for path, opened_file in opened:
                        name = path.relative_to(home.root).as_posix()
                        files[name] = _add(archive, name, opened_file, count)
            key = key_of(home.database)
            if key is not None:
                with open(home.root / KEY_FILE, "rb") as file:
                    files[KEY_FILE] = _add(archive, KEY_FILE, file, count)
            written = _contents(copy, key, files, with_models=files_of_model is not None)
            archive.writestr(_zip_info(manifest.MANIFEST), manifest.as_json(written))
        raw.flush()
        durable.sync_handle(raw.fileno())
        if hasattr(os, "posix_fadvise"):  # So that it is read back from the disk.
            os.posix_fadvise(raw.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return written


def _contents(
    copy: Path, key: DataKey | None, files: dict[str, StoredFile], *, with_models: bool
) -> Contents:
    with closing(open_database(copy, key=key, alone=True)) as connection:
        found = counts(connection)
        return Contents(
            created=int(time.time()),
            schema=schema_version(connection),
            mails=found.kept,
            drafts=count_drafts(connection),
            models=manifest.models_of(files),
            with_models=with_models,
            files=files,
        )


def _model_folders(home: Home, emit: Emit) -> Iterator[Path]:
    if home.models.is_symlink():
        emit(Warn(f"{home.models} is a link, so the models are not in the backup."))
        return
    for folder in sorted(home.models.glob("*")):
        if folder.is_symlink():
            emit(Warn(f"{folder} is a link, so this model is not in the backup."))
        elif folder.is_dir() and MODEL_NAME.fullmatch(folder.name):
            yield folder


@contextlib.contextmanager
def _open_files(
    folder: Path, files_of_model: Callable[[Path], Sequence[Path]], emit: Emit
) -> Iterator[list[tuple[Path, BinaryIO]]]:
    """Open all files of a model at once, as a run may replace or remove some at any time."""
    for tries_left in reversed(range(_LIST_TRIES)):
        with ExitStack() as stack:
            try:
                opened = [(path, _open(path)) for path in files_of_model(folder)]
            except FileNotFoundError:
                if tries_left:
                    continue
                raise
            kept = []
            for path, file in opened:
                if file is None:
                    emit(Warn(f"{path} is not a plain file, so it is not in the backup."))
                else:
                    kept.append((path, stack.enter_context(file)))
            yield kept
            return


def _open(path: Path) -> BinaryIO | None:
    """Open a file, unless it is a link or a device."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return None
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


def _add(
    archive: zipfile.ZipFile, name: str, file: BinaryIO, count: Callable[[int], None]
) -> StoredFile:
    """Store a file as long as it is now; a log may grow while it is read."""
    length = os.fstat(file.fileno()).st_size
    digest, done = hashlib.sha256(), 0
    with archive.open(_zip_info(name), "w", force_zip64=True) as stored:
        while block := file.read(min(_CHUNK, length - done)):
            stored.write(block)
            digest.update(block)
            done += len(block)
            count(len(block))
    return StoredFile(done, digest.hexdigest())


def _zip_info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, time.localtime()[:6])
    info.external_attr = (stat.S_IFREG | 0o600) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    if name.endswith(_INCOMPRESSIBLE):
        info.compress_type = zipfile.ZIP_STORED
    # ZipInfo has no public name for it before Python 3.13.
    info._compresslevel = _FAST  # type: ignore[attr-defined]
    return info


def _bar(emit: Emit, stage: str, unit: str) -> Callable[[int, int], None]:
    return lambda done, total: emit(Progress(stage, done, total, unit))


def _counter(emit: Emit, stage: str) -> Callable[[int], None]:
    """Return a function that adds to the bytes done, and emits them."""
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        emit(Progress(stage, done, None, "bytes"))

    return count
