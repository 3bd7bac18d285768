"""Encoded words of headers (RFC 2047), also those that mailers get wrong."""

from __future__ import annotations

import binascii
import re

from engine.mail.message.transfer import decode_transfer

_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?(.*?)\?=", re.DOTALL)
_MOST_WORDS = 500


def decode_words(value: bytes) -> list[tuple[bytes, str]]:
    """An unfolded header as stretches of (bytes, declared charset or '' for raw text).

    Adjacent words of one charset are one stretch: some mailers tear a letter apart between them.
    """
    stretches: list[tuple[bytes, str]] = []
    end = 0
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        if between.strip() or (not stretches and between) or (stretches and not stretches[-1][1]):
            stretches.append((between, ""))
        charset = match[1].decode("ascii", "replace").lower().partition("*")[0]
        content = _decoded(match[2], match[3])
        if stretches and stretches[-1][1] == charset:
            stretches[-1] = (stretches[-1][0] + content, charset)
        else:
            stretches.append((content, charset))
        end = match.end()
        if len(stretches) > _MOST_WORDS:
            break
    if value[end:]:
        stretches.append((value[end:], ""))
    return stretches


def _decoded(encoding: bytes, content: bytes) -> bytes:
    if encoding in b"bB":
        return decode_transfer(b"".join(content.split()), b"base64")
    # A word that was folded in its middle has lost nothing but got a space.
    return binascii.a2b_qp(content.replace(b"= ", b"="), header=True)
