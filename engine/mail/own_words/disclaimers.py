"""Detect legal and environmental disclaimers, which companies put under every mail.

In English by its set phrases; in other languages by what every such text speaks of: secrecy, the
one it is meant for, a mistake, who may be told, and what is then to be done.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate, chain

from engine.mail.own_words.hints import hints, holds_any
from engine.mail.own_words.quoted_headers import is_ruler
from engine.words import words

# Asked for in lower case: that is several times as fast as IGNORECASE.
_ENGLISH = re.compile(
    r"(?:intended|meant|is) (?:only|solely|exclusively) for (?:the |use|its )"
    r"|intended for the (?:sole|exclusive) use|intended for the use of the"
    r"|intended (?:only |solely |exclusively )?for the (?:person|individual|recipient|addressee"
    r"|named)"
    r"|not (?:the|an) (?:intended|named|designated) (?:recipient|addressee)"
    r"|(?:received|receive|get) this (?:e-?mail|mail|message|communication|transmission|fax"
    r"|information|document|material)?\s?(?:message )?(?:in|by) (?:error|mistake)"
    r"|(?:may|and|is|are|be) (?:legally )?(?:confidential|privileged|proprietary)[,/ ]"
    r"(?:and|or|/|,|information|material)"
    r"|(?:contains?|containing) (?:information (?:that|which) (?:is"
    r"|may be) )?(?:\w+ )?(?:confidential"
    r"|privileged|proprietary) (?:and|or|/|information|material)"
    r"|(?:privileged|confidential)[/,] ?(?:and )?(?:confidential|privileged) information"
    r"|are not the addressee|may not (?:copy|use|disclose|forward)(?:,| or) "
    r"|unauthori[sz]ed (?:use|review|disclosure|distribution|copying|dissemination|access|person)"
    r"|(?:dissemination|distribution|disclosure|copying|reproduction)[^.]{0,60}(?:strictly "
    r"|expressly )?"
    r"prohibited|(?:swept|scanned|checked) (?:for|by)[^.]{0,40}virus|free (?:of"
    r"|from) (?:computer )?virus"
    r"|e-?mails?[^.]{0,40}(?:cannot|can not|not) be guaranteed|(?:notify|contact) (?:the|us"
    r"|me)?\s?"
    r"(?:sender )?(?:immediately|at once)|delete (?:this|the) (?:e-?mail|message|material"
    r"|communication)"
    r"|views?(?: and opinions?| or opinions?)?[^.]{0,60}(?:those of the (?:author|individual"
    r"|sender)"
    r"|not necessarily)"
)
_TOPICS = tuple(
    words(f"disclaimers.{topic}")
    for topic in (
        "secrecy",
        "mistake",
        "spreading",
        "meant_for",
        "to_do",
        "forbidding",
        "only_for",
    )
)
_ENOUGH = 3  # topics in one paragraph
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]")  # words run together


def _topic(stems: Sequence[str]) -> re.Pattern[str]:
    """Return an expression for any of the stems, at the start of a word where words are spaced."""
    joined = [stem for stem in stems if _UNSPACED.search(stem)]
    spaced = [stem for stem in stems if stem not in joined]
    return re.compile("|".join([rf"\b(?:{'|'.join(spaced)})", *joined]))


_TOPIC_PATTERNS = tuple(map(_topic, _TOPICS))
_ENGLISH_SIGNS = [
    "propri",
    "inten",
    "virus",
    "unauth",
    "prohib",
    "opinion",
    "disclaim",
    "notice",
    "guarant",
]
_FOREST_SIGNS = ("print", "imprim", "druck", "stampa")
# Of the lines that laws have companies put under their mail: where they are registered, who leads.
_REGISTERED = re.compile(
    r"\bregistergericht\b|\bamtsgericht \w|\bhr[ab] ?\d{3}|sitz der gesellschaft"
    r"|\bgeschäftsführ\w{1,6}\s?:|\baufsichtsrats?\b|\bvorstand\s?:|\bust-?id"
    r"|\bregistered (?:office|in \w|n|company)|\bcompany (?:registration )?(?:no|number|reg)\b"
    r"|\bvat (?:no|reg|number)|\bsire[nt]\b|\br\.?c\.?s\.? [a-z]|\bcapital (?:social )?de\b"
    r"|\bp\. ?iva\b|\bcap\. ?soc|\bkvk\b|\bcvr\b"
)
_REGISTERED_SIGNS = (
    "registergericht", "amtsgericht", "sitz der", "aufsichtsrat", "geschäftsführ", "registered o",
    "registered i", "registered n", "registered c", "company n", "company reg", "siret", "siren",
    "rcs", "r.c.s", "p.iva", "p. iva", "kvk", "cvr",
)  # fmt: skip
# The topics of which at least one is in every disclaimer in a language other than English.
_HINTED_TOPICS = (*_TOPICS[:3], words("disclaimers.forbidding"))
_SIGNS = hints(chain(*_HINTED_TOPICS, _ENGLISH_SIGNS, _FOREST_SIGNS, _REGISTERED_SIGNS))
_HEADING = re.compile(
    r"^[\s*_<>=-]*(?:(?:legal |confidentiality |privacy |important |internet |e-?mail )*"
    r"(?:notice|disclaimer|caution|warning|footer)|confidentiality (?:note|statement)|confidential"
    r"|haftungsausschluss|avis(?: de confidentialité)?|aviso(?: legal)?|avviso|avvertenza)"
    r"\b[^a-z]*(?::.*)?$",
    re.IGNORECASE,
)
# One sentence of it is enough: nobody else writes to whom a mail was not meant for.
_ASTRAY = re.compile(
    r"if you (?:have |are )?receiv\w+ this (?:e-?mail|mail|message|communication|transmission)"
    r" (?:in error|by mistake|erroneously)"
    r"|(?:sollten|falls|wenn) sie diese .{0,40}(?:irrtümlich|fälschlich)"
    r"|si vous (?:avez reçu|recevez) cet? .{0,30}par (?:erreur|inadvert)"
    r"|si (?:usted |ud\. )?(?:ha recibido|recibe|recibió) este .{0,30}por error"
    r"|(?:se|caso) .{0,25}receb\w+ es[ts][ae] .{0,30}(?:por engano|por erro|indevidamente)"
    r"|(?:se|qualora) .{0,30}ricevuto .{0,30}per errore"
    r"|(?:als|indien|mocht) u (?:dit|deze) .{0,50}(?:ten onrechte|per abuis|abusievelijk)"
)
_FOREST = re.compile(
    r"(?=.*(?:environ|umwelt|ambiente|milieu|miljö|miljø|środowisk|životní prostředí|környezet"
    r"|окружающ|природ|çevre|before (?:you )?print"
    r"|(?:think|consider|don[’']t|do not) .{0,30}print.{0,12} this (?:e-?mail|mail|message)"
    r"|print this (?:e-?mail|mail|message) unless))"
    r"(?=.*(?:print|imprim|druck|stampa|skriver ut|udskriv|drukow|tisk|nyomtat|печат|yazdır"
    r"|çıktı))"
)
_LONGEST = 14  # lines of a paragraph
_ABOUT = re.compile(
    r"mail|mess|information|nachricht|bericht|wiadomo|сообщ|邮件|메일", re.IGNORECASE
)
_OPENING = 40  # letters of the first lines at least: what turns into one later began as own words
_LONGEST_PLEA = 200  # letters


def may_hold_disclaimer(lowered: str) -> bool:
    """Whether a disclaimer can stand in a text in lower case: a cheap look at all of it."""
    return holds_any(lowered, _SIGNS)


def opens_disclaimer(lines: Sequence[str], index: int) -> bool:
    """Whether the paragraph from line `index` on is one, or a heading over one."""
    paragraph: list[str] = []
    for line in lines[index : index + _LONGEST]:
        if paragraph and (not line.strip() or is_ruler(line)):
            break
        paragraph.append(line[:600].strip(" \t*>").lower())
    text = " ".join(paragraph)[:2000]
    opening = next((part for part in accumulate(paragraph) if len(part) >= _OPENING), text)
    if _names_registration(paragraph) or _ASTRAY.match(text):
        return True
    about = _ABOUT.search(opening) is not None
    if not may_hold_disclaimer(text if about else opening):
        return False
    if len({found.group()[:12] for found in _ENGLISH.finditer(text)}) >= 2:
        return True
    topics = sum(pattern.search(text) is not None for pattern in _TOPIC_PATTERNS)
    if topics >= _ENOUGH or (len(text) <= _LONGEST_PLEA and _FOREST.match(text)):
        return True
    return bool(_HEADING.match(lines[index][:400].strip())) and bool(
        _ENGLISH.search(
            " ".join(line[:600] for line in lines[index : index + _LONGEST])[:3000].lower()
        )
    )


def _names_registration(paragraph: Sequence[str]) -> bool:
    """Whether it opens with where a company is registered and who leads it; it is no sentence."""
    first = paragraph[0].rstrip()
    if first.endswith((".", "!", "?")) or not _REGISTERED.search(first):
        return False
    told = {found.group()[:12] for line in paragraph for found in _REGISTERED.finditer(line)}
    return len(told) >= 2
