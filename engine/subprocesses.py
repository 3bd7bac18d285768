"""Start modules of this program as processes, and protect this one."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from engine.encryption.unlocked import handed_over

CODE = Path(__file__).resolve().parents[1]
"""The folder that contains the packages."""

_SAFE_PATH = ["-P"] if sys.version_info >= (3, 11) else []
"""Python 3.10 always imports from the working folder, so that is the folder of the code there."""


def start_module(
    module: str,
    arguments: Iterable[str | Path | int] = (),
    *,
    folder: Path = CODE,
    environment: Mapping[str, str] | None = None,
    with_keys: bool = False,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start `python -m module arguments…`; `options` are passed to Popen.

    It imports from neither its working folder nor the one in which the user started panza-tui, as
    anything may lie there. folder: its working folder. environment: the environment variables; None
    for those of this process. with_keys: whether it may read the encrypted homes that this process
    can. Its stdin is empty by default.
    """
    options.setdefault("stdin", subprocess.DEVNULL)
    variables = _without_working_folder(os.environ if environment is None else environment)
    with contextlib.ExitStack() as stack:
        key_pipe, handles = stack.enter_context(handed_over()) if with_keys else ({}, ())
        return subprocess.Popen(
            [sys.executable, *_SAFE_PATH, "-m", module, *map(str, arguments)],
            cwd=folder if _SAFE_PATH else CODE,
            env={**variables, **key_pipe},
            pass_fds=(*options.pop("pass_fds", ()), *handles),
            **options,
        )


def wait_in_background(child: subprocess.Popen[bytes]) -> None:
    """Read the exit code of a child when it ends, as it stays a zombie until then."""
    threading.Thread(target=child.wait, daemon=True).start()


def protect_process() -> None:
    """Write no core dumps, which would hold mail, and no files that others can read.

    No child imports from its working folder. Children inherit all of it.
    """
    os.umask(0o077)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["PYTHONSAFEPATH"] = "1"


def _without_working_folder(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables, with a PYTHONPATH that names this code, and no relative folders.

    An empty entry, such as in ":/x", is the working folder. Installed packages are found without.
    """
    given = environment.get("PYTHONPATH", "").split(os.pathsep)
    entries = [entry for entry in given if os.path.isabs(entry)]
    if not {"site-packages", "dist-packages"} & set(CODE.parts) and str(CODE) not in entries:
        entries.insert(0, str(CODE))
    return {**environment, "PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(entries)}
