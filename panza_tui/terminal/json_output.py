"""Print data on stdout as JSON."""

from __future__ import annotations

import json
from typing import Any


def print_json(record: Any) -> None:
    """Print one line of JSON in ASCII, safe for any stdout and any terminal."""
    print(json.dumps(record), flush=True)
