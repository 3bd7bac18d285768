"""Put an order first where an instruction begins otherwise: "kim asked for it, tell her yes"."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import alternatives
from engine.direct_speech.wording import beginnings

_SHORTEST, _LONGEST = 2, 20
"""Letters of a name that stand for it: "Em" for Emma."""


def with_order_first(text: str, brief: Brief) -> str:
    """Return an instruction with its order at the beginning, unchanged where there is none.

    What the reader did before, such as asking, is told, too.
    """
    words = brief.words
    name = name_pattern(brief)
    pronouns = alternatives(words.words("direct.objects"))
    whom = rf"(?:{name}|{pronouns}(?!\w))"
    begins = f"^{beginnings(words)}"
    form = alternatives(words.words("direct.forms"))
    knows = r"(?:(?:has|needs|wants|have|need|want|ought)\s+to|should|must)\s+know(?!\w)"
    owner = rf"(?:[\w.]+\s+){{0,2}}{alternatives(brief.addressee)}" if brief.addressee else "(?!)"
    yes = rf"{begins}say\s+(yes|no)\s+to\s+(?!{owner}'s)({whom})\s*[,:]?\s*"
    text = re.sub(yes, r"tell \2 \1, ", text, count=1, flags=re.IGNORECASE)
    if not re.match(rf"{begins}tell\s", text, re.IGNORECASE):
        wanted = rf"{begins}request(?=\s+(?:an?|the|my|our|some|more|another|two)\s)"
        text = re.sub(wanted, "ask for", text, count=1, flags=re.IGNORECASE)
        grief = r"((?:my|our)\s+(?:\w+\s+)?condolences)(?!\w)"
        text = re.sub(
            rf"{begins}(?:send|express|offer|give)\s+(?:({whom})\s*)?{grief}",
            lambda match: f"tell {(match[1] or '').strip()} that {match[2]}",
            text,
            count=1,
            flags=re.IGNORECASE,
        )
    for pattern in (
        rf"{begins}(?:drop|send|shoot|write|give)\s+({whom})\s*an?\s+(?:\w+\s)?{form}(?!\w)\s*",
        rf"{begins}(?:i\s+(?:need|want)|i'd\s+like)\s+({name})\s*to\s+"
        r"(?:know|hear\s+(?:it\s+)?from\s+me)(?!\w):?",
        rf"{begins}({name})\s*{knows}(?:(?=\s+that)|(?:\s+the\s+\w+)?:)",
        rf"{begins}turn\s+({name})\s*down:",
        rf"{begins}for\s+({name})\s*:",
    ):
        text = re.sub(pattern, r"tell \1 ", text, count=1, flags=re.IGNORECASE)
    ordered = rf"(?:please\s+)?(?:(?:tell|send)\s+({whom})\s*(?:that|this)?|let\s+({whom})\s*know)"
    last = re.search(rf"[,.;!?]\s*{ordered}(?:\s+\w+ly)?(?:[.!]*$|(?=,\s))", text, re.IGNORECASE)
    if last:
        text = f"tell {(last[1] or last[2]).strip()}: {text[: last.start()]}{text[last.end() :]}"
    did = words.pairs("direct.did")
    before = re.match(
        rf"({begins}|tell\s+{whom}:\s)({name})({alternatives(did)})(?!\w)", text, re.I
    )
    if before and (last or _has_order(text, before.end(), brief) or ":" in text):
        said = f"you {did[before[3].lower()]}{text[before.end() :]}"
        said = re.sub(rf", (?=(?:so )?{_order(brief)})", ". ", said)
        return f"tell {before[2].strip()}: {said}"
    return text


def name_pattern(brief: Brief) -> str:
    """Return a pattern for the name of the reader with its title, which matches none if unknown."""
    if not brief.addressee:
        return "(?!)"
    titles = alternatives(brief.words.words("names.titles"))
    name = alternatives(brief.addressee)
    owner = rf"(?:'s(?=\s+{name}(?!\w)))?"  # "Mrs Bell's lawyer".
    return rf"(?:{titles}\.?\s+)?(?:{name}{owner}(?!\w)\s*)+"


def called_pattern(brief: Brief) -> str:
    """Return a pattern for the reader's name or its beginning, for where a note is addressed."""
    short = {
        name[:size]
        for name in brief.addressee
        for size in range(_SHORTEST, min(len(name), _LONGEST))
    }
    return rf"(?:{name_pattern(brief)}|{alternatives(short)}(?!\w))"


def addressed(text: str, brief: Brief) -> tuple[str, str]:
    """Return whom notes are addressed to, and the rest: "bo: come at 3" -> "bo", "come at 3".

    '' and the whole text where they begin with no name of the reader.
    """
    head = re.match(rf"(?P<whom>{called_pattern(brief)})(?:[:,.]|\s?->?|\s?/)\s+", text, re.I)
    return (head["whom"], text[head.end() :]) if head else ("", text)


def _has_order(text: str, start: int, brief: Brief) -> bool:
    return re.search(rf"[,.:;]\s+(?:so\s+)?{_order(brief)}", text[start:], re.I) is not None


def _order(brief: Brief) -> str:
    keys = ("direct.tell", "direct.ask", "direct.thank", "direct.offer", "direct.suggest")
    return rf"(?i:{alternatives(brief.words.words(*keys))})(?!\w)"
