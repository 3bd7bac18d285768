"""Convert an HTML body to plain text, with "> " in front of the lines that its elements quote.

Quotes are marked rather than removed, so that the rules for plain text apply to the result and a
reply between two quotes stays in its place. The parser is lxml: fast, tolerant, limited in depth,
and installed anyway as a dependency of sacrebleu.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]

from engine.mail.message.unseen import remove_invisible
from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.contact_blocks import closing_end
from engine.mail.own_words.contact_lines import is_sentence
from engine.mail.own_words.html_balance import close_quotes
from engine.mail.own_words.html_looks import (
    PLAIN_LOOK,
    TAGS_WITH_LOOK,
    Look,
    element_look,
    make_look,
)
from engine.mail.own_words.html_media import is_shown_medium
from engine.mail.own_words.html_quotes import TAGS_WITH_ROLE, Role, element_names, element_role
from engine.mail.own_words.html_styles import StyleSheet, parse_sheet
from engine.mail.own_words.html_symbols import symbols_text
from engine.mail.own_words.html_variables import Variables, declared_in

LONGEST_HTML = 1_000_000
"""Characters that are read. Nobody writes more; what follows is styles or quotes."""

_BLOCK_NAMES = """
address article aside blockquote body center dd details div dl dt fieldset figure footer form
h1 h2 h3 h4 h5 h6 header li main nav ol p pre section summary table tbody tfoot thead tr ul
"""
_PARAGRAPH_NAMES = "p h1 h2 h3 h4 h5 h6 ul ol dl pre table blockquote"
_INVISIBLE_NAMES = """
head script style title meta link template noscript object svg datalist audio video canvas
iframe noframes noembed applet progress meter rp select annotation annotation-xml
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_PARAGRAPHS = frozenset(_PARAGRAPH_NAMES.split())
_INVISIBLE = frozenset(_INVISIBLE_NAMES.split())
_RULER = "_" * 32  # for <hr>
_MAX_QUOTE_DEPTH = 9  # levels of ">" that are written

_EMOJI = re.compile("[^\\w\\s!-~\u00a1-\u2bff]{1,10}|[\u2600-\u27bf]\ufe0f?")
_NUMBER = re.compile(r"-?[0-9]{1,6}")
_UNSEEN = " \t\xa0\u200b\ufeff"
_GREETING_ENDS = (",", "!", "，", "！", "、", "،")
_NO_MARGIN = re.compile(r"margin(?:-top|-bottom)?:\s*0(?:px|pt|in|cm|em)?(?:\s|;|$)|margin:\s*0")
_WORD_GARBAGE = re.compile(r"<!\[[^\]]{0,200}\]>|<\?xml[^>]{0,400}>|</?o:p\s*/?>", re.IGNORECASE)
_HEAD_START = re.compile(r"<(?:html|head)\b[^>]*>", re.IGNORECASE)
_TAGS_OF_BODY = ("<body", "</head>", "<BODY", "</HEAD>")
_DOCUMENT_END = re.compile(r"(?:</body\s*>\s*)?</html\s*>", re.IGNORECASE)
# A link that counts the clicks in a signature, as trackers and advertisements have it.
_LINK_OF_SIGNATURE = re.compile(r"^https?:[^\s<>]+[?&]utm_(?:medium|campaign)=[\w-]{0,24}sig[\w-]*")
_LONGEST_LINK = 200
_GARBAGE_KEYWORDS = ("<![", "<?", "o:p", "O:P")  # no program mixes upper and lower case
# Shared, because making a parser takes a fifth of the time of parsing a mail.
_PARSER = etree.HTMLParser(
    encoding="utf-8",
    no_network=True,
    remove_comments=True,
    remove_pis=True,
    collect_ids=False,
)


def html_text(html: str, *, mark_quotes: bool = True) -> str:
    """Return the text of an HTML body: one line per block, quoted lines with "> " in front.

    Scripts, styles, signature elements and what a reader can't see are left out; list items start
    with "- " or their number. Never raises: text that is not HTML is returned as it is.

    mark_quotes: False replaces each quote with a single ">", which is much faster.
    """
    root = _parse(html[:LONGEST_HTML])
    if root is None:
        return ""
    variables = declared_in(html.lower()) if "var(" in html or "VAR(" in html else Variables()
    has_styles = "<style" in html or "<STYLE" in html
    sheet = _style_sheet(root, variables) if has_styles else None
    writer = _TextWriter(mark_quotes, sheet, variables)
    text = writer.write(root)
    if writer.hides_by_colour and not text.strip("> \n") and next(root.iter("img"), None) is None:
        # Some programs in dark mode send white text without its background.
        text = _TextWriter(mark_quotes, sheet, variables, ignore_colours=True).write(root)
    return remove_invisible(text)


def _style_sheet(root: etree._Element, variables: Variables) -> StyleSheet | None:
    shown = [it for it in root.iter("style") if is_shown_medium((it.get("media") or "").lower())]
    css = "\n".join("".join(style.itertext()) for style in shown)
    return parse_sheet(variables.put_in(css) if variables else css)


@lru_cache(maxsize=1)  # a mail without plain text is converted twice: own words and whole text
def _parse(html: str) -> etree._Element | None:
    html = html.replace("\0", "")
    if any(keyword in html for keyword in _GARBAGE_KEYWORDS):
        html = _WORD_GARBAGE.sub(" ", html)
    end = max(html.find("</html"), html.find("</HTML"))
    if end >= 0 and "<" in html[end + 1 :]:
        # A mail of several documents, or with one in a quote: the parser stops where one ends.
        # Text without tags below the last one was added on the way.
        html = _DOCUMENT_END.sub("<br>", html)
    html = close_quotes(html)
    if not any(tag in html for tag in _TAGS_OF_BODY):
        # The parser takes elements it does not know, below a style sheet, for a part of the head.
        html = f"<body>{_HEAD_START.sub('', html)}"
    try:
        return etree.fromstring(html.encode("utf-8", "replace"), _PARSER)
    except etree.LxmlError:
        return None


_Frame = tuple[etree._Element, str, bool, bool, bool, Look]
"""An element whose children are being written, its tag, whether it is a block, a quote, a
paragraph, and the look around it. A plain tuple for speed, because a mail has hundreds of them."""


class _TextWriter:
    """Collect the lines of text of a tree, without recursion."""

    def __init__(
        self,
        mark_quotes: bool,
        sheet: StyleSheet | None,
        variables: Variables,
        ignore_colours: bool = False,
    ) -> None:
        self._mark_quotes = mark_quotes
        self._sheet = sheet
        self._variables = variables
        self._ignores_colours = ignore_colours
        self.hides_by_colour = False
        has_unread_colours = sheet is not None and sheet.has_unread_colours
        self._look = make_look(background=None) if has_unread_colours else PLAIN_LOOK
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quote_depth = 0
        self._item_counts: list[int | None] = []  # per open list; None for a bullet list
        self._needs_blank_line = False
        self._is_rest_quoted = False
        self._signature: tuple[etree._Element, int] | None = None  # and its first line

    def write(self, root: etree._Element) -> str:
        stack: list[etree._Element | _Frame] = [root]
        while stack and (self._mark_quotes or not self._is_rest_quoted):
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
                self._add_text(element.tail, after_block=element.tag in _BLOCKS)
        self._end_line()
        return "\n".join(self._lines).strip("\n")

    def _enter(self, element: etree._Element) -> _Frame | None:
        """Write the text before the first child; return None if the element is left out."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _INVISIBLE:
            return None
        is_block = tag in _BLOCKS
        names = style = ""
        keys = element.keys()
        if keys:
            names = element_names(element)
            style = (element.get("style") or "").lower()
            if "var(" in style:
                style = self._variables.put_in(style)
        look: Look | None = self._look
        if keys or self._sheet is not None or tag in TAGS_WITH_LOOK:
            look = element_look(self._look, element, names, style, self._sheet)
        role: Role = ""
        if look is not None and (names or style or tag in TAGS_WITH_ROLE):
            role = element_role(element, names, style)
        if look is None or role == "attribution" or (role == "signature" and self._signature):
            if is_block:
                self._end_line()
            return None
        if role == "signature":
            self._end_line()
            self._signature, role = (element, len(self._lines)), ""
        if role == "quote" and not self._mark_quotes:
            self._end_line()
            self._lines.append(">")
            return None
        is_paragraph = tag in _PARAGRAPHS and not _has_no_margin(tag, names, style)
        if tag == "br":
            self._end_line(keep_empty=True)
        elif tag == "img" and keys and _EMOJI.fullmatch(element.get("alt") or ""):
            self._line.append(element.get("alt") or "")  # as Gmail and Outlook on the web send it
        elif tag == "hr":
            self._end_line()
            self._lines.append(self._prefix() + _RULER)
        elif tag in ("td", "th") and self._line:
            self._line.append(" ")
        if is_block or role == "quote":
            self._end_line()
            self._needs_blank_line = self._needs_blank_line or is_paragraph
        if role == "rest" and not (self._is_rest_quoted or self._quote_depth):
            self._end_line()
            self._is_rest_quoted = True
        self._quote_depth += role == "quote"
        look_around, self._look = self._look, look
        if tag in ("ol", "ul"):
            self._item_counts.append(_number(element, "start", 1) - 1 if tag == "ol" else None)
        elif tag == "li":
            self._line.append(self._bullet(element))
        elif tag == "q":
            self._line.append('"')
        if element.text:
            self._add_text(element.text.removeprefix("\n") if tag == "pre" else element.text)
        return element, tag, is_block, role == "quote", is_paragraph, look_around

    def _leave(self, frame: _Frame) -> None:
        _, tag, is_block, is_quote, is_paragraph, look_around = frame
        if is_block or is_quote:
            self._end_line()
        self._look = look_around
        if tag == "q":
            self._line.append('"')
        elif tag == "a" and not self._mark_quotes:
            link = (frame[0].get("href") or "")[:_LONGEST_LINK]
            if _LINK_OF_SIGNATURE.search(link):
                self._line.append(f" <{link}>")  # evidence of an advertisement
        if self._signature is not None and self._signature[0] is frame[0]:
            self._end_line()
            start, self._signature = self._signature[1], None
            self._lines[start:] = self._own_lines_in_signature(start)
        self._quote_depth -= is_quote
        if tag in ("ol", "ul"):
            self._item_counts.pop()
        self._needs_blank_line = self._needs_blank_line or is_paragraph

    def _own_lines_in_signature(self, start: int) -> list[str]:
        """Return the closing in a signature element, or all of it if the whole mail is in it."""
        lines = self._lines[start:]
        first = next((index for index, line in enumerate(lines) if line.strip()), 0)
        if not lines or self._quote_depth or self._is_rest_quoted:
            return []
        if is_closing(lines[first]):
            return lines[: closing_end(lines, first + 1, len(lines))]
        if not _opens_mail(lines, first):
            return []
        if not any(line.strip(_UNSEEN) for line in self._lines[:start]):
            return lines
        closing = next((index for index, line in enumerate(lines) if is_closing(line)), None)
        return [] if closing is None else lines[: closing_end(lines, closing + 1, len(lines))]

    def _bullet(self, item: etree._Element) -> str:
        count = self._item_counts[-1] if self._item_counts else None
        if count is None:
            return "- "
        number = _number(item, "value", count + 1)
        self._item_counts[-1] = number
        return f"{number}. "

    def _prefix(self) -> str:
        depth = self._quote_depth + self._is_rest_quoted
        return ">" * min(depth, _MAX_QUOTE_DEPTH) + " " * bool(depth)

    def _add_text(self, text: str, after_block: bool = False) -> None:
        look = self._look
        if look.is_plain:
            self._line.append(text)
            return
        if not look.is_readable or not (look.has_contrast or self._ignores_colours):
            self.hides_by_colour = self.hides_by_colour or look.is_readable
            return
        if look.symbols:
            text = symbols_text(text)
        if not look.white_space:
            self._line.append(text)
            return
        if after_block and text.isspace() and not self._line:
            return  # the indentation of the HTML itself
        first, *others = text.split("\n")
        self._line.append(first)
        for line in others:
            self._end_line(keep_empty=True)
            self._line.append(line)

    def _end_line(self, keep_empty: bool = False) -> None:
        """End the current line. An empty one is kept only for <br> or a non-breaking space."""
        if not (self._line or keep_empty):
            return
        joined = "".join(self._line)
        is_preserved = self._look.white_space == "pre"
        text = joined.rstrip() if is_preserved else " ".join(joined.split())
        self._line.clear()
        if text and text != "-":
            if self._needs_blank_line and self._lines and self._lines[-1].strip("> "):
                self._lines.append(self._prefix().rstrip())
            self._needs_blank_line = False
            self._lines.append(self._prefix() + text)
        elif keep_empty or "\u00a0" in joined:
            self._needs_blank_line = False
            self._lines.append(self._prefix().rstrip())


def _opens_mail(lines: list[str], first: int) -> bool:
    """Return whether a line starts a mail rather than a signature: a sentence, or one is below it.

    "Hello Ada," and "Sam Hill," end alike, but only a mail goes on with a sentence.
    """
    if is_sentence(text := lines[first].strip()):
        return True
    below = next((line.strip() for line in lines[first + 1 :] if line.strip()), "")
    return text.endswith(_GREETING_ENDS) and is_sentence(below)


def _number(element: etree._Element, attribute: str, otherwise: int) -> int:
    """Return the number that an attribute of a list or its item gives."""
    value = element.get(attribute) if element.keys() else None
    return int(value) if value and _NUMBER.fullmatch(value) else otherwise


def _has_no_margin(tag: str, names: str, style: str) -> bool:
    """Return whether a paragraph is shown without a blank line around it, as Word's are."""
    return tag == "p" and ("mso" in names or ("margin" in style and bool(_NO_MARGIN.search(style))))
