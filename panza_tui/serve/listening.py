"""The socket that the service listens on: a port of 127.0.0.1, or a Unix socket of the user's."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from engine.errors import PanzaError, UsageError

ADDRESS = "127.0.0.1"


@contextlib.contextmanager
def listening_port(port: int) -> Iterator[socket.socket]:
    """Listen on a port of this machine alone; 0: any free one. Raises PanzaError."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
        except OSError as error:
            why = (
                "is in use; is panza-tui serve running already?"
                if error.errno == errno.EADDRINUSE
                else f"can't be used ({error.strerror})."
            )
            raise PanzaError(f"Port {port} {why} Choose another one with --port.") from error
        listener.listen()
        yield listener


@contextlib.contextmanager
def listening_path(path: Path) -> Iterator[socket.socket]:
    """Listen on a Unix socket that only the user can open, and remove it at the end.

    One that a killed server left is replaced. Raises PanzaError, UsageError.
    """
    _remove_abandoned(path)
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listener:
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        except OSError as error:
            # A name that is too long has no strerror.
            raise UsageError(
                f"There can't be a socket at {path} ({error.strerror or error})."
            ) from error
        finally:
            os.umask(before)
        listener.listen()
        mine = path.lstat().st_ino
        try:
            yield listener
        finally:
            with contextlib.suppress(OSError):
                if path.lstat().st_ino == mine:
                    path.unlink()


def _remove_abandoned(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if not stat.S_ISSOCK(mode):
        raise UsageError(f"{path} exists and is no socket; it was left alone. Choose another name.")
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as other:
        other.settimeout(1.0)
        try:
            other.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise PanzaError(f"{path} can't be used ({error.strerror or error}).") from error
    raise PanzaError(f"Another program listens at {path}; is panza-tui serve running already?")
