"""The one place that starts this program's own modules as processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

CODE = Path(__file__).resolve().parents[1]
"""The folder that holds the packages."""


def start_module(
    module: str,
    arguments: Iterable[str | Path | int] = (),
    *,
    folder: Path = CODE,
    environment: Mapping[str, str] | None = None,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start `python -m module arguments…` with an empty stdin; further options are Popen's.

    folder: the working folder. Python imports from it first, so it is the home or the folder of
    the code, never the one in which the user started us. environment: all of the child's
    variables; default: ours.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=environment,
        **options,
    )
