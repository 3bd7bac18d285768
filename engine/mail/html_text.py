"""HTML body -> plain text, its quoted parts marked with "> " as the structure of the HTML tells.

Marked rather than removed, so that the rules for plain text run over the result and a reply
between two quotes stays where it was. lxml parses: it is written in C, forgives anything, bounds
the depth of the tree, and comes with sacrebleu anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

LONGEST_HTML = 2_000_000
"""Characters that are read; nobody writes more, and what follows is styles or quotes."""

_BLOCK_NAMES = """
address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4
h5 h6 header li main nav ol p pre section table tbody tfoot thead tr ul
"""
_PARAGRAPH_NAMES = "p h1 h2 h3 h4 h5 h6 ul ol dl pre table blockquote"
_UNSEEN_NAMES = "head script style title meta link template noscript object svg"
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_PARAGRAPHS = frozenset(_PARAGRAPH_NAMES.split())
_UNSEEN = frozenset(_UNSEEN_NAMES.split())

_SIGNATURE = re.compile(
    r"gmail_signature|moz-signature|applemailsignature|apple-mail-signature|ms-outlook-mobile-sig"
    r"|outlook-signature|^signature$|email-signature|protonmail_signature|ymail_android_signature"
    r"|x_?signature|mb_sig|tutanota_signature|mobile_signature|composer_signature"
)
_QUOTE = re.compile(
    r"yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|moz-forward-container"
    r"|moz-email-headers-table|ms-outlook-mobile-reference-message"
    r"|mail-editor-reference-message|front-blockquote|freshdesk_quote|hs_reply|gmail_extra_quote"
    r"|quoted-printable-quote|blockquote_zmail|replyforwardmessage|reply_quote"
)
_REST_QUOTED = re.compile(
    r"divrplyfwdmsg|appendonsend|olk_src_body_section|outlookmessageheader|stopspelling|zwchr"
    r"|mail-editor-reference-message-container|reply-intro|msg_container_quoted"
)
_BORDER_TOP = re.compile(r"border-top:\s*(?:solid|1(?:\.0)?p[tx]|#)|border-top-(?:style|width)")
_HIDDEN = re.compile(r"display:\s*none|mso-hide:\s*all|visibility:\s*hidden")
_TIGHT = re.compile(r"margin(?:-top|-bottom)?:\s*0(?:px|pt|in|cm|em)?(?:\s|;|$)|margin:\s*0")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_WORD_GARBAGE = re.compile(r"<!\[[^\]]{0,200}\]>|<\?xml[^>]{0,400}>|</?o:p\s*/?>", re.IGNORECASE)


def html_text(html: str) -> str:
    """The text of an HTML body: a line a block, "> " before what is quoted, no signature element.

    Scripts, styles and hidden parts are left out; a list's items start with "- ". Never raises:
    what is no HTML at all comes out as text.
    """
    html = _WORD_GARBAGE.sub(" ", html[:LONGEST_HTML].replace("\0", ""))
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        root = None
    return _Writer().write(root) if root is not None else ""


class _Writer:
    """Walks a tree without recursion and gathers lines."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quote_depth = 0
        self._pre_depth = 0
        self._blank_wanted = False
        self._rest_quoted = False

    def write(self, root: etree._Element) -> str:
        # The second item tells whether the element is entered or left.
        stack: list[tuple[etree._Element, bool]] = [(root, True)]
        while stack:
            element, entering = stack.pop()
            if entering:
                if not isinstance(element.tag, str) or self._is_left_out(element):
                    if element.tag in _BLOCKS:
                        self._break()
                    self._text(element.tail)
                    continue
                stack.append((element, False))
                self._enter(element)
                stack.extend((child, True) for child in reversed(element))
            else:
                self._leave(element)
                self._text(element.tail)
        self._break()
        return "\n".join(self._lines).strip("\n")

    def _is_left_out(self, element: etree._Element) -> bool:
        if element.tag in _UNSEEN or not element.attrib:
            return element.tag in _UNSEEN
        return (
            _is_attribution(element)
            or bool(_SIGNATURE.search(_names(element)))
            or bool(_HIDDEN.search(element.get("style", "").lower()))
        )

    def _enter(self, element: etree._Element) -> None:
        tag = element.tag
        if tag == "br":
            self._break(keep_empty=True)
        elif tag == "hr":
            self._break()
            self._lines.append(self._prefix() + "_" * 32)
        elif tag in ("td", "th") and self._line:
            self._line.append(" ")
        if tag in _BLOCKS:
            self._break()
            if _is_paragraph(element):
                self._blank_wanted = True
        if not (self._rest_quoted or self._quote_depth) and _starts_quoted_rest(element):
            self._break()
            self._rest_quoted = True
        if _is_quote(element):
            self._break()
            self._quote_depth += 1
        if tag == "pre":
            self._pre_depth += 1
        if tag == "li":
            self._line.append("- ")
        self._text(element.text)

    def _leave(self, element: etree._Element) -> None:
        if element.tag in _BLOCKS or _is_quote(element):
            self._break()
        if _is_quote(element):
            self._quote_depth -= 1
        if element.tag == "pre":
            self._pre_depth -= 1
        if _is_paragraph(element):
            self._blank_wanted = True

    def _prefix(self) -> str:
        depth = self._quote_depth + self._rest_quoted
        return ">" * min(depth, 9) + " " * bool(depth)

    def _text(self, text: str | None) -> None:
        if not text:
            return
        if not self._pre_depth:
            self._line.append(_SPACE.sub(" ", text))
            return
        first, *others = text.split("\n")
        self._line.append(first)
        for line in others:
            self._break(keep_empty=True)
            self._line.append(line)

    def _break(self, keep_empty: bool = False) -> None:
        """End the line. An empty one is written where a <br> or a fixed space asks for it."""
        joined = "".join(self._line)
        text = joined.rstrip() if self._pre_depth else " ".join(joined.split())
        self._line = []
        if text and text != "-":
            if self._blank_wanted and self._lines and self._lines[-1].strip("> "):
                self._lines.append(self._prefix().rstrip())
            self._blank_wanted = False
            self._lines.append(self._prefix() + text)
        elif keep_empty or "\u00a0" in joined:
            # An empty paragraph is as good as nothing, unless a space holds it open.
            self._blank_wanted = False
            self._lines.append(self._prefix().rstrip())


def _names(element: etree._Element) -> str:
    return f"{element.get('class', '')} {element.get('id', '')}".strip().lower()


def _is_paragraph(element: etree._Element) -> bool:
    """Whether a blank line sets the element off; Word's paragraphs have no margin."""
    return element.tag in _PARAGRAPHS and not (
        element.tag == "p"
        and element.attrib
        and ("mso" in _names(element) or bool(_TIGHT.search(element.get("style", "").lower())))
    )


def _is_quote(element: etree._Element) -> bool:
    if element.tag == "blockquote":
        return not _is_indentation(element)
    if not element.attrib:
        return False
    names = _names(element)
    if "gmail_quote" in names:
        # The container also holds what is written between quotes. Only around a forward it is
        # a quote itself: it starts with a banner, and no blockquote follows.
        return next(element.iter("blockquote"), None) is None and _starts_with_banner(element)
    return bool(names) and bool(_QUOTE.search(names))


def _starts_with_banner(element: etree._Element) -> bool:
    start = next((text.strip() for text in element.itertext() if text.strip()), "")
    return start.startswith("-----")


def _is_attribution(element: etree._Element) -> bool:
    """Whether the element is the attribution of the blockquote that follows it."""
    names = _names(element)
    return ("gmail_attr" in names or "moz-cite-prefix" in names) and any(
        sibling.tag == "blockquote" for sibling in _following(element)
    )


def _following(element: etree._Element) -> Iterator[etree._Element]:
    """The next siblings, up to the first that holds anything."""
    for sibling in element.itersiblings():
        if sibling.tag != "br":
            yield sibling
            return
        if (sibling.tail or "").strip():
            return


def _is_indentation(element: etree._Element) -> bool:
    """Gmail and Outlook indent the writer's own text with a borderless blockquote."""
    style = element.get("style", "").lower().replace(" ", "")
    return (
        not element.get("type")
        and not element.get("cite")
        and not _names(element)
        and ("border:none" in style or "border:0" in style or "margin:00040px" in style)
    )


def _starts_quoted_rest(element: etree._Element) -> bool:
    """Whether all that follows in the document is a quoted mail, as Outlook writes it."""
    if not element.attrib:
        return False
    names = _names(element)
    if names and _REST_QUOTED.search(names):
        return True
    style = element.get("style", "").lower()
    if element.tag != "div" or not _BORDER_TOP.search(style):
        return False
    head = "".join(element.itertext())[:2000]
    return len(re.findall(r"^[^\n:]{1,30}[:：]", head, re.MULTILINE)) + head.count("@") >= 2
