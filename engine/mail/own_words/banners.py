"""Recognise what a company's mail system puts above a mail: "CAUTION: external sender"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.keywords import contains_any, keywords
from engine.mail.own_words.program_blocks import program_block_end
from engine.mail.own_words.separators import is_ruler
from engine.words import pattern_of, words

_MAX_BANNERS = 3
_MAX_LINES = 6  # of one banner
_LONGEST_BANNER = 700
_OUTSIDE_WITHIN = 200  # characters in which a banner says that the mail is from outside
_STOPS = (".", "!", ":", "。")
_CLASSES = (
    r"official use|internal|external|public|confidential|restricted|proprietary|unclassified"
    r"|classified|business use|intern(?:e|o|a)?|extern(?:e|o|a)?|vertraulich|öffentlich"
    r"|confidentiel|confidencial|riservato|vertrouwelijk|publi[ck]|público|pubblico"
)
_SENSITIVITY_LABEL = re.compile(
    rf"\[[^\[\]@]{{0,60}}\b(?:{_CLASSES})\b[^\[\]@]{{0,60}}\]"
    r"|(?:data |document )?(?:classification|sensitivity|klassifizierung|classificatie"
    r"|clasificación|classificação|classificazione)(?: level)?\s?[:=] ?\S.{0,40}"
)
# "Internal Use - Confidential": two classes, and what joins them.
_TWO_CLASSES = re.compile(
    rf"(?:(?:company|strictly|highly) )?(?:{_CLASSES})(?: use)?(?: only)?(?:\W{{1,3}}|\W+and )"
    rf"(?:(?:company|strictly|highly) )?(?:{_CLASSES}|general)(?: use)?(?: only)?"
)
_EXTERNAL_TAG = re.compile(
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
    r"|van buiten|utanför|udefra|utenfra|spoza|z zewnątrz|zewnętrzn|внешн\w+|извне"
    rf"|{pattern_of('banners.outside')})|{pattern_of('banners.outside_unspaced')}"
)
_ADVICE = re.compile(
    r"\b(?:click\w*|links?|attachments?|recogni[sz]e|trust|verify|anhänge|klicken|öffnen"
    r"|cliqu\w+|pièces|liens?|clic|adjunt\w+|enlaces|anexos|allegat\w*|bijlagen|klik\w*|bilagor"
    r"|vedhæft\w*|vedlegg|załącznik\w*|вложени\w*|ссылк\w*"
    rf"|{pattern_of('banners.advice')})|{pattern_of('banners.advice_unspaced')}"
)
_RARE_SENDER = re.compile(
    r"(?:you|some people who received this message) don[’']t often get e-?mail from "
    r"|.{0,300}aka\.ms/learnaboutsenderidentification"
)
_KEYWORD_LIST = """
extern outside außerhalb extérieur de_l’org de_l'org fuera de_fora estern buiten utanför udefra
utenfra spoza zewn внешн извне [ classif klassif clasific sensitiv often_get aka.ms/learnabout
confidential internal restricted
"""
_KEYWORDS = keywords(
    (
        *(word.replace("_", " ") for word in _KEYWORD_LIST.split()),
        *words("banners.outside"),
        *words("banners.outside_unspaced"),
    )
)
# Proofpoint's banner is between these two words, which nobody sees in the HTML.
_MARKED_START, _MARKED_END = "ZjQcmQRYFpfptBannerStart", "ZjQcmQRYFpfptBannerEnd"
_LONGEST_MARKED = 30  # lines
_DECORATION = " \t*_>⚠️🛑❗!-–—=~#|"


def banner_end(lines: Sequence[str]) -> int:
    """Return the end of the banners at the top of `lines`; 0 if there is none."""
    end = _marked_end(lines) or program_block_end(lines)
    for _ in range(_MAX_BANNERS):
        start = end
        while start < len(lines) and (not lines[start].strip() or is_ruler(lines[start])):
            start += 1
        stop = start
        while (
            stop < min(start + _MAX_LINES, len(lines))
            and lines[stop].strip()
            and not is_ruler(lines[stop])
        ):
            stop += 1
        length = _banner_length([line[:_LONGEST_BANNER] for line in lines[start:stop]])
        if not length:
            return end
        end = start + length
    return end


def is_sensitivity_label(text: str) -> bool:
    """Return whether a line says how secret a mail is: "Classification: Internal"."""
    return _SENSITIVITY_LABEL.fullmatch(text.strip(_DECORATION).lower()) is not None


def marked_banner_start(lines: Sequence[str]) -> int:
    """Return where Proofpoint's banner starts below own text, as a mail that is answered has it.

    What is below it is that mail. len(lines) if there is none.
    """
    starts = (at for at, line in enumerate(lines) if line.strip() == _MARKED_START)
    start = next(starts, len(lines))
    return start if any(map(str.strip, lines[:start])) else len(lines)


def _marked_end(lines: Sequence[str]) -> int:
    """Return the end of a banner at the top between Proofpoint's marks, or 0."""
    top = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    if top == len(lines) or lines[top].strip() != _MARKED_START:
        return 0
    marked = range(top + 1, min(top + _LONGEST_MARKED, len(lines)))
    return next((at + 1 for at in marked if lines[at].strip() == _MARKED_END), 0)


def _banner_length(paragraph: Sequence[str]) -> int:
    """Return how many lines of a mail's first paragraph are a banner."""
    texts = [line.strip(_DECORATION).lower() for line in paragraph]
    if not contains_any(" ".join(texts), _KEYWORDS):
        return 0
    for length in range(1, len(texts) + 1):
        text = " ".join(texts[:length])
        is_outside = _FROM_OUTSIDE.search(text[:_OUTSIDE_WITHIN])
        # Without a blank line below it, a banner ends with a sentence.
        is_end = length == len(texts) or paragraph[length - 1].rstrip(_DECORATION)[-1:] in _STOPS
        if is_outside and is_end and len(text) <= _LONGEST_BANNER and _ADVICE.search(text):
            return length
    first = texts[0]
    is_banner = (
        _SENSITIVITY_LABEL.fullmatch(first)
        or (len(texts) == 1 and _TWO_CLASSES.fullmatch(first))
        or _EXTERNAL_TAG.fullmatch(first)
        or _RARE_SENDER.match(first)
    )
    return 1 if is_banner else 0
