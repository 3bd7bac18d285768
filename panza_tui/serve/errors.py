"""Errors as OpenAI's clients expect them."""

from __future__ import annotations

from typing import Any

from panza_tui.serve.json_answer import JSONAnswer

_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error"}
_SERVER_ERROR = 500


class RequestError(Exception):
    """A request that can't be answered. The message is for the user; param: the field at fault."""

    def __init__(self, message: str, *, status: int = 400, code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param


def error_body(status: int, message: str, code: str = "", param: str = "") -> dict[str, Any]:
    kind = "server_error" if status >= _SERVER_ERROR else "invalid_request_error"
    return {
        "error": {
            "message": message,
            "type": _TYPES.get(status, kind),
            "param": param or None,
            "code": code or None,
        }
    }


def error_response(status: int, message: str, code: str = "", param: str = "") -> JSONAnswer:
    return JSONAnswer(error_body(status, message, code, param), status_code=status)
