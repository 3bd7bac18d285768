"""Start modules of this program as processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

CODE = Path(__file__).resolve().parents[1]
"""The folder that contains the packages."""


def start_module(
    module: str,
    arguments: Iterable[str | Path | int] = (),
    *,
    folder: Path = CODE,
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start `python -m module arguments…` with an empty stdin; `options` are passed to Popen.

    folder: the working folder. Python imports from it first, so it must be the home or the folder
    of the code, not the one in which the user started panza-tui. environment: the environment
    variables; None for those of this process.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=environment,
        **options,
    )
