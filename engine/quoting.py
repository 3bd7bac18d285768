"""Make other people's text safe to stand in a prompt.

Such text may try to end its frame, to open another part of the prompt or a turn of the chat, to
crowd out the rest by its length, or to hide from its reader. What a reader sees stays, apart from
rules, the tokens of chat templates and the ends of long links.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from engine.mail.message.unseen import remove_invisible
from engine.words import words

_LONGEST_NAME = 64  # characters
_LINE_START = 160  # characters in which a heading is looked for
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

# A line of dashes or the like, with which prompts and programs frame a text; also before words.
_RULE_SIGNS = "-‐‑‒–—―−⎯─━═⸺⸻﹘﹣－_‗＿=＝*＊#＃~～+`"
_RULE = re.compile(rf"\s*(?:[{re.escape(_RULE_SIGNS)}][ \t]*){{3,}}")
_LEADING_RULE = re.compile(rf"\s*[{re.escape(_RULE_SIGNS)}]{{3,}}")

_ROLES = "system|user|assistant|human|instructions?|prompt|developer|tools?|function"
_TEMPLATE_TOKEN = re.compile(
    r"[<＜]\s?[|｜][^<>＜＞\n]{0,60}[|｜]\s?[>＞]"
    r"|</?(?:s|bos|eos|sop|eop|pad|unk|mask|im_start|im_end|start_of_turn|end_of_turn|endoftext"
    rf"|think|(?:{_ROLES})\b[^<>\n]{{0,60}})/?>"
    r"|<<\s?/?\s?SYS\s?>>"
    r"|\[\s?/?\s?(?:g?MASK|INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_(?:CALLS|RESULTS|CONTENT))\s?\]",
    re.IGNORECASE,
)
_HALF_TOKEN = re.compile(r"[<＜]\s?[|｜]|[|｜]\s?[>＞]|<<(?=\s?/?\s?SYS)", re.IGNORECASE)

_LINK = re.compile(
    r"\b(https?://|ftp://|www\.)(?:[^\s/?#<>\"']{0,200}@)?([^\s/?#@<>\"']{1,253})([/?#]\S*)?",
    re.IGNORECASE,
)
_LONGEST_PATH = 40
_MAIL_LINK = re.compile(r"\b(mailto:[^\s?]{1,320})\?\S+", re.IGNORECASE)
_LINK_WITH_CONTENT = re.compile(r"\b((?:data|javascript|vbscript):)\S{12,}", re.IGNORECASE)
_LONG_RUN = re.compile(r"([!-~]{80})[!-~]{80,}")  # such as base64; not all scripts have spaces
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")

# Letters that look like these and that Unicode does not decompose into them.
_LOOKALIKES = {
    ord(letter): latin
    for latin, letters in {
        "a": "АаᎪΑαɑᴀ",
        "b": "ВΒᏴ",
        "c": "СсϹϲᴄ",
        "d": "ԁɗᴅ",
        "e": "ЕеΕεҽᴇ",
        "g": "ɡԍɢ",
        "h": "НнΗһʜ",
        "i": "ІіΙιıɩɪӀӏ",
        "j": "Јјᴊ",
        "k": "КкΚκᴋ",
        "l": "ʟ",
        "m": "МмΜᴍ",
        "n": "Νηпɴ",
        "o": "ОоΟοօᴏ",
        "p": "РрΡρᴘ",
        "q": "ԛ",
        "r": "гʀᏒ",
        "s": "ЅѕꜱᏚ",
        "t": "ТтΤτᴛ",
        "u": "υսᴜ",
        "v": "ѵνᴠ",
        "w": "ԜԝᴡѡШш",
        "x": "ХхΧχ",
        "y": "УуΥүγʏ",
        "z": "Ζᴢ",
        ":": "∶ː˸꞉։׃፡⁚",
        "'": "’‘ʼ´`",
    }.items()
    for letter in letters
}
_SKELETON = str.maketrans("l10$5@43", "iiossaae")


def quoted(text: str) -> str:
    """Return a mail's text as it may stand in a prompt. Idempotent; takes linear time.

    It has no rules and no tokens of chat templates, nothing that a reader does not see, and at most
    one blank line in a row; a line that starts like a heading of a prompt or a turn of a chat loses
    its colon. Long links are cut after their host, and runs without spaces after 80 characters.
    """
    text = _CONTROL.sub("", remove_invisible("\n".join(text.splitlines())))
    text = _HALF_TOKEN.sub(" ", _TEMPLATE_TOKEN.sub(" ", text))
    text = _LINK_WITH_CONTENT.sub(r"\1…", _MAIL_LINK.sub(r"\1", _LINK.sub(_short_link, text)))
    text = _LONG_RUN.sub(r"\1…", text)
    lines = [_plain_line(line) for line in text.split("\n") if not _RULE.fullmatch(line)]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def quoted_name(name: str) -> str:
    """Return a name or address as it may stand in a prompt: a short single line."""
    name = " ".join(quoted(name).split())
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME].rstrip()}…"


def _short_link(link: re.Match[str]) -> str:
    path = link[3] or ""
    return link[1] + link[2] + ("/…" if len(path) > _LONGEST_PATH else path)


def _plain_line(line: str) -> str:
    """Return a line without a rule at its start, and without the colon of a heading."""
    line = line.rstrip()
    if _LEADING_RULE.match(line):
        line = line.strip(f" \t{_RULE_SIGNS}")
    letters, places = _skeleton(line)
    if ":" not in letters:
        return line
    found = [_heading_at_start().match(letters, 0, _LINE_START)]
    # In the middle of a line only with a capital letter, as in the prompt.
    found += [
        match for match in _own_heading().finditer(letters) if line[places[match.start()]].isupper()
    ]
    kept, end = [], 0
    for start, after in sorted({match.span("colon") for match in found if match}):
        kept.append(line[end : places[start]])
        end = places[after - 1] + 1
        kept.append(" –" if line[end : end + 1] in ("", " ", "*") else " – ")
    return "".join([*kept, line[end:]])


@cache
def _heading_at_start() -> re.Pattern[str]:
    """The headings and roles of prompts at the start of a line, with a word before or behind."""
    # Some capital letters look like other letters than the small ones.
    forms = {form for it in words("prompts.headings") for form in (it, it.upper())}
    headings = "|".join(sorted({_skeleton(form)[0] for form in forms}))
    fields = "|".join(_skeleton(field)[0] for field in ("from", "to"))
    separator, word = r"(?:[^\w:]|_)", r"[^\W_]+"
    return re.compile(
        rf"[\W_]*(?:(?:{word}{separator}+)?(?:{headings})(?:{separator}+{word})?{separator}{{0,6}}?"
        rf"|(?:{fields}))(?P<colon>\s*:)"
    )


@cache
def _own_heading() -> re.Pattern[str]:
    """The headings of the user's turns (engine.prompt)."""
    own = "|".join(_skeleton(heading)[0] for heading in ("instruction", "change"))
    return re.compile(rf"(?<![^\W_])(?:{own})[^\w:]{{0,6}}?(?P<colon>\s*:)")


def _skeleton(line: str) -> tuple[str, range | list[int]]:
    """Return a line in lower case with one form of all letters that look alike, and their places.

    As in UTS 39, 4, but for the Latin letters alone.
    """
    if line.isascii():
        return line.lower().translate(_SKELETON), range(len(line))
    letters = [_skeleton_of(letter) for letter in line]
    places = [place for place, plain in enumerate(letters) for _ in plain]
    return "".join(letters), places


@lru_cache(maxsize=4096)
def _skeleton_of(letter: str) -> str:
    """Return the plain form of a letter; '' for a mark that combines with the one before it."""
    decomposed = unicodedata.normalize("NFKD", letter.translate(_LOOKALIKES))
    plain = "".join(part for part in decomposed if not unicodedata.combining(part))
    return plain.translate(_LOOKALIKES).lower().translate(_SKELETON)
