"""Data on stdout as JSON."""

from __future__ import annotations

import json
from typing import Any


def print_json(record: Any) -> None:
    """One line of JSON, in ASCII: nothing in a mail reaches a terminal unescaped, and every

    encoding of stdout can take it.
    """
    print(json.dumps(record), flush=True)
