"""A reply template of a mail program (mutt, notmuch): its body filled, its headers kept."""

from __future__ import annotations

from engine.mail.message.addresses import parse_addresses
from engine.mail.message.fields import parse_headers
from engine.mail.message.message import read_message
from engine.mail.own_words.message_text import whole_text
from engine.mail.replies.compose import content, mailboxes, stamps

_UNSEEN = bytes(set(range(32)) - set(b"\t")) + b"\x7f"


def fill_template(template: bytes, body: str, *, recipient: str = "") -> bytes:
    """A reply template of a mail program with its body filled; its own headers are kept.

    Those of its content are ours, as they must fit the body. A date, an id and the recipient are
    added where they are missing.
    """
    template = template.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    known, end = parse_headers(template)
    sender = parse_addresses(known.get("from", [b""])[0])
    ours = dict(stamps(sender[0][1] if sender else ""), To=mailboxes(recipient))
    missing = {
        name: value
        for name, value in ours.items()
        if value and not any(known.get(name.lower(), []))
    }
    kept = b""
    is_ours = False
    for line in template[:end].splitlines():
        if not line.strip() or line.startswith((b"From ", b">From ")):
            continue
        if not line.startswith((b" ", b"\t")):
            name = line.partition(b":")[0].strip().lower()
            is_ours = name.startswith(b"content-") or name == b"mime-version"
            is_ours = is_ours or name.decode("ascii", "replace").title() in missing
        if not is_ours:
            kept += line.rstrip().translate(None, _UNSEEN) + b"\n"
    added = "".join(f"{name}: {value}\n" for name, value in missing.items())
    return kept + added.encode() + content(body)


def template_below(body: str, template: bytes) -> str:
    """The body with what a reply template holds below it: attribution, quote and signature."""
    text = whole_text(read_message(template)).strip("\n")
    return f"{body.rstrip()}\n\n{text}" if text else body
