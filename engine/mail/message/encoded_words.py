"""Decode the encoded words of headers (RFC 2047), malformed ones included."""

from __future__ import annotations

import binascii
import re

from engine.mail.message.transfer import decode_transfer

_ENCODED_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?(.*?)\?=", re.DOTALL)
_MAX_SEGMENTS = 500


def decode_encoded_words(value: bytes) -> list[tuple[bytes, str]]:
    """Return an unfolded header as segments of (bytes, declared charset; '' for raw text).

    Adjacent words of one charset become one segment, because some mail programs split a multi-byte
    character between them.
    """
    segments: list[tuple[bytes, str]] = []
    end = 0
    for match in _ENCODED_WORD.finditer(value):
        between = value[end : match.start()]
        if between.strip() or (not segments and between) or (segments and not segments[-1][1]):
            segments.append((between, ""))
        charset = match[1].decode("ascii", "replace").lower().partition("*")[0]
        content = _decode_content(match[2], match[3])
        if segments and segments[-1][1] == charset:
            segments[-1] = (segments[-1][0] + content, charset)
        else:
            segments.append((content, charset))
        end = match.end()
        if len(segments) > _MAX_SEGMENTS:
            break
    if value[end:]:
        segments.append((value[end:], ""))
    return segments


def _decode_content(encoding: bytes, content: bytes) -> bytes:
    if encoding in b"bB":
        return decode_transfer(b"".join(content.split()), b"base64")
    # A word that was folded in the middle only has an extra space.
    return binascii.a2b_qp(content.replace(b"= ", b"="), header=True)
