"""Recognise quotes, attribution lines and signatures among the elements of an HTML mail.

By the class, id or name that mail programs give them: Gmail, Outlook (desktop, web, mobile),
Apple Mail, Thunderbird, Yahoo, Proton, Zoho, Zimbra, Tuta, Fastmail, Spark, Airmail, Evolution,
Roundcube, GMX, NetEase, QQ and others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Literal

from lxml import etree  # type: ignore[import-untyped]

from engine.mail.own_words.attribution_rules import AttributionLine

Role = Literal["", "quote", "rest", "attribution", "signature"]
"""quote: the element is quoted. rest: it and all that follows is quoted. "": none of these."""

TAGS_WITH_ROLE = frozenset(("blockquote", "summary"))
"""The tags of elements that may have a role without any attribute."""

# The last are no signatures, but go like them: a file in Google Drive, a label of secrecy.
_SIGNATURE = re.compile(
    r"(?<!beginningof)signature|ms-outlook-mobile-sig|mb_sig|bloop_sign|zm-_id_-sgn(?!1)|__sig_p(?:re|ost)__"
    r"|gmail_(?:drive_)?chip|(?:^| )msip(?:header|footer)"
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
    r"|mail-editor-reference-message-container|msg_container_quoted|__divider__"
)
_ATTRIBUTION = re.compile(
    r"gmail_attr|moz-cite-prefix|reply-intro|airmail_on|protonmail_cite|-x-evo-cite"
)
_LONGEST_NAMES = 1000
_START_NODES, _START_LENGTH = 60, 2000  # text nodes and characters that show how a part starts
_BORDER_TOP = re.compile(r"border-top:\s*(?:solid|1(?:\.0)?p[tx]|#)|border-top-(?:style|width)")
_LONGEST_LEAD_IN = 300  # characters
_LABELLED_LINE = re.compile(r"^[^\n:]{1,30}[:：]", re.MULTILINE)


def element_names(element: etree._Element) -> str:
    """Return an element's class, id and name in lower case."""
    get = element.get
    names = (get("class"), get("id"), get("name"), get("data-marker"))
    return " ".join(filter(None, names)).lower()[:_LONGEST_NAMES] if any(names) else ""


def element_role(element: etree._Element, names: str, style: str) -> Role:
    """Return which part of a mail an element is.

    names: of `element_names`. style: its style attribute in lower case.
    """
    if element.tag == "signature":  # Mailspring
        return "signature"
    if element.tag == "blockquote":
        return "" if _is_indentation(element, names, style) else "quote"
    if element.tag == "summary" and _opens_quote(element):
        return "attribution"
    if names:
        named_role = _role_by_name(names)
        if named_role == "signature":
            return "signature"
        if _is_attribution_name(names) and _is_above_quote(element):
            return "attribution"
        if "gmail_quote" in names:
            # The element also contains replies between quotes. It is a quote itself only if it is
            # a forward: it starts with a banner and has no blockquote.
            has_quote = next(element.iter("blockquote"), None) is not None
            return "quote" if not has_quote and _starts_with_banner(element) else ""
        if named_role:
            return named_role
    if element.tag == "div" and "border-top" in style and _BORDER_TOP.search(style):
        # Outlook draws a line above the header block of a quoted mail.
        start = "".join(islice(element.itertext(), _START_NODES))[:_START_LENGTH]
        has_header_block = len(_LABELLED_LINE.findall(start)) + start.count("@") >= 2
        return "rest" if has_header_block else ""
    if element.tag == "div" and "border-left" in style and _is_below_lead_in(element):
        return "quote"
    return ""


@lru_cache(maxsize=1024)  # all mails of a mail program have the same names
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
    texts = islice(element.itertext(), _START_NODES)
    start = next((text.strip() for text in texts if text.strip()), "")
    return start.startswith("-----")


def _is_above_quote(element: etree._Element) -> bool:
    """Return whether a blockquote follows the element."""
    return any(sibling.tag == "blockquote" for sibling in _next_siblings(element))


def _opens_quote(summary: etree._Element) -> bool:
    """Return whether the first thing below a summary is a quote, which it opens and closes."""
    below = summary.getnext()
    if below is None or not isinstance(below.tag, str) or (summary.tail or "").strip():
        return False
    return element_role(below, element_names(below), (below.get("style") or "").lower()) == "quote"


def _next_siblings(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the next sibling that is not a line break, unless text comes before it."""
    for sibling in element.itersiblings():
        if sibling.tag != "br":
            yield sibling
            return
        if (sibling.tail or "").strip():
            return


def _is_below_lead_in(element: etree._Element) -> bool:
    """Return whether the text right above an element is "On 3 May Ann wrote:", in any language."""
    above = element.getprevious()
    while above is not None and above.tag == "br" and not (above.tail or "").strip():
        above = above.getprevious()
    if above is None:
        text = element.getparent().text or ""
    else:
        text = above.tail if (above.tail or "").strip() else "".join(above.itertext())
    line = AttributionLine(text[-_LONGEST_LEAD_IN:].strip())
    return line.ends_in_colon and line.contains_wrote and line.is_names_and_dates


def _is_indentation(element: etree._Element, names: str, style: str) -> bool:
    """Return whether a blockquote only indents own text, as Gmail and Outlook use it."""
    is_named = names and "indent" not in names  # of Apple Mail: webkit-indent-blockquote
    if is_named or not style or element.get("type") or element.get("cite"):
        return False
    style = style.replace(" ", "").replace("0px", "0")
    if "border:none" in style or "border:0" in style:
        return True
    return "border" not in style and ("margin:00040" in style or "margin-left:40" in style)
