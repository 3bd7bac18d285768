"""Address headers -> (name, address) pairs, and which addresses are the same person's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from engine.mail.message.charsets import decode_header_value
from engine.mail.types import Address

_SHORT = 200  # bytes of a header that is remembered
_LONGEST = 64 * 1024
_MOST = 2000  # mailboxes of one header
_LONGEST_ADDRESS = 320  # RFC 5321
_IN_BRACKETS = re.compile(r"<([^<>]{0,400})>?")
_AT = re.compile(r"[^\s<>,;:\"()\[\]@]@[^\s<>,;:\"()@]")
_BEFORE_AT = re.compile(r"[^\s<>,;:\"()\[\]@]*$")
_AFTER_AT = re.compile(r"[^\s<>,;:\"()@]*")
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_ENCLOSED = re.compile(r"\(([^()]*)\)")
# Runs without meaning, quoted strings, escaped letters, and single signs.
_TOKEN = re.compile(r"[^\"\\(),;:<>]+|\\.?|[\"(),;:<>]", re.DOTALL)


def parse_addresses(value: bytes, fallback: str = "") -> tuple[Address, ...]:
    """The mailboxes of a From, To, Cc or Reply-To header, in order. Never raises.

    Forgives what mail programs get wrong: unquoted commas in names, semicolons between
    mailboxes, groups, missing brackets. What holds no address is left out. fallback: the charset
    of raw bytes beyond ASCII in names.
    """
    # An import reads every header twice, and most mails come from a few people.
    return _short(value, fallback) if len(value) <= _SHORT else _parsed(value, fallback)


@lru_cache(maxsize=4096)
def _short(value: bytes, fallback: str) -> tuple[Address, ...]:
    return _parsed(value, fallback)


def _parsed(value: bytes, fallback: str) -> tuple[Address, ...]:
    found: list[Address] = []
    loose = ""  # of "Miller, Ann <ann@example.org>": the comma was part of the name
    # Names are decoded after the split: an encoded comma separates nothing.
    for piece in _pieces(value[:_LONGEST].decode("utf-8", "surrogateescape")):
        bracketed = next((match for match in _IN_BRACKETS.finditer(piece) if "@" in match[1]), None)
        if bracketed:
            address, name = bracketed[1], loose + piece[: bracketed.start()]
        elif bare := _bare_address(piece):
            enclosed = _ENCLOSED.search(piece)
            start, end = bare
            address, name = piece[start:end], enclosed[1] if enclosed else piece[:start]
        else:
            loose = f"{piece.strip()}, " if piece.strip() else ""
            continue
        loose = ""
        address = address.strip().strip("'\"").lower().removeprefix("mailto:").rpartition(":")[2]
        if len(address) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(address):
            address = address.encode("utf-8", "replace").decode()
            found.append((_name(name, address, fallback), address))
            if len(found) == _MOST:
                break
    return tuple(found)


@lru_cache(maxsize=4096)
def canonical(address: str) -> str:
    """One spelling for all aliases of a mailbox.

    Lower case, without a `+tag`, the domain in its own letters (IDN); for Gmail also without
    dots and with one domain name.
    """
    local, _, domain = address.strip().lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    elif "xn--" in domain:
        domain = _in_own_letters(domain)
    return f"{local}@{domain}"


def is_one_of(address: str, owners: Collection[str]) -> bool:
    """Whether `address` belongs to one of `owners`, which are canonical."""
    return canonical(address) in owners


def _in_own_letters(domain: str) -> str:
    try:
        return domain[:253].encode("ascii").decode("idna").lower()
    except UnicodeError:
        return domain


def _bare_address(piece: str) -> tuple[int, int] | None:
    """Where an address without brackets lies."""
    at = _AT.search(piece)
    if not at:
        return None
    before = _BEFORE_AT.search(piece, max(0, at.start() - _LONGEST_ADDRESS), at.start() + 1)
    after = _AFTER_AT.match(piece, at.end() - 1)
    return (before or at).start(), (after or at).end()


def _pieces(text: str) -> Iterator[str]:
    """Split at commas and semicolons outside quotes, brackets and comments; drop group names."""
    if text.count('"') % 2:
        text = text.replace('"', "")  # one that never closes would hide all that follows
    piece: list[str] = []
    quoted, depth, in_brackets, has_address = False, 0, False, False
    for token in _TOKEN.findall(text):
        if token == '"' and not depth:
            quoted = not quoted
        elif quoted:
            pass
        elif token == "(":
            depth += 1
        elif token == ")":
            depth = max(0, depth - 1)
        elif depth:
            pass
        elif token == "<":
            in_brackets = True
        elif token == ">":
            in_brackets = False
        elif in_brackets:
            pass
        elif token == "," or token == ";":
            yield "".join(piece)
            piece, has_address = [], False
            continue
        elif token == ":" and not has_address:
            piece = []
            continue
        elif "@" in token:
            has_address = True
        piece.append(token)
    yield "".join(piece)


def _name(raw: str, address: str, fallback: str) -> str:
    name = raw.strip().strip(",").strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    if not name.isascii() or "=?" in name:
        name = decode_header_value(name.encode("utf-8", "surrogateescape"), fallback)
    name = " ".join(name.split()).strip("'\" ")
    return "" if name.lower() == address else name[:200]
