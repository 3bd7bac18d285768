"""Mails put together from made-up parts, with what is the writer's own in each.

The parts, all invented, stand in made_up_mails.json: greetings, paragraphs, closings, attribution
lines, header labels and device lines in 34 languages; signatures, footers, attribution lines of
older programs; and letters of which nothing may go.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from engine.mail.types import Kind

_PARTS = Path(__file__).with_name("made_up_mails.json")
_QUOTE_BELOW = "\n\nOn 3 May 2024 at 10:01, Jo Pell <jo@pell.example> wrote:\n\n> Is it jammed?\n"
_LIST = (
    "_______________________________________________\nBoats mailing list\n"
    "Boats@lists.harbour.example\nhttps://lists.harbour.example/mailman/listinfo/boats"
)


class Case(NamedTuple):
    """kind_of: the group it is counted in. own: what should be kept of the text."""

    kind_of: str
    text: str
    own: str
    kind: Kind = "plain"


def cases() -> Iterator[Case]:
    """All mails, some 3,800."""
    parts = json.loads(_PARTS.read_text(encoding="utf-8"))
    for language in parts["languages"].values():
        yield from _quotes(language)
        yield from _blocks(language)
        yield from _endings(language)
        yield from _pages(language)
    yield from _signatures_and_footers(parts)
    yield from _older_attributions(parts)
    for text in parts["kept"].values():
        yield Case("nothing may go", text, text)
        yield Case("nothing may go", text + _QUOTE_BELOW, text)
        yield Case("nothing may go", f"<div>{_breaks(text)}</div>", text, "html")


def _quoted(text: str, mark: str = "> ") -> str:
    return "\n".join(mark + line for line in text.split("\n"))


def _letter(of: dict[str, Any]) -> tuple[str, str]:
    """A letter without and with its closing."""
    own = f"{of['greeting']}\n\n" + "\n\n".join(of["paragraphs"])
    return own, f"{own}\n\n{of['closing']}\n{of['first_name']}"


def _wrapped(text: str, lines: int) -> str:
    words = text.split(" ")
    cuts = [len(words) * part // lines for part in range(lines + 1)]
    return "\n".join(" ".join(words[a:b]) for a, b in pairwise(cuts) if b > a)


def _quotes(of: dict[str, Any]) -> Iterator[Case]:
    """Above, below and between quotes, with the attribution lines of three programs."""
    own, signed = _letter(of)
    first, second = of["paragraphs"]
    answered = f"{of['question']}\n\n{second}"
    group = "quotes"
    for program in ("gmail", "thunderbird", "apple"):
        line = of[program]
        yield Case(group, f"{own}\n\n{line}\n\n{_quoted(answered)}\n", own)
        yield Case(group, f"{own}\n\n{line}\n\n{answered}\n", own)
        yield Case(group, f"{line}\n{_quoted(answered)}\n\n{own}\n", own)
        between = f"{of['greeting']}\n\n{line}\n{_quoted(of['question'])}\n\n{first}\n\n"
        yield Case(
            group,
            f"{between}{_quoted(second)}\n\n{second}\n",
            f"{of['greeting']}\n\n{first}\n\n{second}",
        )
        for lines in (2, 3):
            yield Case(
                "attributions wrapped anywhere",
                f"{own}\n\n{_wrapped(line, lines)}\n\n{_quoted(answered)}\n",
                own,
            )
        signature = f"-- \n{of['name']}\n{of['phone']}"
        yield Case(group, f"{signed}\n\n{signature}\n\n{line}\n{_quoted(answered)}\n", signed)
        yield Case(group, f"{own}\n\n{of['device']}\n\n{line}\n\n{_quoted(answered)}\n", own)
        yield Case(
            group,
            f"{own}\n\n{line}\n{_quoted(answered)}\n\n{second}\n\n{_LIST}\n",
            f"{own}\n\n{second}",
        )
    for mark in ("| ", ": ", ">", ">> "):
        quote = _quoted(f"{answered}\n{first}", mark)
        yield Case(group, f"{of['thunderbird']}\n{quote}\n\n{own}\n", own)


def _header(of: dict[str, Any]) -> str:
    sender, sent, to, subject = of["labels"]
    return (
        f"{sender}: Rory Quill <rory@quill.example>\n{sent}: {of['date']}\n{to}: Tess\n"
        f"{subject}: {of['question']}"
    )


def _blocks(of: dict[str, Any]) -> Iterator[Case]:
    """Above the header blocks of Outlook, and above forwards."""
    own, signed = _letter(of)
    below = f"{_header(of)}\n\n{of['question']}\n"
    group = "header blocks"
    yield Case(group, f"{signed}\n\n{of['banner']}\n{below}", signed)
    yield Case(group, f"{signed}\n\n{'_' * 32}\n{below}", signed)
    yield Case(group, f"{signed}\n\n{below}", signed)
    signature = "\n".join(of[part] for part in ("name", "title", "company", "phone"))
    yield Case(group, f"{signed}\n\n{signature}\n\n{below}", signed)
    yield Case(group, f"{own}\n\n{of['device']}\n{'_' * 32}\n{below}", own)
    banner = "---------- Forwarded message ---------\nFrom: Rory <rory@quill.example>\nSubject: key"
    yield Case(group, f"{own}\n\n{banner}\n\n{of['question']}\n", own)


def _endings(of: dict[str, Any]) -> Iterator[Case]:
    """Signatures without a delimiter, and letters without a signature."""
    own, signed = _letter(of)
    name, title, company, phone = (of[part] for part in ("name", "title", "company", "phone"))
    closed = f"{own}\n\n{of['closing']}\n{name}"
    group = "signatures by language"
    yield Case(group, f"{closed}\n{title}\n{company}\n{phone}\nwww.quay.example\n", closed)
    yield Case(group, f"{signed}\n\n{name}\n{title}\n{company}\n{of['address']}\n{phone}\n", signed)
    yield Case(group, f"{signed}\n{name}\n{title}\n{company}\n{phone}\n", signed)
    yield Case(group, f"{own}\n\n{name}\n{title}\n{company}\n{phone}\nhttps://quay.example\n", own)
    yield Case(group, f"{signed}\n\n{'_' * 20}\n{name}\n{company}\n{phone}\n", signed)
    yield Case(group, f"{signed}\n\n--\n{name}\n{title}\n{phone}\n", signed)
    second = of["paragraphs"][1]
    for text in (
        signed,
        closed,
        f"{signed}\n\nP.S. {second}",
        f"{own}\n\n{name}\n{phone}\n\n{second}",
    ):
        yield Case("nothing may go", text, text)


def _breaks(text: str) -> str:
    return html.escape(text).replace("\n", "<br>\n")


def _pages(of: dict[str, Any]) -> Iterator[Case]:
    """HTML as Gmail, Outlook, Apple Mail, Thunderbird, Yahoo, Proton and Samsung write it."""
    own, signed = _letter(of)
    mine, quote = f"<div>{_breaks(own)}</div>", f"<div>{_breaks(of['question'])}</div>"
    header = f"<p>{_breaks(_header(of))}</p>"
    line = {program: html.escape(of[program]) for program in ("gmail", "thunderbird", "apple")}
    for page in (
        f'{mine}<div class="gmail_quote"><div class="gmail_attr">{line["gmail"]}<br></div>'
        f'<blockquote class="gmail_quote">{quote}</blockquote></div>',
        f'{mine}<div style="border:none;border-top:solid #E1E1E1 1.0pt">{header}</div>{quote}',
        f'{mine}<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">{header}</div>{quote}',
        f'{mine}<div id="x_appendonsend"></div><hr><div id="x_divRplyFwdMsg">{header}</div>{quote}',
        f'{mine}<blockquote type="cite"><div>{line["apple"]}</div>{quote}</blockquote>',
        f'<div class="moz-cite-prefix">{line["thunderbird"]}</div>'
        f'<blockquote type="cite">{quote}</blockquote>{mine}',
        f'{mine}<div class="yahoo_quoted"><div>{line["gmail"]}</div>{quote}</div>',
        f'{mine}<div class="protonmail_quote">{line["gmail"]}<br><blockquote>{quote}</blockquote>'
        "</div>",
        f'{mine}<div id="composer_signature">{of["device"]}</div><div>-------- '
        f"{of['banner'].strip('-')} --------</div>{header}{quote}",
    ):
        yield Case("HTML", page, own, "html")
    signature = f"<div>{of['name']}</div><div>{of['phone']}</div>"
    for attribute in ('class="gmail_signature"', 'id="Signature"', 'class="front-signature"'):
        page = f"<div>{_breaks(signed)}</div><div {attribute}>{signature}</div>"
        yield Case("HTML", page, signed, "html")


def _signatures_and_footers(parts: dict[str, Any]) -> Iterator[Case]:
    for letter in parts["letters"]:
        own = f"{letter['body']}\n\n{letter['closing']}"
        for signature in parts["signatures"].values():
            group = "signatures by form"
            yield Case(group, f"{own}\n\n{signature}\n", own)
            yield Case(group, f"{own}\n\n{signature}{_QUOTE_BELOW}", own)
            yield Case(group, f"<div>{_breaks(own)}<br><br>{_breaks(signature)}</div>", own, "html")
        for footer in parts["footers"].values():
            yield Case("footers", f"{own}\n\n{footer}\n", own)
            yield Case("footers", f"{own}\n\n-- \nMarnie Oakshott\n\n{footer}\n", own)


def _older_attributions(parts: dict[str, Any]) -> Iterator[Case]:
    group = "attributions of older programs"
    for attribution in parts["attributions"].values():
        line, language = attribution["text"], attribution["language"]
        own, quote = parts["answers"][language], _quoted(parts["quotes"][language])
        yield Case(group, f"{line}\n{quote}\n\n{own}\n", own)
        yield Case(group, f"{own}\n\n{line}\n{quote}\n", own)
        yield Case(group, f"{own}\n{line}\n\n{quote}\n", own)
        yield Case(group, f"Hi Rory,\n\n{line}\n{quote}\n\n{own}\n", f"Hi Rory,\n\n{own}")
        yield Case(group, f"{line}\n{quote}\n\n{own}\n\n> Bye\n> Rory\n\nTess\n", f"{own}\n\nTess")
        yield Case(group, f"{line}\n{quote.replace('> ', '| ')}\n\n{own}\n", own)
