"""Read what `notmuch show` prints: the mails of a thread between markers, as JSON or for Emacs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from engine.mail.replies.sexp import parse_sexp

_MARKER = re.compile(rb"\f(message|header|body|part|attachment)([{}])([^\n]*)\n?")
# A terminal does not show the form feeds, so text copied from it has none.
_BARE_MARKER = re.compile(rb"(?m)^(?=(?:message|header|body|part|attachment)(?:\{ |\{$|\}))")
_MESSAGE_ID = re.compile(rb"\bid:(\S+)")
_CONTENT_TYPE = re.compile(rb"(?i)content-type: ([a-z0-9.+-]+/[a-z0-9.+-]+)")
_JSON_START = re.compile(rb"\[[\[\s]*\{\s*\"id\"\s*:|\{\s*\"reply-headers\"\s*:")
_SEXP_START = re.compile(rb"\([(\s]*\(\s*:id \"|\(\s*:reply-headers\s*\(")
_TEXT_TYPES = (b"text/plain", b"text/html")
_NOT_SHOWN = b"Non-text part: "


def is_notmuch_show(data: bytes) -> bool:
    """Return whether data starts as the output of `notmuch show` or `notmuch reply`."""
    start = data.lstrip()
    return start.startswith(b"message{ id:") or any(
        form.match(start) for form in (_JSON_START, _SEXP_START)
    )


def split_notmuch_show(data: bytes) -> list[bytes]:
    """Return the mails in the output of `notmuch show` as messages (RFC 5322), in its order.

    Empty if it is damaged.
    """
    if data.lstrip().startswith((b"[", b"{", b"(")):
        return _split_read(data)
    return _split_markers(data)


def _split_markers(data: bytes) -> list[bytes]:
    if not data.startswith(b"\f"):
        data = _BARE_MARKER.sub(b"\f", data)
    messages: list[bytes] = []
    header = message_id = b""
    texts: dict[bytes, list[bytes]] = {}
    types: list[bytes] = []  # of the open parts
    end = 0
    for marker in _MARKER.finditer(data):
        name, is_start, details = marker[1], marker[2] == b"{", marker[3]
        content, end = data[end : marker.start()], marker.end()
        if name == b"message" and is_start:
            found = _MESSAGE_ID.search(details)
            message_id = found[1] if found else b""
            header, texts, types = b"", {}, []
        elif name == b"message":
            messages.append(_message(header, message_id, texts))
        elif name == b"header" and not is_start:
            header = content.partition(b"\n")[2]  # below the line that summarises it
        elif name in (b"part", b"attachment"):
            if types and types[-1] in _TEXT_TYPES and not content.startswith(_NOT_SHOWN):
                texts.setdefault(types[-1], []).append(content.rstrip(b"\n"))
            if is_start:
                found = _CONTENT_TYPE.search(details)
                kind = found[1].lower() if found else b"text/plain"
                types.append(kind if name == b"part" else b"attachment")
                texts.setdefault(kind, [])
            elif types:
                types.pop()
    return messages


def _message(header: bytes, message_id: bytes, texts: dict[bytes, list[bytes]]) -> bytes:
    kind = next((kind for kind in _TEXT_TYPES if any(texts.get(kind, ()))), b"")
    if not kind:
        # Not text: the type tells that it is encrypted.
        encrypted = (b"application/pgp-encrypted", b"application/pkcs7-mime")
        kind = next((kind for kind in encrypted if kind in texts), b"text/plain")
    fields = [header.strip(b"\n"), b"Content-Type: " + kind + b"; charset=utf-8"]
    if message_id and b"\nmessage-id:" not in b"\n" + header.lower():
        fields.append(b"Message-ID: <" + message_id + b">")
    return b"\n".join(fields) + b"\n\n" + b"\n\n".join(texts.get(kind, ()))


def _split_read(data: bytes) -> list[bytes]:
    try:
        is_sexp = data.lstrip().startswith(b"(")
        read = parse_sexp(data.decode("utf-8", "replace")) if is_sexp else json.loads(data)
        # `notmuch reply` prints the mail beside the header of the answer.
        mails = read["original"] if isinstance(read, dict) else read
        return [_message_of(found) for found in _messages(mails)]
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return []


def _messages(node: Any) -> Iterator[dict[str, Any]]:
    """The mails in threads of [mail, [its answers]]."""
    if isinstance(node, dict):
        yield node
    else:
        for child in node or ():
            yield from _messages(child)


def _message_of(found: dict[str, Any]) -> bytes:
    texts: dict[bytes, list[bytes]] = {}
    for kind, content in _parts(found.get("body", [])):
        texts.setdefault(kind.lower().encode(), []).append(content.encode("utf-8", "replace"))
    lines = (f"{name}: {' '.join(value.split())}" for name, value in found["headers"].items())
    header = "\n".join(lines).encode("utf-8", "replace")
    return _message(header, found["id"].encode("utf-8", "replace"), texts)


def _parts(parts: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """(type, text) of all parts but attachments; the text of one that isn't shown is ''."""
    for part in parts:
        content = part.get("content", "")
        if isinstance(content, list):
            yield from _parts(content)
        elif "filename" not in part and "headers" not in part:
            yield part["content-type"], content
