"""Parse address headers into (name, address) pairs, and compare addresses by mailbox."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache

from engine.mail.message.charsets import decode_header_value
from engine.mail.message.unseen import remove_invisible
from engine.mail.types import Address
from engine.words import words

_LONGEST_CACHED = 200  # bytes
_LONGEST_HEADER = 64 * 1024  # bytes; the rest of a longer header is not read
_MAX_MAILBOXES = 2000  # of one header
_LONGEST_ADDRESS = 320  # RFC 5321, 4.5.3.1: 64 of the local part, "@", 255 of the domain
_LONGEST_NAME = 200
_ANGLE_BRACKETS = re.compile(r"<([^<>]{0,400})>?")
_AT = re.compile(r"[^\s<>,;:\"()\[\]@]@[^\s<>,;:\"()@]")
# "Ann Lee [SMTP:ann@example.org]", as Outlook and Exchange showed addresses.
_IN_SQUARE_BRACKETS = re.compile(
    r"(?i)\[(?:(?:smtp|mailto):\s?([^\s\[\]<>]{1,320})|([^\s\[\]<>@]{1,64}@[^\s\[\]<>@]{1,255}))\]"
)
# "ann"@example.org is ann@example.org (RFC 5321, 4.1.2).
_QUOTED_LOCAL_PART = re.compile(r'"([\w.+=-]{1,64})"@')
_BEFORE_AT = re.compile(r"[^\s<>,;:\"()\[\]@]*$")
_AFTER_AT = re.compile(r"[^\s<>,;:\"()@]*")
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_SEPARATOR = re.compile(r"[\s<>,;:\"()\[\]\\@]")
_DIRECTORY_NAME = re.compile(r"(?i)imceaex-|(?:ex:)?/(?:o|c|cn|ou)=|cn=")
_COMMENT = re.compile(r"\(([^()]*)\)")
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?.{0,1000}?\?=")
# What stands for an encoded word while a header is split: lone surrogates occur in no header.
_PLACEHOLDER = re.compile("\ud800(\\d+)\ud801")
# "me at example.org", as public archives of mailing lists write addresses.
_AT_WORDS = "|".join(sorted(map(re.escape, words("headers.at")), key=len, reverse=True))
_OBSCURED_DOT = r"\.|\s+dot\s+|\s*[\[(]\s*dot\s*[\])]\s*"
_OBSCURED_ADDRESS = (
    r"(?P<local>[\w.+=-]{1,64})"
    rf"(?:\s+(?:{_AT_WORDS})\s+|_at_|\s*[\[({{]\s*(?:{_AT_WORDS}|@)\s*[\])}}]\s*)"
    rf"(?P<domain>[\w-]{{1,63}}(?:(?:{_OBSCURED_DOT})[\w-]{{1,63}}){{1,8}})"
)
_OBSCURED = re.compile(_OBSCURED_ADDRESS, re.IGNORECASE)
_OBSCURED_ENTRY = re.compile(
    rf"\s*{_OBSCURED_ADDRESS}\s*(?:\((?P<name>[^()]*)\))?\s*", re.IGNORECASE
)
# Plain text, escaped characters, and characters with a meaning.
_TOKEN = re.compile(r"[^\"\\(),;:<>]+|\\.?|[\"(),;:<>]", re.DOTALL)


def parse_addresses(value: bytes, fallback: str = "") -> tuple[Address, ...]:
    """Return the mailboxes of a From, To, Cc or Reply-To header, in order. Never raises.

    Tolerates common mistakes: unquoted commas in names, semicolons between mailboxes, groups,
    missing angle brackets, addresses in encoded words, "me at example.org". An entry without an
    address is left out, also one with what becomes a second address in a mail program. fallback:
    the charset of raw bytes beyond ASCII in names.
    """
    # An import reads every header twice, and most mails come from a few people.
    return (
        _parse_cached(value, fallback) if len(value) <= _LONGEST_CACHED else _parse(value, fallback)
    )


@lru_cache(maxsize=4096)
def _parse_cached(value: bytes, fallback: str) -> tuple[Address, ...]:
    return _parse(value, fallback)


def _parse(value: bytes, fallback: str) -> tuple[Address, ...]:
    text = value[:_LONGEST_HEADER].decode("utf-8", "surrogateescape")
    if '"@' in text:
        text = _QUOTED_LOCAL_PART.sub(r"\1@", text)
    if "[" in text:
        text = _IN_SQUARE_BRACKETS.sub(lambda found: f"<{found[1] or found[2]}>", text)
    if "&lt;" in text and "<" not in text:  # copied from a page's source
        text = text.replace("&lt;", "<").replace("&gt;", ">")
    found = []
    for name, address in _parse_entries(text, fallback):
        found.append((name, address))
        if len(found) == _MAX_MAILBOXES:
            break
    return tuple(found)


def _parse_entries(text: str, fallback: str, *, is_decoded: bool = False) -> Iterator[Address]:
    """Yield the mailboxes in a header. is_decoded: its encoded words are decoded already."""
    # Names are decoded after the split, since a comma in an encoded word does not separate.
    encoded = [] if is_decoded or "=?" not in text else _ENCODED_WORD.findall(text)
    if encoded:
        numbers = iter(range(len(encoded)))
        text = _ENCODED_WORD.sub(lambda _: f"\ud800{next(numbers)}\ud801", text)

    def restored(part: str) -> str:
        return _PLACEHOLDER.sub(lambda found: encoded[int(found[1])], part) if encoded else part

    name_start = ""  # "Miller, " of "Miller, Ann <ann@example.org>", split at the unquoted comma
    for entry in _split_entries(text):
        bracketed = next((it for it in _ANGLE_BRACKETS.finditer(entry) if "@" in it[1]), None)
        if bracketed:
            address, name = bracketed[1], name_start + entry[: bracketed.start()]
        elif bare := _find_bare_address(entry):
            comment = _COMMENT.search(entry)
            start, end = bare
            address, name = entry[start:end], comment[1] if comment else entry[:start]
        elif encoded and "\ud800" in entry and (whole := _decode(restored(entry), fallback)):
            # Not only the name is encoded, but the address, too.
            yield from _parse_entries(name_start + whole, fallback, is_decoded=True)
            name_start = ""
            continue
        elif obscured := _find_obscured_address(entry):
            address, name = obscured
        else:
            name_start = f"{entry.strip()}, " if entry.strip() else ""
            continue
        name_start = ""
        if "\ud800" in address:
            whole = _decode(restored(address), fallback)
            if not _ADDRESS.fullmatch(whole):  # a name right before the address
                name += "".join(found[0] for found in _PLACEHOLDER.finditer(address))
                whole = _PLACEHOLDER.sub("", address)
            address = whole
        if not address.isascii():
            address = remove_invisible(address)
        address = address.strip().rstrip(".").strip("'\"").lower()
        address = address.removeprefix("mailto:").rpartition(":")[2]
        if (
            len(address) <= _LONGEST_ADDRESS
            and _ADDRESS.fullmatch(address)
            and not has_wide_separators(address)
        ):
            address = address.encode("utf-8", "replace").decode()
            yield _clean_name(restored(name), address, fallback), address


def _decode(text: str, fallback: str) -> str:
    """Return the text with encoded words decoded if it has an address then, else ''."""
    decoded = decode_header_value(text.encode("utf-8", "surrogateescape"), fallback)
    return decoded if "@" in decoded else ""


def display_name(value: bytes, fallback: str = "") -> str:
    """Return the name in a From header without an address; '' if there is none. Never raises.

    Outlook and Exchange write "Ida Moor" <MAILER-DAEMON> or Ida Moor </O=LAKE/CN=IDA>, where the
    name may be missing, too: then it is the last part of the X.500 name.
    """
    text = value[:_LONGEST_HEADER].decode("utf-8", "surrogateescape")
    name, _, bracketed = text.partition("<")
    name = _clean_name(name, "", fallback)
    if not name or name.startswith("/"):
        directory_name = (name or bracketed).strip(" <>\"'").partition("@")[0]
        name = directory_name.rpartition("/")[2].rpartition("=")[2]
    return "" if name.upper() == "MAILER-DAEMON" else name[:_LONGEST_NAME]


def is_directory_name(address: str) -> bool:
    """Return whether what stands for an address is a name in Exchange's directory (X.500)."""
    return _DIRECTORY_NAME.match(address) is not None


def name_key(name: str) -> str:
    """Return one spelling for "Ida Moor", "Moor, Ida" and "IDA MOOR (Lake)"; '' without a word."""
    name = unicodedata.normalize("NFKC", _COMMENT.sub(" ", name)).casefold()
    return " ".join(sorted(re.findall(r"\w+", name)))


def has_wide_separators(address: str) -> bool:
    """Return whether an address gets a comma, "@" or another separator in its compatible form.

    Programs write a domain in that form (NFKC; RFC 3490), where one address would become two.
    """
    return not address.isascii() and any(
        _SEPARATOR.search(unicodedata.normalize("NFKC", char)) for char in address if char > "\x7f"
    )


@lru_cache(maxsize=4096)
def canonical(address: str) -> str:
    """Return one spelling for all aliases of a mailbox.

    Lower case, composed letters, without a `+tag`, an internationalised domain (IDN) in Unicode;
    for Gmail also without dots and with one domain name.
    """
    address = address.strip().lower()
    if not address.isascii():  # letters with accents may be composed or not (RFC 6532, 3.1)
        address = unicodedata.normalize("NFC", address)
    local, _, domain = address.rpartition("@")
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


def _find_obscured_address(entry: str) -> tuple[str, str] | None:
    """Return the address and name in "me at example.org (Me)" or "Me <me at example.org>"."""
    found, name = _OBSCURED_ENTRY.fullmatch(entry), ""
    if found is not None:
        name = found["name"] or ""
    elif bracketed := _ANGLE_BRACKETS.search(entry):
        found, name = _OBSCURED.fullmatch(bracketed[1].strip()), entry[: bracketed.start()]
    if found is None:
        return None
    return f"{found['local']}@{re.sub(_OBSCURED_DOT, '.', found['domain'], flags=re.I)}", name


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
