"""What a company's mail system puts over a mail: "CAUTION: external sender", "[Internal use]"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.hints import hints, holds_any
from engine.mail.own_words.quoted_headers import is_ruler

_MOST_BANNERS = 3
_MOST_LINES = 6  # of one banner
_LONGEST = 700  # letters
_REACH = 200  # letters within which a banner says that the mail is from outside
_STOPS = (".", "!", ":", "。")
_CLASSES = (
    r"official use|internal|external|public|confidential|restricted|proprietary|unclassified"
    r"|classified|business use|intern(?:e|o|a)?|extern(?:e|o|a)?|vertraulich|öffentlich"
    r"|confidentiel|confidencial|riservato|vertrouwelijk|publi[ck]|público|pubblico"
)
_SENSITIVITY = re.compile(
    rf"\[[^\[\]@]{{0,60}}\b(?:{_CLASSES})\b[^\[\]@]{{0,60}}\]"
    r"|(?:data |document )?(?:classification|sensitivity|klassifizierung|classificatie"
    r"|clasificación|classificação|classificazione)(?: level)?\s?[:=] ?\S.{0,40}"
)
_SHORT = re.compile(
    r"(?:(?:caution|warning|attention|achtung|vorsicht)\W{1,4})?(?:this is an? )?"
    r"extern(?:al|e|er)?(?: (?:e-?mail|mail|message|sender|nachricht|absender|afzender)"
    r"(?: ?[:!–-]+ .{0,60})?)?"
)
_FROM_OUTSIDE = re.compile(
    r"\b(?:external (?:e-?mail|mail|sender|source|message|address)"
    r"|(?:originat\w+|came|comes|coming|sent|received) (?:from )?outside"
    r"|externe[rmns]? (?:e-?mail|absender|quelle|mail|afzender)|extern (?:avsändare|afsender"
    r"|avsender)|von außerhalb|expéditeur externe|(?:de l[’']|externe à l[’'])(?:extérieur|org)"
    r"|remitente externo|desde fuera|remetente externo|de fora d|mittente esterno|dall[’']esterno"
    r"|van buiten|utanför|udefra|utenfra|spoza|z zewnątrz|zewnętrzn|внешн\w+|извне)"
)
_ADVICE = re.compile(
    r"\b(?:click\w*|links?|attachments?|recogni[sz]e|trust|verify|anhänge|klicken|öffnen"
    r"|cliqu\w+|pièces|liens?|clic|adjunt\w+|enlaces|anexos|allegat\w*|bijlagen|klik\w*|bilagor"
    r"|vedhæft\w*|vedlegg|załącznik\w*|вложени\w*|ссылк\w*)"
)
_SELDOM = re.compile(
    r"(?:you|some people who received this message) don[’']t often get e-?mail from "
    r"|.{0,300}aka\.ms/learnaboutsenderidentification"
)
_HINT_LIST = """
extern outside außerhalb extérieur de_l’org de_l'org fuera de_fora estern buiten utanför udefra
utenfra spoza zewn внешн извне [ classif klassif clasific sensitiv often_get aka.ms/learnabout
"""
_HINTS = hints(word.replace("_", " ") for word in _HINT_LIST.split())
_AROUND = " \t*_>⚠️🛑❗!-–—=~#|"


def banner_end(lines: Sequence[str]) -> int:
    """The line after the banners that `lines` open with; 0 when there is none."""
    end = 0
    for _ in range(_MOST_BANNERS):
        start = end
        while start < len(lines) and (not lines[start].strip() or is_ruler(lines[start])):
            start += 1
        stop = start
        while (
            stop < min(start + _MOST_LINES, len(lines))
            and lines[stop].strip()
            and not is_ruler(lines[stop])
        ):
            stop += 1
        found = _banner_lines([line[:_LONGEST] for line in lines[start:stop]])
        if not found:
            return end
        end = start + found
    return end


def _banner_lines(paragraph: Sequence[str]) -> int:
    """How many lines of a mail's first paragraph are a banner."""
    texts = [line.strip(_AROUND).lower() for line in paragraph]
    if not holds_any(" ".join(texts), _HINTS):  # most mails are spared the rest
        return 0
    for lines in range(1, len(texts) + 1):
        text = " ".join(texts[:lines])
        outside = _FROM_OUTSIDE.search(text[:_REACH])
        # Where no blank line follows, the last sentence ends with its line.
        ends = lines == len(texts) or paragraph[lines - 1].rstrip(_AROUND)[-1:] in _STOPS
        if outside and ends and len(text) <= _LONGEST and _ADVICE.search(text):
            return lines
    first = texts[0]
    told = _SENSITIVITY.fullmatch(first) or _SHORT.fullmatch(first) or _SELDOM.match(first)
    return 1 if told else 0
