"""Answers in JSON, whatever is in their texts."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse


def json_bytes(data: Any) -> bytes:
    """Return data as JSON in UTF-8; half of a character, which UTF-8 can't encode, becomes '?'."""
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")


class JSONAnswer(JSONResponse):
    """An answer in JSON."""

    def render(self, content: Any) -> bytes:
        return json_bytes(content)
