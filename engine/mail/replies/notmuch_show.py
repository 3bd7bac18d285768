"""Read what `notmuch show` prints by default: the mails of a thread between markers."""

from __future__ import annotations

import re

_MARKER = re.compile(rb"\f(message|header|body|part|attachment)([{}])([^\n]*)\n?")
# A terminal does not show the form feeds, so text copied from it has none.
_BARE_MARKER = re.compile(rb"(?m)^(?=(?:message|header|body|part|attachment)(?:\{ |\{$|\}))")
_MESSAGE_ID = re.compile(rb"\bid:(\S+)")
_CONTENT_TYPE = re.compile(rb"(?i)content-type: ([a-z0-9.+-]+/[a-z0-9.+-]+)")
_TEXT_TYPES = (b"text/plain", b"text/html")
_NOT_SHOWN = b"Non-text part: "


def is_notmuch_show(data: bytes) -> bool:
    """Return whether data starts as the output of `notmuch show`."""
    return data.lstrip(b"\f\r\n").startswith(b"message{ id:")


def split_notmuch_show(data: bytes) -> list[bytes]:
    """Return the mails in the output of `notmuch show` as messages (RFC 5322), in its order."""
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
