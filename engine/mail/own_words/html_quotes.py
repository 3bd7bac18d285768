"""What the elements of an HTML mail are: quotes, attributions, signatures, as programs name them.

By the class, id or name that a mail program gives: Gmail, Outlook (desktop, web, mobile), Apple
Mail, Thunderbird, Yahoo, Proton, Zoho, Zimbra, Tuta, Fastmail, Spark, Airmail, Evolution,
Roundcube, GMX, NetEase, QQ and others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Literal

from lxml import etree  # type: ignore[import-untyped]

Role = Literal["", "quote", "rest", "attribution", "signature"]
"""quote: quoted as a whole. rest: from here on all is quoted. "": neither."""

_SIGNATURE = re.compile(
    r"(?<!beginningof)signature|ms-outlook-mobile-sig|mb_sig|bloop_sign|zm-_id_-sgn(?!1)|__sig_p(?:re|ost)__"
)
_QUOTE = re.compile(
    r"yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|moz-forward-container"
    r"|moz-email-headers-table|ms-outlook-mobile-reference-message|__quoted_text__"
    r"|mail-editor-reference-message|front-blockquote|freshdesk_quote|hs_reply|gmail_extra_quote"
    r"|quoted-printable-quote|blockquote_zmail|replyforwardmessage|reply_quote|messagereplysection"
    r"|isreplycontent|isforwardcontent|(?:^| )(?:qt|quote|qmbox|clean_bq)(?: |$)"
)
_REST_QUOTED = re.compile(
    r"divrplyfwdmsg|appendonsend|olk_src_body_section|outlookmessageheader|stopspelling|zwchr"
    r"|mail-editor-reference-message-container|msg_container_quoted"
)
_ATTRIBUTION = re.compile(
    r"gmail_attr|moz-cite-prefix|reply-intro|airmail_on|protonmail_cite|-x-evo-cite"
)
_LONGEST_NAMES = 1000  # letters
_BORDER_TOP = re.compile(r"border-top:\s*(?:solid|1(?:\.0)?p[tx]|#)|border-top-(?:style|width)")
_LABELLED = re.compile(r"^[^\n:]{1,30}[:：]", re.MULTILINE)


def names_of(element: etree._Element) -> str:
    """Its class, id and name in lower case."""
    get = element.get
    names = (get("class"), get("id"), get("name"), get("data-marker"))
    return " ".join(filter(None, names)).lower()[:_LONGEST_NAMES] if any(names) else ""


def role_of(element: etree._Element, names: str, style: str) -> Role:
    """What part of a mail the element is. `style` is its style in lower case."""
    if element.tag == "blockquote":
        return "" if _is_indentation(element, names, style) else "quote"
    if names:
        as_named = _role_by_name(names)
        if as_named == "signature":
            return "signature"
        if _is_attribution_name(names) and _before_quote(element):
            return "attribution"
        if "gmail_quote" in names:
            # The container also holds what is written between quotes. Only around a forward it
            # is a quote itself: it starts with a banner, and no blockquote follows.
            has_quote = next(element.iter("blockquote"), None) is not None
            return "quote" if not has_quote and _starts_with_banner(element) else ""
        if as_named:
            return as_named
    if element.tag == "div" and "border-top" in style and _BORDER_TOP.search(style):
        head = "".join(islice(element.itertext(), 60))[:2000]
        return "rest" if len(_LABELLED.findall(head)) + head.count("@") >= 2 else ""
    return ""


@lru_cache(maxsize=1024)  # the mails of a program name their elements alike
def _role_by_name(names: str) -> Role:
    if _SIGNATURE.search(names):
        return "signature"
    if _REST_QUOTED.search(names):
        return "rest"
    return "quote" if _QUOTE.search(names) else ""


@lru_cache(maxsize=1024)
def _is_attribution_name(names: str) -> bool:
    return bool(_ATTRIBUTION.search(names))


def _starts_with_banner(element: etree._Element) -> bool:
    texts = islice(element.itertext(), 60)
    start = next((text.strip() for text in texts if text.strip()), "")
    return start.startswith("-----")


def _before_quote(element: etree._Element) -> bool:
    """Whether the element is the attribution of the blockquote that follows it."""
    return any(sibling.tag == "blockquote" for sibling in _following(element))


def _following(element: etree._Element) -> Iterator[etree._Element]:
    """The next siblings, up to the first that holds anything."""
    for sibling in element.itersiblings():
        if sibling.tag != "br":
            yield sibling
            return
        if (sibling.tail or "").strip():
            return


def _is_indentation(element: etree._Element, names: str, style: str) -> bool:
    """Gmail and Outlook indent the writer's own text with a borderless blockquote."""
    if names or not style or element.get("type") or element.get("cite"):
        return False
    style = style.replace(" ", "")
    if "border:none" in style or "border:0" in style:
        return True
    return "border" not in style and ("margin:00040px" in style or "margin-left:40px" in style)
