"""Address headers -> (name, address) pairs, and which addresses are the same person's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from engine.mail.charsets import decode_header_value
from engine.mail.types import Address

_LONGEST = 64 * 1024
_IN_BRACKETS = re.compile(r"<([^<>]*)>")
_BARE = re.compile(r"[^\s<>,;:\"()\[\]]+@[^\s<>,;:\"()\[\]]+")
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_ENCLOSED = re.compile(r"\(([^()]*)\)")


def parse_addresses(value: bytes) -> tuple[Address, ...]:
    """The mailboxes of a From, To, Cc or Reply-To header, in order. Never raises.

    Forgives what mail programs get wrong: unquoted commas in names, semicolons between
    mailboxes, groups, missing brackets. What holds no address is left out.
    """
    found: list[Address] = []
    loose = ""  # of "Miller, Ann <ann@example.org>": the comma was part of the name
    # Names are decoded after the split: an encoded comma separates nothing.
    for piece in _pieces(value[:_LONGEST].decode("utf-8", "surrogateescape")):
        bracketed = _IN_BRACKETS.search(piece)
        if bracketed and "@" in bracketed[1]:
            address, name = bracketed[1], loose + piece[: bracketed.start()]
        elif bare := _BARE.search(piece):
            enclosed = _ENCLOSED.search(piece)
            address, name = bare[0], enclosed[1] if enclosed else piece[: bare.start()]
        else:
            loose = f"{piece.strip()}, " if piece.strip() else ""
            continue
        loose = ""
        address = address.strip().strip("'\"").lower().removeprefix("mailto:")
        if _ADDRESS.fullmatch(address):
            address = address.encode("utf-8", "replace").decode()
            found.append((_name(name, address), address))
    return tuple(found)


def canonical(address: str) -> str:
    """One spelling for all aliases of a mailbox.

    Lower case, without a `+tag`; for Gmail also without dots and with one domain name.
    """
    local, _, domain = address.strip().lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def is_one_of(address: str, owners: Collection[str]) -> bool:
    """Whether `address` belongs to one of `owners`, which are canonical."""
    return canonical(address) in owners


def _pieces(text: str) -> Iterator[str]:
    """Split at commas and semicolons outside quotes, brackets and comments; drop group names."""
    piece: list[str] = []
    quoted, escaped, depth, in_brackets = False, False, 0, False
    for letter in text:
        if escaped:
            escaped = False
        elif letter == "\\" and (quoted or depth):
            escaped = True
        elif letter == '"' and not depth:
            quoted = not quoted
        elif quoted:
            pass
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth = max(0, depth - 1)
        elif letter == "<":
            in_brackets = True
        elif letter == ">":
            in_brackets = False
        elif letter in ",;" and not depth and not in_brackets:
            yield "".join(piece)
            piece = []
            continue
        elif letter == ":" and not in_brackets and not depth and "@" not in piece:
            piece = []
            continue
        piece.append(letter)
    yield "".join(piece)


def _name(raw: str, address: str) -> str:
    name = raw.strip().strip(",").strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    name = decode_header_value(name.encode("utf-8", "surrogateescape")).strip("'\" ")
    return "" if name.lower() == address else name[:200]
