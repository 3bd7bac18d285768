"""Detect legal and environmental disclaimers, which companies put below every mail.

In English they are detected by set phrases; in other languages by the topics of such texts:
secrecy, the intended recipient, a delivery by mistake, passing it on, and what to do then.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate, chain

from engine.mail.own_words.keywords import contains_any, keywords
from engine.mail.own_words.program_blocks import MAIL_NOUN
from engine.mail.own_words.separators import is_ruler
from engine.words import pattern_of, words

# Searched in lower case, which is several times faster than IGNORECASE.
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
    r"|not necessarily)|(?:accepts? no|(?:do|does) not accept(?: any)?) "
    r"(?:liability|responsibility|obligation)|scan (?:any |all |the )?attachments"
    r"|(?:sent|came|delivered|reached) (?:to )?(?:you )?(?:in error|by mistake)"
    r"|(?:forms?|constitutes?|creates?) (?:a |an |any |no )?"
    r"(?:contract|agreement|offer|legal|binding)"
)
# "Any opinions are my own and not those of my employer": one sentence is enough.
_OPINIONS = re.compile(
    r"(?:\W{0,4}(?:any|all|the|these|my) )?(?:views?|opinions?|statements?|comments)\b[^.]{0,60}"
    r"\b(?:my own|mine|personal|the author['’]?s?|the sender['’]?s?|those of)\b[^.]{0,60}\bnot\b"
    r"[^.]{0,60}\b(?:employer|company|university|organi[sz]ation|institution|reflect|represent)"
    r"|(?:die |alle )?(?:hier )?(?:geäußerten? )?meinung\w* [^.]{0,60}nicht[^.]{0,60}arbeitgeber"
    r"|(?:les )?opinions? [^.]{0,60}n['’]engage\w* que"
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
_MIN_TOPICS = 3  # in one paragraph
_MIN_ENGLISH_PHRASES = 2  # different ones in one paragraph
_MIN_REGISTRATION_FACTS, _MANY_REGISTRATION_FACTS = 2, 3
_SPEAKS = re.compile(
    r"\b(?:i|we|you|our|my|ich|wir|sie|ihr|nous|vous|yo|io|noi|is|are|was|has|ist|sind|hat|est|es)\b|\?"
)
# Thai, Japanese, Chinese and Korean, written without spaces between words.
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]")


def _topic_pattern(stems: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern for any of the stems, at a word boundary in scripts with spaces."""
    unspaced = [stem for stem in stems if _UNSPACED.search(stem)]
    spaced = [stem for stem in stems if stem not in unspaced]
    return re.compile("|".join([rf"\b(?:{'|'.join(spaced)})", *unspaced]))


_TOPIC_PATTERNS = tuple(map(_topic_pattern, _TOPICS))
_ENGLISH_KEYWORDS = [
    "propri",
    "inten",
    "virus",
    "unauth",
    "prohib",
    "opinion",
    "disclaim",
    "meinung",
    "liability",
    "notice",
    "guarant",
]
_ENVIRONMENT_KEYWORDS = ("print", "imprim", "druck", "stampa", "druk", "tisk", "nyomtat", "печат")
# What companies must state by law: where they are registered, who manages them.
_REGISTRATION = re.compile(
    r"\bregistergericht\b|\bamtsgericht \w|\bhr[ab] ?\d{3}|sitz der gesellschaft"
    r"|\bgeschäftsführ\w{1,6}\s?:|\baufsichtsrats?\b|\bvorstand\s?:|\bust-?id"
    r"|\bregistered (?:office|in \w|n|company)|\bcompany (?:registration )?(?:no|number|reg)\b"
    r"|\bvat (?:no|reg|number)|\bsire[nt]\b|\br\.?c\.?s\.? [a-z]|\bcapital (?:social )?de\b"
    r"|\bp\. ?iva\b|\bcap\. ?soc|\bkvk\b|\bcvr\b"
)
# Each of these facts has one of them: a quick check.
_OF_REGISTRATION = keywords(
    (
        "gericht", "hra", "hrb", "sitz der", "geschäftsführ", "aufsichtsrat", "vorstand", "ust",
        "registered ", "company ", "vat ", "sire", "rcs", "r.c", "rc.", "capital ", "iva", "cap.",
        "kvk", "cvr",
    )
)  # fmt: skip
_REGISTRATION_KEYWORDS = (
    "registergericht", "amtsgericht", "sitz der", "aufsichtsrat", "geschäftsführ", "registered o",
    "registered i", "registered n", "registered c", "company n", "company reg", "siret", "siren",
    "rcs", "r.c.s", "p.iva", "p. iva", "kvk", "cvr",
)  # fmt: skip
# Every disclaimer in another language than English has at least one of these topics.
_COMMON_TOPICS = (*_TOPICS[:3], words("disclaimers.forbidding"))
_KEYWORDS = keywords(
    chain(*_COMMON_TOPICS, _ENGLISH_KEYWORDS, _ENVIRONMENT_KEYWORDS, _REGISTRATION_KEYWORDS)
)
_HEADING = re.compile(
    r"^[\s*_<>=-]*(?:(?:legal |confidentiality |privacy |important |internet |e-?mail )*"
    r"(?:notice|disclaimer|caution|warning|footer)|confidentiality (?:note|statement)|confidential"
    r"|haftungsausschluss|avis(?: de confidentialité)?|aviso(?: legal)?|avviso|avvertenza)"
    r"(?![a-z])[^a-z]*(?::.*)?$",
    re.IGNORECASE,
)
_NAMED_DISCLAIMER = re.compile(
    r"^[\s*_<>=-]*(?:legal |e-?mail )*(?:disclaimer|haftungsausschluss|aviso legal"
    r"|confidentiality note)(?![a-z])[*_ ]*:",
    re.IGNORECASE,
)
_BARE_HEADING = re.compile(r"^[\s*_<=-]*(?:disclaimer|haftungsausschluss)\W*$", re.IGNORECASE)
# This sentence alone is enough: nobody else addresses unintended recipients.
_UNINTENDED_RECIPIENT = re.compile(
    r"if you (?:have |are )?receiv\w+ this (?:e-?mail|mail|message|communication|transmission)"
    r" (?:in error|by mistake|erroneously)"
    r"|(?:sollten|falls|wenn) sie diese .{0,40}(?:irrtümlich|fälschlich)"
    r"|si vous (?:avez reçu|recevez) cet? .{0,30}par (?:erreur|inadvert)"
    r"|si (?:usted |ud\. )?(?:ha recibido|recibe|recibió) este .{0,30}por error"
    r"|(?:se|caso) .{0,25}receb\w+ es[ts][ae] .{0,30}(?:por engano|por erro|indevidamente)"
    r"|(?:se|qualora) .{0,30}ricevuto .{0,30}per errore"
    r"|(?:als|indien|mocht) u (?:dit|deze) .{0,50}(?:ten onrechte|per abuis|abusievelijk)"
)
_ENVIRONMENT = re.compile(
    r"(?=.*(?:environ|umwelt|ambiente|milieu|miljö|miljø|środowisk|životní prostředí|környezet"
    r"|окружающ|природ|çevre"
    r"|before (?:you )?print\w{0,3}(?=\W*$| (?:this |the |an? |your )?(?:e-?mail|mail|message|out))"
    r"|(?:think|consider) .{0,30}print.{0,12} this (?:e-?mail|mail|message)"
    r"|(?:don[’']t|do not) print.{0,12} this (?:e-?mail|mail|message).{0,60}(?:necessary|need|tree)"
    r"|print this (?:e-?mail|mail|message) unless))"
    r"(?=.*(?:print|imprim|druck|stampa|skriver ut|udskriv|drukow|wydruk|afdruk|tisk|nyomtat"
    r"|печат|yazdır|çıktı))"
)
_ABOUT_MAIL = re.compile(rf"{MAIL_NOUN.pattern}|{pattern_of('disclaimers.about')}", re.IGNORECASE)
_LONGEST_PARAGRAPH = 14  # lines
_LONGEST_LINE, _LONGEST_TEXT, _LONGEST_WITH_HEADING = 600, 2000, 3000
_LONGEST_HEADING = 400
# Characters of the first lines, at least, that must show it already: a paragraph that becomes a
# disclaimer later started with own words.
_SHORTEST_START = 40
_LONGEST_ENVIRONMENT_NOTE = 200


def may_contain_disclaimer(lowered: str) -> bool:
    """Return whether a text in lower case can contain a disclaimer: a quick check."""
    return contains_any(lowered, _KEYWORDS)


def starts_disclaimer(lines: Sequence[str], index: int) -> bool:
    """Return whether a disclaimer, or a heading above one, starts at line `index`."""
    paragraph: list[str] = []
    for line in lines[index : index + _LONGEST_PARAGRAPH]:
        if paragraph and (not line.strip() or is_ruler(line)):
            break
        paragraph.append(line[:_LONGEST_LINE].strip(" \t*>").lower())
    text = " ".join(paragraph)[:_LONGEST_TEXT]
    start = next((part for part in accumulate(paragraph) if len(part) >= _SHORTEST_START), text)
    if (
        _starts_with_registration(paragraph)
        or _UNINTENDED_RECIPIENT.match(text)
        or _OPINIONS.match(text)
    ):
        return True
    if not may_contain_disclaimer(text if _ABOUT_MAIL.search(start) else start):
        return False
    phrases = {found.group()[:12] for found in _ENGLISH.finditer(text)}
    if len(phrases) >= _MIN_ENGLISH_PHRASES or (phrases and _REGISTRATION.search(text)):
        return True
    topics = sum(pattern.search(text) is not None for pattern in _TOPIC_PATTERNS)
    if topics >= _MIN_TOPICS:
        return True
    if len(text) <= _LONGEST_ENVIRONMENT_NOTE and _ENVIRONMENT.match(text):
        return True
    heading = lines[index][:_LONGEST_HEADING].strip()
    if not _HEADING.match(heading):
        return False
    if (_NAMED_DISCLAIMER.match(heading) or _BARE_HEADING.match(heading)) and _ABOUT_MAIL.search(
        text
    ):
        return True
    below = " ".join(line[:_LONGEST_LINE] for line in lines[index : index + _LONGEST_PARAGRAPH])
    return bool(_ENGLISH.search(below[:_LONGEST_WITH_HEADING].lower()))


def continues_disclaimer(text: str) -> bool:
    """Return whether a paragraph below a disclaimer or footer is one, too.

    One phrase or topic is enough there, as a disclaimer often has several paragraphs.
    """
    text = text.lower()
    return (
        bool(_ENGLISH.search(text))
        or bool(_ABOUT_MAIL.search(text[:_SHORTEST_START]))
        or bool(_REGISTRATION.search(text))
        or any(pattern.search(text) for pattern in _TOPIC_PATTERNS)
    )


def _starts_with_registration(paragraph: Sequence[str]) -> bool:
    """Return whether it starts with where a company is registered, and not with a sentence."""
    if not contains_any("\n".join(paragraph), _OF_REGISTRATION):
        return False
    first = paragraph[0].rstrip()
    is_labelled = first.startswith(
        ("registered office:", "registered in ", "sitz der gesellschaft")
    )
    facts = {found.group()[:12] for line in paragraph for found in _REGISTRATION.finditer(line)}
    if len(facts) >= _MANY_REGISTRATION_FACTS and not _SPEAKS.search(first):
        return True
    if (first.endswith((".", "!", "?")) and not is_labelled) or not _REGISTRATION.search(first):
        return False
    return len(facts) >= _MIN_REGISTRATION_FACTS
