"""Data on stdout as JSON."""

from __future__ import annotations

import json
from typing import Any


def print_json(record: Any) -> None:
    """One line of JSON in ASCII: any stdout takes it, and a terminal obeys nothing in it."""
    print(json.dumps(record), flush=True)
