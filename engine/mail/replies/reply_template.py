"""Fill the reply template of a mail program (mutt, notmuch)."""

from __future__ import annotations

from engine.mail.message.addresses import parse_addresses
from engine.mail.message.fields import parse_headers
from engine.mail.message.message import read_message
from engine.mail.own_words.message_text import whole_text
from engine.mail.replies.compose import content_part, date_and_id, format_mailboxes

_CONTROLS = bytes(set(range(32)) - set(b"\t")) + b"\x7f"


def fill_template(template: bytes, body: str, *, recipient: str = "") -> bytes:
    """Return a reply template with its body replaced and its own headers kept.

    Its content headers are replaced to fit the body. Date, Message-ID and the recipient are added
    if they are missing.
    """
    template = template.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    known, end = parse_headers(template)
    sender = parse_addresses(known.get("from", [b""])[0])
    new = dict(date_and_id(sender[0][1] if sender else ""), To=format_mailboxes(recipient))
    missing = {
        name: value for name, value in new.items() if value and not any(known.get(name.lower(), []))
    }
    kept = b""
    is_replaced = False
    for line in template[:end].splitlines():
        if not line.strip() or line.startswith((b"From ", b">From ")):
            continue
        if not line.startswith((b" ", b"\t")):
            name = line.partition(b":")[0].strip().lower()
            is_replaced = (
                name.startswith(b"content-")
                or name == b"mime-version"
                or name.decode("ascii", "replace").title() in missing
            )
        if not is_replaced:
            kept += line.rstrip().translate(None, _CONTROLS) + b"\n"
    added = "".join(f"{name}: {value}\n" for name, value in missing.items())
    return kept + added.encode() + content_part(body)


def template_below(body: str, template: bytes) -> str:
    """Return the body with the template's text below it: attribution line, quote, signature."""
    text = whole_text(read_message(template)).strip("\n")
    return f"{body.rstrip()}\n\n{text}" if text else body
