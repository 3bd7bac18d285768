"""What a person wrote with the answer to an invitation (RFC 5546, 3.2.3; RFC 5545, 3.8.1.4)."""

from __future__ import annotations

import re

from engine.mail.message.charsets import decode_bytes
from engine.mail.message.mime import Part

_MOST_BYTES = 1 << 18
_FOLD = re.compile(r"\n[ \t]")
_ANSWER = re.compile(r"(?im)^METHOD:(?:REPLY|COUNTER|DECLINECOUNTER)\s*$")
_COMMENT = re.compile(r'(?im)^COMMENT(?:;(?:"[^"\r\n]*"|[^":\r\n])*)?:(.+)$')
_ESCAPED = re.compile(r"\\([nN\\;,])")


def calendar_comment(part: Part) -> str:
    """Return the comment in the answer to an invitation; '' if it has none or is no answer."""
    text = _FOLD.sub("", decode_bytes(part.content(_MOST_BYTES)))
    if not _ANSWER.search(text):
        return ""
    return "\n".join(_ESCAPED.sub(_character, one).strip() for one in _COMMENT.findall(text))


def _character(escaped: re.Match[str]) -> str:
    return "\n" if escaped[1] in "nN" else escaped[1]
