"""Make other people's text safe to stand in a prompt.

Such text may try to end its frame, to open another part of the prompt or a turn of the chat, to
crowd out the rest by its length, or to hide from its reader. What a reader sees stays, apart from
rules, the tokens of chat templates and the ends of long links.
"""

from __future__ import annotations

import re
from functools import cache

from engine.mail.message.unseen import remove_invisible
from engine.prompt.lookalikes import skeleton
from engine.words import words

_LONGEST_NAME = 64  # characters
_LINE_START = 160  # characters in which a heading is looked for
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

# A line of dashes or the like, with which prompts and programs frame a text; also before words.
_RULE_SIGNS = (
    "-‐‑‒–—―−⎯─━═⸺⸻⹀﹘﹣－_‗＿=＝*＊#＃~～+`‾¯ˉ˗⁃⁻₋∼〜〰…⋯•·⎺⎻⎼⎽﹉﹊﹋﹌﹍﹎﹏ーㅡ一\u2500-\u25ff"
)
_RULE_SIGN = f"[{_RULE_SIGNS.replace('-', chr(92) + '-', 1)}]"
_RULE = re.compile(rf"\s*(?:{_RULE_SIGN}[ \t]*){{3,}}")
_LEADING_RULE = re.compile(rf"\s*{_RULE_SIGN}{{3,}}")
_AROUND_RULE = re.compile(rf"^(?:[ \t]|{_RULE_SIGN})+|(?:[ \t]|{_RULE_SIGN})+$")

_CHAT_ROLES = ("system", "user", "assistant", "human")
_ROLES = "system|user|assistant|human|instructions?|prompt|developer|tools?|function"
_BAR = "[|｜¦ǀ∣│❘‖]"
_OPEN, _CLOSE = "[<＜‹⟨〈《]", "[>＞›⟩〉》]"
_TEMPLATE_TOKEN = re.compile(
    rf"{_OPEN}\s?{_BAR}[^<>＜＞\n]{{0,60}}{_BAR}\s?{_CLOSE}"
    r"|</?(?:s|bos|eos|eod|sop|eop|pad|unk|mask|sep|cls|im_start|im_end|start_of_turn|end_of_turn"
    rf"|endoftext|unused\d+|0x[0-9a-f]{{2}}|think|(?:{_ROLES})\b[^<>\n]{{0,60}})/?>"
    r"|(?:<<|«)\s?/?\s?SYS\s?(?:>>|»)"
    r"|[\[【]\s?/?\s?(?:g?MASK|INST|SYS|BOS|EOS|SEP|CLS|PAD|UNK|SYSTEM_PROMPT|AVAILABLE_TOOLS"
    r"|UNUSED_\w{1,30}|TOOL_(?:CALLS|RESULTS|CONTENT))\s?[\]】]",
    re.IGNORECASE,
)
# Such as <tool_call> and <extra_id_1>; in code it may be a name that a reader wrote.
_TAG_OF_TOKEN = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,30}(?:_[A-Za-z0-9]{1,30}){1,4})/?>")
_HALF_TOKEN = re.compile(
    rf"{_OPEN}\s?{_BAR}|{_BAR}\s?{_CLOSE}|<<(?=\s?/?\s?SYS)|(?<=SYS)\s?>>", re.IGNORECASE
)

_LINK = re.compile(
    r"\b(https?://|ftp://|www\.)(?:[^\s/?#<>\"']{0,200}@)?([^\s/?#@<>\"']{1,253})([/?#]\S*)?",
    re.IGNORECASE,
)
_LONGEST_PATH = 40
_MAIL_LINK = re.compile(r"\b(mailto:[^\s?]{1,320})\?\S+", re.IGNORECASE)
_LINK_WITH_CONTENT = re.compile(r"\b((?:data|javascript|vbscript):)\S{12,}", re.IGNORECASE)
_LONG_RUN = re.compile(r"([!-~]{80})[!-~]{80,}")  # such as base64; not all scripts have spaces
_SPACED = re.compile(
    r"[\W_]*(?P<letters>(?:[^\W\d_][^\w:]{1,2}){3,30}[^\W\d_])[^\w:]{0,3}?(?P<colon>\s*:)"
)
_ROLE = re.compile(  # the turns of a chat in one line
    rf"(?<![^\W_])(?P<role>{'|'.join(skeleton(role)[0] for role in _CHAT_ROLES)})"
    r"\W{0,2}?(?P<colon>\s*:)"
)
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def quoted(text: str) -> str:
    """Return a mail's text as it may stand in a prompt. Idempotent; takes linear time.

    It has no rules and no tokens of chat templates, nothing that a reader does not see, and at most
    one blank line in a row; a line that starts like a heading of a prompt or a turn of a chat loses
    its colon. Long links are cut after their host, and runs without spaces after 80 characters.
    """
    text = _CONTROL.sub("", remove_invisible("\n".join(text.splitlines())))
    text = _TAG_OF_TOKEN.sub(r" \1 ", _HALF_TOKEN.sub(" ", _TEMPLATE_TOKEN.sub(" ", text)))
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
        line = _AROUND_RULE.sub("", line)
    letters, places = skeleton(line)
    if ":" not in letters:
        return line
    found = [_heading_at_start().match(letters, 0, _LINE_START), _spaced_heading(letters)]
    # In the middle of a line only with a capital letter, as in the prompt.
    found += [
        match for match in _own_heading().finditer(letters) if line[places[match.start()]].isupper()
    ]
    found += [match for match in _ROLE.finditer(letters) if _is_upper(line, places, match)]
    kept, end = [], 0
    for start, after in sorted({match.span("colon") for match in found if match}):
        kept.append(line[end : places[start]])
        end = places[after - 1] + 1
        kept.append(" –" if line[end : end + 1] in ("", " ", "*") else " – ")
    return "".join([*kept, line[end:]])


def _is_upper(line: str, places: range | list[int], found: re.Match[str]) -> bool:
    return line[places[found.start()] : places[found.end("role") - 1] + 1].isupper()


def _spaced_heading(letters: str) -> re.Match[str] | None:
    """Return the heading at the start of a line whose letters have spaces or dots between them."""
    found = _SPACED.match(letters, 0, _LINE_START)
    if found is None:
        return None
    joined = re.sub(r"[\W_]+", "", found["letters"])
    return found if _heading_at_start().match(f"{joined}:") else None


@cache
def _heading_at_start() -> re.Pattern[str]:
    """The headings and roles of prompts at the start of a line, with a word before or behind."""
    # Some capital letters look like other letters than the small ones.
    forms = {form for it in words("prompts.headings") for form in (it, it.upper())}
    headings = "|".join(sorted({skeleton(form)[0] for form in forms}))
    fields = "|".join(skeleton(field)[0] for field in ("from", "to"))
    separator, word = r"(?:[^\w:]|_)", r"[^\W_]+"
    return re.compile(
        rf"[\W_]*(?:(?:{word}{separator}+)?(?:{headings})(?:{separator}+{word})?{separator}{{0,6}}?"
        rf"|(?:{fields}))(?P<colon>\s*:)"
    )


@cache
def _own_heading() -> re.Pattern[str]:
    """The headings of the user's turns (engine.prompt.prompt)."""
    own = "|".join(skeleton(heading)[0] for heading in ("instruction", "change"))
    # Also behind a line end that is written out.
    before = r"(?:(?<![^\W_])|(?<=\\n))"
    return re.compile(rf"{before}(?:{own})[^\w:]{{0,6}}?(?P<colon>\s*:)")
