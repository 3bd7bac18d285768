"""Read whom a draft goes to: addresses as a person types them, or a mailto: link (RFC 6068)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from engine.mail.message.addresses import parse_addresses

_MAILTO = "mailto:"
_MARKDOWN_LINK = re.compile(r"\[[^\[\]]*\]\((mailto:[^()\s]*)\)", re.IGNORECASE)
# What is left of a link where a program took "mailto:" off.
_ADDRESS_AND_FIELDS = re.compile(
    r"[^\s<>\"?]+@[^\s<>\"?]+\?(?:subject|body|cc|bcc|to)=", re.IGNORECASE
)
_BAD_LABEL = re.compile(r"(?:^|\.)(?:[.-]|$)|-(?:\.|$)")  # of a domain
_LOCAL_DOMAINS = ("localhost",)
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True)
class Addressee:
    """recipient: names and addresses as a person writes them. subject: of a mailto: link.

    unused: the names of the link's other fields.
    """

    recipient: str
    subject: str = ""
    unused: tuple[str, ...] = ()


def read_addressee(text: str) -> Addressee:
    """Read addresses, a name, or a mailto: link; percent encoding is decoded."""
    text = text.strip()
    link = text[1:-1] if (text[:1], text[-1:]) in (("<", ">"), ('"', '"'), ("'", "'")) else text
    if markdown := _MARKDOWN_LINK.fullmatch(text):
        link = markdown[1]
    if _ADDRESS_AND_FIELDS.match(link) and not link.lower().startswith(_MAILTO):
        link = _MAILTO + link
    if link[: len(_MAILTO)].lower() == _MAILTO:
        return _read_link(link[len(_MAILTO) :])
    if "%" in text:
        text = _without_percent_encoding(text)
    return Addressee(text)


def missing_addresses(text: str) -> list[str]:
    """Return the entries of a list of recipients without a valid address; [] for a name alone."""
    if "@" not in text:
        return []
    missing: list[str] = []
    name = ""  # "Low, " of "Low, Bob <bob@example.org>"
    for entry in re.split("[,;]", _QUOTED.sub(lambda found: found[0].replace(",", " "), text)):
        if not entry.strip():
            continue
        if "@" not in entry:
            missing += [name] if name else []
            name = entry.strip()
            continue
        if name and "<" not in entry:
            missing.append(name)
        name = ""
        addresses = _addresses(entry)
        if not addresses or any(
            _BAD_LABEL.search(address.rpartition("@")[2]) for _, address in addresses
        ):
            missing.append(entry.strip())
    return missing + ([name] if name else [])


def addresses_without_dot(text: str) -> list[str]:
    """Return the addresses whose domain has no dot: right on a local network, else mistyped."""
    domains = ((address, address.rpartition("@")[2]) for _, address in _addresses(text))
    return [
        address for address, domain in domains if "." not in domain and domain not in _LOCAL_DOMAINS
    ]


def _read_link(link: str) -> Addressee:
    link = link.removeprefix("//").replace("&amp;", "&").partition("#")[0]
    path, _, query = link.partition("?")
    fields = [field.partition("=") for field in query.split("&") if field]
    named = [(name.lower(), unquote(value)) for name, _, value in fields]
    recipients = [unquote(entry) for entry in path.split(",")]
    recipients += [value for name, value in named if name in ("to", "cc")]
    return Addressee(
        ", ".join(entry.strip() for entry in recipients if entry.strip()),
        next((value for name, value in named if name == "subject"), ""),
        tuple(dict.fromkeys(name for name, _ in named if name not in ("to", "cc", "subject"))),
    )


def _without_percent_encoding(text: str) -> str:
    """Return the text decoded if it is addresses then; "%" alone is a valid character in them."""
    try:
        decoded = unquote(text, errors="strict").strip()
    except UnicodeDecodeError:
        return text
    has_spaces = " " in decoded and "<" not in decoded
    return decoded if _addresses(decoded) and not has_spaces else text


def _addresses(text: str) -> tuple[tuple[str, str], ...]:
    return parse_addresses(text.encode("utf-8", "replace"))
