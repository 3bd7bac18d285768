"""Who may use the service: programs of this machine that know the key.

Against web pages that reach this machine through a name of theirs (DNS rebinding), only names of
this machine are accepted as host; against pages of any origin, only those named at start.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from panza_tui.serve.errors import error_response

LARGEST_BODY = 4 << 20
"""Bytes of a request; a long thread of mails has a hundredth of it."""

_THIS_MACHINE = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:(?![/*?#@])[!-~])+")
"""As browsers send it: in ASCII."""

_EXTENSIONS = ("moz-extension://*", "chrome-extension://*")
"""Origins of browser extensions are random in each profile."""


def is_origin(text: str) -> bool:
    """Return whether a text names one origin, or the extensions of a browser."""
    return text in _EXTENSIONS or bool(_ORIGIN.fullmatch(text))


class Access:
    """ASGI middleware that passes on only requests that are allowed.

    origins: those of web pages and extensions that may ask; see `is_origin`.
    """

    def __init__(self, app: ASGIApp, *, key: str, origins: Sequence[str]) -> None:
        self._app = app
        self._authorization = f"Bearer {key}".encode()
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope)
        origin = request.headers.get("origin")
        refusal = self._refusal(request, origin)
        if refusal is None and _is_preflight(request):
            refusal = Response(status_code=204)  # Answered here; it has no key.
        elif refusal is None and not self._has_key(request):
            refusal = error_response(
                401, "The key is wrong or missing; send the one that panza-tui serve names.", "auth"
            )
        if origin and self._is_named(origin):
            send = _allowing(origin, request, send)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, _limited(request, receive), send)

    def _refusal(self, request: Request, origin: str | None) -> Response | None:
        if not _THIS_MACHINE.fullmatch(request.headers.get("host", "")):
            return error_response(
                403, "Only the hosts 127.0.0.1, [::1] and localhost are served.", "host"
            )
        if origin is not None and not self._is_named(origin):
            return error_response(
                403,
                f"Pages of {origin} may not ask; to let them, start panza-tui serve "
                f"with --origin {_suggested(origin)}",
                "origin",
            )
        if _announced(request) > LARGEST_BODY:
            return too_large()
        return None

    def _is_named(self, origin: str) -> bool:
        scheme, _, _ = origin.partition("://")
        return origin in self._origins or f"{scheme}://*" in self._origins

    def _has_key(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        scheme, _, key = given.partition(" ")
        sent = f"{scheme.capitalize()} {key.strip()}".encode()
        return hmac.compare_digest(sent, self._authorization)


class TooLarge(Exception):
    """A request has a larger body than LARGEST_BODY."""


def _is_preflight(request: Request) -> bool:
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length[:20]) if length.isascii() and length.isdigit() else 0


def _limited(request: Request, receive: Receive) -> Receive:
    """Return `receive` that raises TooLarge when the body is too large, whatever was announced."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > LARGEST_BODY:
            raise TooLarge
        return message

    return limited


def too_large() -> Response:
    """Return the answer to a request with too large a body."""
    return error_response(
        413, f"The request is larger than {LARGEST_BODY >> 20} MB; send less mail.", "size"
    )


def _allowing(origin: str, request: Request, send: Send) -> Send:
    """Return `send` that tells the browser that this origin may read the answer."""
    headers = [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]
    if _is_preflight(request):
        asked = request.headers.get("access-control-request-headers", "authorization, content-type")
        headers += [
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", asked.encode("latin-1")),
            (b"access-control-max-age", b"600"),
        ]
        if "access-control-request-private-network" in request.headers:
            headers.append((b"access-control-allow-private-network", b"true"))

    async def allowing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *headers]}
        await send(message)

    return allowing


def _suggested(origin: str) -> str:
    scheme, _, _ = origin.partition("://")
    pattern = f"{scheme}://*"
    return f"'{pattern}'" if pattern in _EXTENSIONS else origin
