"""HTML body -> plain text, its quoted parts marked with "> " as the structure of the HTML tells.

Marked rather than removed, so that the rules for plain text run over the result and a reply
between two quotes stays where it was. lxml parses: it is written in C, forgives anything, bounds
the depth of the tree, and comes with sacrebleu anyway.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]

from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.contact_blocks import after_name
from engine.mail.own_words.contact_lines import is_sentence
from engine.mail.own_words.html_quotes import Role, names_of, role_of

LONGEST_HTML = 1_000_000
"""Characters that are read; nobody writes more, and what follows is styles or quotes."""

_BLOCK_NAMES = """
address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 h3 h4
h5 h6 header li main nav ol p pre section table tbody tfoot thead tr ul
"""
_PARAGRAPH_NAMES = "p h1 h2 h3 h4 h5 h6 ul ol dl pre table blockquote"
_UNSEEN_NAMES = "head script style title meta link template noscript object svg summary"
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_PARAGRAPHS = frozenset(_PARAGRAPH_NAMES.split())
_UNSEEN = frozenset(_UNSEEN_NAMES.split())

_HIDDEN = re.compile(r"display:\s*none|mso-hide:\s*all|visibility:\s*hidden")
_TIGHT = re.compile(r"margin(?:-top|-bottom)?:\s*0(?:px|pt|in|cm|em)?(?:\s|;|$)|margin:\s*0")
_WORD_GARBAGE = re.compile(r"<!\[[^\]]{0,200}\]>|<\?xml[^>]{0,400}>|</?o:p\s*/?>", re.IGNORECASE)
_GARBAGE_SIGNS = ("<![", "<?", "o:p", "O:P")  # no program mixes the case
# Making one takes a fifth of the time of parsing a mail.
_PARSER = etree.HTMLParser(
    encoding="utf-8",
    no_network=True,
    remove_comments=True,
    remove_pis=True,
    collect_ids=False,
)


def html_text(html: str, *, quotes: bool = True) -> str:
    """The text of an HTML body: a line a block, "> " before what is quoted, no signature element.

    Scripts, styles and hidden parts are left out; a list's items start with "- " or their number.
    Without `quotes` a lone ">" stands for each quote, which is much quicker. Never raises: what is
    no HTML at all comes out as text.
    """
    root = _parsed(html[:LONGEST_HTML])
    return _Writer(quotes).write(root) if root is not None else ""


@lru_cache(maxsize=1)  # of a mail without plain text, its own words and the whole are asked for
def _parsed(html: str) -> etree._Element | None:
    html = html.replace("\0", "")
    if any(sign in html for sign in _GARBAGE_SIGNS):
        html = _WORD_GARBAGE.sub(" ", html)
    try:
        return etree.fromstring(html.encode("utf-8", "replace"), _PARSER)
    except etree.LxmlError:
        return None


_Frame = tuple[etree._Element, str, bool, bool, bool]
"""An element that was entered, its tag, and whether leaving it ends a block, a quote, a
paragraph. A plain tuple: a mail has hundreds of them."""


class _Writer:
    """Walks a tree without recursion and gathers lines."""

    def __init__(self, quotes: bool) -> None:
        self._quotes = quotes
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quote_depth = 0
        self._pre_depth = 0
        self._numbers: list[int | None] = []  # of the open lists: items so far, None for bullets
        self._blank_wanted = False
        self._rest_quoted = False
        self._signature: tuple[etree._Element, int] | None = None  # and where its lines start

    def write(self, root: etree._Element) -> str:
        stack: list[etree._Element | _Frame] = [root]
        while stack and (self._quotes or not self._rest_quoted):
            item = stack.pop()
            if isinstance(item, tuple):
                self._leave(item)
                element = item[0]
            else:
                element = item
                frame = self._enter(element)
                if frame is not None:
                    stack.append(frame)
                    if len(element):
                        stack.extend(reversed(element))
                    continue
            if element.tail:
                self._text(element.tail)
        self._break()
        return "\n".join(self._lines).strip("\n")

    def _enter(self, element: etree._Element) -> _Frame | None:
        """Write what stands before the first child; None when the element is left out."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _UNSEEN:
            return None
        block = tag in _BLOCKS
        names = style = ""
        if element.keys():
            names = names_of(element)
            style = (element.get("style") or "").lower()
        role: Role = ""
        if names or style or tag == "blockquote":
            role = role_of(element, names, style)
            if role == "signature" and self._signature is None:
                self._break()
                self._signature, role = (element, len(self._lines)), ""
            if role in ("attribution", "signature") or _HIDDEN.search(style):
                if block:
                    self._break()
                return None
            if role == "quote" and not self._quotes:
                self._break()
                self._lines.append(">")
                return None
        paragraph = tag in _PARAGRAPHS and not _is_tight(tag, names, style)
        if tag == "br":
            self._break(keep_empty=True)
        elif tag == "hr":
            self._break()
            self._lines.append(self._prefix() + "_" * 32)
        elif tag in ("td", "th") and self._line:
            self._line.append(" ")
        if block or role == "quote":
            self._break()
            self._blank_wanted = self._blank_wanted or paragraph
        if role == "rest" and not (self._rest_quoted or self._quote_depth):
            self._break()
            self._rest_quoted = True
        self._quote_depth += role == "quote"
        self._pre_depth += tag == "pre"
        if tag in ("ol", "ul"):
            self._numbers.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._line.append(self._bullet())
        if element.text:
            self._text(element.text)
        return element, tag, block, role == "quote", paragraph

    def _leave(self, frame: _Frame) -> None:
        _, tag, block, quote, paragraph = frame
        if block or quote:
            self._break()
        if self._signature is not None and self._signature[0] is frame[0]:
            self._break()
            start, self._signature = self._signature[1], None
            self._lines[start:] = self._words_in_signature(start)
        self._quote_depth -= quote
        if tag == "pre":
            self._pre_depth -= 1
        elif tag in ("ol", "ul"):
            self._numbers.pop()
        self._blank_wanted = self._blank_wanted or paragraph

    def _words_in_signature(self, start: int) -> list[str]:
        """What the writer wrote in a signature element: its closing, or all where all is there."""
        lines = self._lines[start:]
        first = next((index for index, line in enumerate(lines) if line.strip()), 0)
        if not lines or self._quote_depth or self._rest_quoted:
            return []
        if is_closing(lines[first]):
            return lines[: after_name(lines, first + 1, len(lines))]
        if not is_sentence(lines[first].strip()):
            return []
        if not any(line.strip() for line in self._lines[:start]):
            return lines
        closing = next((index for index, line in enumerate(lines) if is_closing(line)), None)
        return [] if closing is None else lines[: after_name(lines, closing + 1, len(lines))]

    def _bullet(self) -> str:
        number = self._numbers[-1] if self._numbers else None
        if number is None:
            return "- "
        self._numbers[-1] = number + 1
        return f"{number + 1}. "

    def _prefix(self) -> str:
        depth = self._quote_depth + self._rest_quoted
        return ">" * min(depth, 9) + " " * bool(depth)

    def _text(self, text: str) -> None:
        if not self._pre_depth:
            self._line.append(text)
            return
        first, *others = text.split("\n")
        self._line.append(first)
        for line in others:
            self._break(keep_empty=True)
            self._line.append(line)

    def _break(self, keep_empty: bool = False) -> None:
        """End the line. An empty one is written where a <br> or a fixed space asks for it."""
        if not (self._line or keep_empty):
            return
        joined = "".join(self._line)
        text = joined.rstrip() if self._pre_depth else " ".join(joined.split())
        self._line.clear()
        if text and text != "-":
            if self._blank_wanted and self._lines and self._lines[-1].strip("> "):
                self._lines.append(self._prefix().rstrip())
            self._blank_wanted = False
            self._lines.append(self._prefix() + text)
        elif keep_empty or "\u00a0" in joined:
            # An empty paragraph is as good as nothing, unless a space holds it open.
            self._blank_wanted = False
            self._lines.append(self._prefix().rstrip())


def _is_tight(tag: str, names: str, style: str) -> bool:
    """Whether no blank line sets the paragraph off; Word's paragraphs have no margin."""
    return tag == "p" and ("mso" in names or ("margin" in style and bool(_TIGHT.search(style))))
