"""Parse address headers into (name, address) pairs, and compare addresses by mailbox."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from engine.mail.message.charsets import decode_header_value
from engine.mail.types import Address

_LONGEST_CACHED = 200  # bytes
_LONGEST_HEADER = 64 * 1024  # bytes; the rest of a longer header is not read
_MAX_MAILBOXES = 2000  # of one header
_LONGEST_ADDRESS = 320  # RFC 5321, 4.5.3.1: 64 of the local part, "@", 255 of the domain
_LONGEST_NAME = 200
_ANGLE_BRACKETS = re.compile(r"<([^<>]{0,400})>?")
_AT = re.compile(r"[^\s<>,;:\"()\[\]@]@[^\s<>,;:\"()@]")
_BEFORE_AT = re.compile(r"[^\s<>,;:\"()\[\]@]*$")
_AFTER_AT = re.compile(r"[^\s<>,;:\"()@]*")
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_COMMENT = re.compile(r"\(([^()]*)\)")
# Plain text, escaped characters, and characters with a meaning.
_TOKEN = re.compile(r"[^\"\\(),;:<>]+|\\.?|[\"(),;:<>]", re.DOTALL)


def parse_addresses(value: bytes, fallback: str = "") -> tuple[Address, ...]:
    """Return the mailboxes of a From, To, Cc or Reply-To header, in order. Never raises.

    Tolerates common mistakes: unquoted commas in names, semicolons between mailboxes, groups,
    missing angle brackets. An entry without an address is left out. fallback: the charset of raw
    bytes beyond ASCII in names.
    """
    # An import reads every header twice, and most mails come from a few people.
    return (
        _parse_cached(value, fallback) if len(value) <= _LONGEST_CACHED else _parse(value, fallback)
    )


@lru_cache(maxsize=4096)
def _parse_cached(value: bytes, fallback: str) -> tuple[Address, ...]:
    return _parse(value, fallback)


def _parse(value: bytes, fallback: str) -> tuple[Address, ...]:
    found: list[Address] = []
    name_start = ""  # "Miller, " of "Miller, Ann <ann@example.org>", split at the unquoted comma
    # Names are decoded after the split, since a comma in an encoded word does not separate.
    for entry in _split_entries(value[:_LONGEST_HEADER].decode("utf-8", "surrogateescape")):
        bracketed = next((it for it in _ANGLE_BRACKETS.finditer(entry) if "@" in it[1]), None)
        if bracketed:
            address, name = bracketed[1], name_start + entry[: bracketed.start()]
        elif bare := _find_bare_address(entry):
            comment = _COMMENT.search(entry)
            start, end = bare
            address, name = entry[start:end], comment[1] if comment else entry[:start]
        else:
            name_start = f"{entry.strip()}, " if entry.strip() else ""
            continue
        name_start = ""
        address = address.strip().strip("'\"").lower().removeprefix("mailto:").rpartition(":")[2]
        if len(address) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(address):
            address = address.encode("utf-8", "replace").decode()
            found.append((_clean_name(name, address, fallback), address))
            if len(found) == _MAX_MAILBOXES:
                break
    return tuple(found)


@lru_cache(maxsize=4096)
def canonical(address: str) -> str:
    """Return one spelling for all aliases of a mailbox.

    Lower case, without a `+tag`, an internationalised domain (IDN) in Unicode; for Gmail also
    without dots and with one domain name.
    """
    local, _, domain = address.strip().lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    elif "xn--" in domain:
        domain = _idn_to_unicode(domain)
    return f"{local}@{domain}"


def belongs_to(address: str, owners: Collection[str]) -> bool:
    """Return whether `address` is an alias of one of `owners`, which are canonical."""
    return canonical(address) in owners


def _idn_to_unicode(domain: str) -> str:
    try:
        return domain[:253].encode("ascii").decode("idna").lower()
    except UnicodeError:
        return domain


def _find_bare_address(entry: str) -> tuple[int, int] | None:
    """Return the start and end of an address without angle brackets, or None."""
    at = _AT.search(entry)
    if not at:
        return None
    before = _BEFORE_AT.search(entry, max(0, at.start() - _LONGEST_ADDRESS), at.start() + 1)
    after = _AFTER_AT.match(entry, at.end() - 1)
    return (before or at).start(), (after or at).end()


def _split_entries(text: str) -> Iterator[str]:
    """Split at commas and semicolons outside quotes, brackets and comments; drop group names."""
    if text.count('"') % 2:
        text = text.replace('"', "")  # an unclosed quote would hide all the mailboxes after it
    entry: list[str] = []
    in_quotes, comment_depth, in_brackets, has_address = False, 0, False, False
    for token in _TOKEN.findall(text):
        if token == '"' and not comment_depth:
            in_quotes = not in_quotes
        elif in_quotes:
            pass
        elif token == "(":
            comment_depth += 1
        elif token == ")":
            comment_depth = max(0, comment_depth - 1)
        elif comment_depth:
            pass
        elif token == "<":
            in_brackets = True
        elif token == ">":
            in_brackets = False
        elif in_brackets:
            pass
        elif token == "," or token == ";":
            yield "".join(entry)
            entry, has_address = [], False
            continue
        elif token == ":" and not has_address:
            entry = []
            continue
        elif "@" in token:
            has_address = True
        entry.append(token)
    yield "".join(entry)


def _clean_name(raw: str, address: str, fallback: str) -> str:
    name = raw.strip().strip(",").strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    if not name.isascii() or "=?" in name:
        name = decode_header_value(name.encode("utf-8", "surrogateescape"), fallback)
    name = " ".join(name.split()).strip("'\" ")
    return "" if name.lower() == address else name[:_LONGEST_NAME]
