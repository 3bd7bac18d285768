"""Run panza-tui as `python -m panza_tui`."""

import os
import sys

# `python -m` imports from the working folder first, where anything may lie.
_CODE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if not getattr(sys.flags, "safe_path", False) and sys.path[0] != _CODE:
    del sys.path[0]

from panza_tui.cli import main  # noqa: E402

main()
