"""Recognise lines that a mail program adds: "Sent from my …", "Get Outlook for iOS"."""

from __future__ import annotations

import re

from engine.mail.own_words.keywords import contains_any, keywords
from engine.words import pattern_of, words

_LONGEST_LINE, _MAX_WORDS = 300, 22
_PRODUCT_WITHIN = 80  # characters of the line's beginning that name the program or device
_NO_SENTENCE = (
    r"(?!(?:i|you|we|do|does|is|are|if|the|my|use|using|please|with|on|in|ich|wir|je|yo|io) )"
)
_MAIL_APP = (
    r"(?:\b(?:e-?mail|mail|e-?post\w{0,2}|courrier|correo|correio|posta|poczt\w|pošt\w|почт\w|пошт\w"
    r"|levelez\w+|sähköpost\w+|αλληλογραφία)\b|メール|메일|邮件|郵件|דואר|البريد)"
)
# Advertisements of Outlook and of Windows' mail program, in any language.
_OUTLOOK = (
    rf"{_NO_SENTENCE}(?:(?:[^\s.?!,]+ ){{0,3}}outlook(?: \w{{2,7}}){{1,2}} (?:ios|android|mac)"
    r"|(?:[^\s.?!,]+ )?outlook(?: \w{2,7}){1,2} (?:ios|android|mac)"
    r"(?: [^\s.?!,]+| [^a-z.?!,]{2,30})?"
    r"|(?:[^\s.?!,]+ ){1,2}\W?outlook\b[^.?!\w]{0,4}(?:\w{2,7}[^.?!\w]{1,3})?"
    r"(?:ios|android)(?:\w{1,4}|-\w+|“))"
    r"|[^.?!,]{0,12}(?:ios|android)[^.?!,\w]{0,2}[^.?!,a-z]{0,8}outlook[^.?!,a-z]{0,12}"
    r"|(?:az? )?(?:ios|android|mac)\s?\w{0,6} outlook\b[^.?!,]{0,20}"
    rf"|{_NO_SENTENCE}[^.?!,;]{{1,40}}{_MAIL_APP}[^.?!,;\d]{{1,20}}"
    r"windows(?: 1\d)?[^.?!,;a-z]{0,10}"
    rf"|[^.?!,;]{{0,12}}\bwindows(?: 1\d)?[^.?!,;\d]{{0,12}}{_MAIL_APP}[^.?!,;]{{1,20}}"
)
_DEVICE = re.compile(
    rf"^[\s*_\[(<“\"-]*(?:{pattern_of('device_lines.patterns')}|{_OUTLOOK})"
    r"(?:\s*<\s*[^<>]{0,200}>?|\s*\[[^\[\]]{0,200}\]?)?[\s.。*_)\]>”\"-]*$",
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    rf"\b(?:{pattern_of('device_lines.my')}\b|(?:{pattern_of('device_lines.products')}|{pattern_of('device_lines.brands')}))"
    rf"|{pattern_of('device_lines.my_unspaced')}",
    re.IGNORECASE,
)
# "Skickat med Proton Mail säker e-post": a participle, no verb, and a name that means nothing else.
_SENT_WITH = re.compile(
    rf"^\W*(?:(?:e-?)?mail )?{pattern_of('device_lines.sent')}"
    r"(?!\w| (?:hab|hat\b|wird|wurd|werd|ist\b|sind\b))"
    r"(?:[^.?!;,]|\.(?=\w)){1,70}\W*$",
    re.IGNORECASE,
)
# In scripts without spaces, a name may follow a word: "发自我的iPhone".
_BRAND = re.compile(
    rf"(?<![^\W\u3040-\u9fff\uac00-\ud7af]){pattern_of('device_lines.brands')}", re.IGNORECASE
)
_MAX_SENT_WORDS = 10
_NAMED_PRODUCT = re.compile(
    rf"\b(?:{pattern_of('device_lines.products')}|{pattern_of('device_lines.brands')})",
    re.IGNORECASE,
)

# A link to the program's page, in brackets or as Markdown: "[Mail](https://mail.example)".
_LINK = re.compile(r"\(\s?https?:[^()]{0,200}\)|(?<=\S) https?://\S{1,200}$|[\[\]](?!<)")
# Within a line, as the plain text of an HTML mail has it: "Sent from Mail<https://…> for Windows".
_INLINE_LINK = re.compile(r"\s?<\s?(?:https?:|www\.)[^<>]{0,250}>(?:\s?\|\s?www\.\S{1,60}$)?")
_LINKED = re.compile(rf"{_NO_SENTENCE}[^.?!,;:]{{4,70}}[.!]?", re.IGNORECASE)
_PROGRAM_HOST = re.compile(
    r"^(?:aka\.ms|go\.microsoft\.com|(?:play|apps)\.\w+\.com|itunes\.|[\w.-]*onelink\.me"
    r"|[\w.-]*(?:outlook|mail|yahoo|aol)[\w.-]*\.\w+)"
)
_MAX_LINKED_WORDS = 9

EXCUSE = re.compile(rf"\b{pattern_of('device_lines.excuses')}\b", re.IGNORECASE)
"""A word of an excuse for typing errors, in any language."""
_MAX_EXCUSE_WORDS = 9
_BETWEEN_CLAUSES = re.compile(r"\s*[,;.!:]\s+|\s+[-–—]+\s+")

_KEYWORDS = keywords((*words("device_lines.hints"), *words("device_lines.sent")))


def may_contain_device_line(lowered: str) -> bool:
    """Return whether a text in lower case can contain a device line: a quick check."""
    return contains_any(lowered, _KEYWORDS)


def is_device_line(line: str) -> bool:
    """Return whether a mail program wrote a line: "Sent from my …", "Get Outlook for iOS"."""
    text = line.strip()
    if len(text) > _LONGEST_LINE or len(text.split()) > _MAX_WORDS:
        return False
    bare = _INLINE_LINK.sub("", text) if "<" in text else text
    if not may_contain_device_line(bare.lower()):
        return False
    bare = _LINK.sub("", bare).strip() if "http" in bare else bare
    return (
        _names_program(bare)
        or (bare != text and _is_linked_program(text, bare))
        or _has_excuse_beside(bare)
    )


def _has_excuse_beside(text: str) -> bool:
    """Return whether a line is of a program and of an excuse: "Sent by phone, pardon the typos"."""
    if not EXCUSE.search(text):
        return False
    for between in _BETWEEN_CLAUSES.finditer(text):
        clauses = text[: between.start()], text[between.end() :]
        for sent, excuse in (clauses, clauses[::-1]):
            is_excuse = len(excuse.split()) <= _MAX_EXCUSE_WORDS and EXCUSE.search(excuse)
            if is_excuse and not EXCUSE.search(sent) and _names_program(sent):
                return True
    return False


def _is_linked_program(text: str, bare: str) -> bool:
    """Return whether a few words link to a program's page: "Sent with Spike<https://spike…>"."""
    name, _, rest = text.partition("<")
    program = name.split()[-1:]
    host = rest.split("://")[-1].partition("/")[0].lower()
    is_program_page = bool(_PROGRAM_HOST.search(host)) and bool(_PRODUCT.search(bare))
    is_named_after = bool(program) and len(program[0]) > 3 and program[0].lower() in host
    return (
        len(bare.split()) <= _MAX_LINKED_WORDS
        and bool(_LINKED.fullmatch(bare))
        and (is_program_page or (is_named_after and bool(_DEVICE.match(bare))))
    )


def names_model(line: str) -> bool:
    """Return whether a device line ends in a model, as only a program writes it: "… Galaxy S9"."""
    words = line.strip(" .").split()[-3:]
    return len(words) == 3 and all(
        word.isupper() or any(map(str.isdigit, word)) for word in words[1:]
    )


def _names_program(text: str) -> bool:
    named = text[:_PRODUCT_WITHIN]
    if text.endswith(".") and "," in text and not _NAMED_PRODUCT.search(named):
        return False  # "Sent from my village, the cheese comes tomorrow."
    if _DEVICE.match(text) and (_PRODUCT.search(named) or _BRAND.search(named)):
        return True
    is_short = len(text.split()) <= _MAX_SENT_WORDS
    return is_short and bool(_BRAND.search(named)) and bool(_SENT_WITH.match(text))
