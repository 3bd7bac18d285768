"""Find the lines that a company or a mail plug-in puts below each mail: what they won, the law.

People write such sentences themselves, too, so only a last paragraph below the name or the contact
details at the end counts, and only if it says nothing of the writer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from engine.mail.own_words.banners import is_sensitivity_label
from engine.mail.own_words.bare_contacts import last_paragraph
from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.contact import LINK, contact_points
from engine.mail.own_words.contact_blocks import contact_block_start
from engine.mail.own_words.contact_lines import is_first_name, starts_with_name
from engine.mail.own_words.endings import POSTSCRIPT
from engine.mail.own_words.program_blocks import FIRST_PERSON, MADE_WITH, MAIL_NOUN, SCANNER
from engine.mail.own_words.sentence_ends import STOPS
from engine.words import pattern_of, words

_LONGEST, _LONGEST_TEXT = 4, 400  # lines and characters
_MAX_WORDS_ABOVE = 8  # of the line above, a name or a contact's
_MAX_TAGLINES = 2  # lines
_MIN_POINTS = 3  # of the contact details above what a company is proud of
_MAX_TAGLINE_WORDS, _MAX_NETWORK_WORDS, _MAX_PLUGIN_WORDS = 14, 10, 9
_MIN_NAMES = 2  # words with a capital letter, besides the first
_YEAR = re.compile(
    r"\b(?:1[5-9]|20)\d\d\b|\b\d{2,3} (?:years|jahre|ans|años|anni|jaar|år|lat|anos)\b"
)
# A finite verb, or whoever speaks or is spoken to: a company's pride is no sentence.
_SPEAKS = re.compile(
    r"\b(?:i|me|we|us|you|your|our|my|he|she|they|it|ich|wir|sie|ihr|nous|vous|je|tu|yo|io|noi|is|are"
    r"|was|were|has|have|had|will|can|ist|sind|hat|war|wird|est|sont|es|son|è|sono|zijn|heeft|är|har"
    r"|jest|são)\b|\?"
)
_NETWORK = re.compile(
    r"\b(?:linkedin|facebook|twitter|instagram|youtube|mastodon|bluesky|xing|tiktok|pinterest)\b"
)
_NAME = r"(?:[A-Z][\w+-]*(?:\.\w+)?|\w+[A-Z]\w*|\w+\.(?:io|com|app|ai|co|me|net|org))"
# "Mail sent with Hillmail for Gmail", "Sender notified by Millpost": the plug-in that did it.
_PLUGIN = re.compile(
    r"\W{0,4}(?:(?:(?:[Ee]-?)?[Mm]ail|[Mm]essage|[Ss]ender|[Nn]ewsletter) )?"
    r"(?i:sent|powered|tracked|delivered|secured|encrypted|scheduled|notified|merged?|signed"
    r"|created) (?:with|using|via|through|by|from)(?: the)?"
    rf" {_NAME}(?: {_NAME})?(?: (?:for|on) {_NAME})?\W{{0,3}}"
)
_BOOKING = re.compile(
    r"\W{0,4}(?:(?:book|schedule|find|reserve) (?:some |a )?(?:time|meeting|call|appointment|slot)"
    r"(?: to meet)? (?:with|on) (?:me|us|my calendar)|besprechungszeit (?:mit mir )?buchen"
    r"|termin (?:mit mir )?(?:buchen|vereinbaren)|réserver (?:du temps|un (?:créneau|rendez-vous))"
    r"(?: avec moi)?|reservar? (?:tiempo|una cita|una reunión)(?: conmigo)?"
    r"|prenota (?:un incontro|del tempo)(?: con me)?|boek een afspraak(?: met mij)?"
    r"|marcar (?:uma )?reunião(?: comigo)?|boka (?:ett )?möte(?: med mig)?)\b[^.?!\w]{0,4}"
    r"(?:<?https?://\S+)?\W{0,3}"
)
# "Hill Trust is a registered charity in England and Wales (1234567)."
_REGISTERED = re.compile(
    r"\b(?:registered (?:charity|company|society)|charity (?:no|number|reg)|vereinsregister)\b"
    r".{0,80}\d{4}"
)


# By what a help desk finds a mail's ticket again.
_TICKET = re.compile(
    r"\W{0,3}(?:ref:\S{10,80}:ref|thread::\S{8,80}::|\[[A-Z0-9]{6}-[A-Z0-9]{4,5}\])\W{0,3}"
)


@cache
def _stems(topic: str) -> re.Pattern[str]:
    """Return a pattern for the word stems of a topic; Chinese and Japanese have no spaces."""
    unspaced = [stem for stem in words(f"notes.{topic}") if stem[0] >= "\u3040"]
    spaced = [stem for stem in words(f"notes.{topic}") if stem not in unspaced]
    return re.compile("|".join([rf"\b(?:{'|'.join(spaced)})", *unspaced]))


@cache
def _negation() -> re.Pattern[str]:
    return re.compile(rf"\b{pattern_of('instructions.negations')}\b")


@cache
def _scheduler() -> re.Pattern[str]:
    return re.compile(rf"://(?:[\w-]+\.){{0,3}}{pattern_of('adverts.schedulers')}")


def company_line_start(lines: Sequence[str], end: int) -> int:
    """Return where a company's last paragraph of `lines[:end]` starts, else `end`."""
    paragraph = last_paragraph(lines, end, _LONGEST)
    if paragraph is None:
        return end
    above, top, bottom = paragraph
    line = lines[above].rstrip(" *_")
    is_closed = is_closing(line) and not _is_closing_and_name(line)
    if line.endswith((*STOPS, ":", ",")) or len(line.split()) > _MAX_WORDS_ABOVE or is_closed:
        return end
    text = " ".join(map(str.strip, lines[top:bottom]))
    lowered = text.lower()
    if len(text) > _LONGEST_TEXT or POSTSCRIPT.match(text):
        return end
    if is_sensitivity_label(text) or _TICKET.fullmatch(text):
        return top
    if _is_booking(lowered) or _is_plugin(text) or _is_plea_not_to_print(lowered):
        return top
    if "?" in text or "？" in text or FIRST_PERSON.search(text):
        return end
    if _is_legal(lowered):
        return top
    is_short = bottom - top <= _MAX_TAGLINES and not any(map(_is_contact, lines[top:bottom]))
    return top if is_short and _is_pride(text) and _is_below_contacts(lines, top) else end


def _is_closing_and_name(line: str) -> bool:
    """Return whether a line is a closing of one word and a name: "Gruß Sam", "Best, Sam"."""
    closing, _, name = line.strip().partition(" ")
    return is_first_name(name.strip()) and is_closing(closing)


def _is_booking(text: str) -> bool:
    has_link = _scheduler().search(text) is not None
    return _BOOKING.fullmatch(text) is not None or (
        has_link and len(LINK.sub("", text).split()) <= _MAX_PLUGIN_WORDS and "." not in text[:12]
    )


def _is_plugin(text: str) -> bool:
    count = len(text.split())
    return (count <= _MAX_PLUGIN_WORDS and _PLUGIN.fullmatch(text) is not None) or (
        count <= _MAX_TAGLINE_WORDS and MADE_WITH.match(text) is not None
    )


def _is_legal(text: str) -> bool:
    """Return whether it is about data, liability, contracts or a register, as companies do."""
    if _REGISTERED.search(text):
        return True
    about_mail = MAIL_NOUN.search(text) is not None
    if _stems("data").search(text):
        return _stems("processing").search(text) is not None or LINK.search(text) is not None
    if _stems("liability").search(text):
        return about_mail or SCANNER.search(text) is not None
    return (
        about_mail
        and _stems("contract").search(text) is not None
        and _negation().search(text) is not None
    )


def _is_plea_not_to_print(text: str) -> bool:
    if not _stems("printing").search(text):
        return False
    if _stems("nature").search(text):
        return True
    return MAIL_NOUN.search(text) is not None and _stems("needed").search(text) is not None


def _is_pride(text: str) -> bool:
    """Return whether it is what a company won, or where to follow it: no sentence, with names."""
    word_list = text.split()
    lowered = text.lower()
    if _NETWORK.search(lowered) and len(word_list) <= _MAX_NETWORK_WORDS:
        return True
    names = sum(word[:1].isupper() for word in word_list[1:])
    return (
        text[:1].isupper()
        and len(word_list) <= _MAX_TAGLINE_WORDS
        and not text.endswith((".", ":", ","))
        and not _SPEAKS.search(lowered)
        and (names >= _MIN_NAMES or _YEAR.search(lowered) is not None)
    )


def _is_contact(line: str) -> bool:
    return contact_points(line) > 1 or starts_with_name(line)


def _is_below_contacts(lines: Sequence[str], end: int) -> bool:
    start = contact_block_start(lines, end)
    return sum(contact_points(line) for line in lines[start:end]) >= _MIN_POINTS
