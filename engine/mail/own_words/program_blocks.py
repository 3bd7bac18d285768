"""Find the blocks that programs put above or below a mail, by their form rather than their words.

List managers, archives, ticket systems, webmail services and trackers write a block of a few lines
with links or addresses, often between rulers. Each sign of that gives points, and signs of a
person's text take some away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.bare_contacts import last_nonblank
from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.contact import EMAIL, LINK
from engine.mail.own_words.contact_lines import NAME
from engine.mail.own_words.endings import has_sentence
from engine.mail.own_words.separators import is_ruler
from engine.words import pattern_of, words

_LONGEST_BLOCK, _LONGEST_FRAME = 8, 16  # lines of text; in a frame there is a ruler below, too
_LONGEST_HEAD = 4  # lines above the text in a frame
_MAX_LINES_WITH_IP = 3
_MAX_LINES_OF_SCANNER = 5
_LONGEST_LINE = 400
_LONGEST_READ = 600  # characters of a block
_LONG_RULER = 20  # characters
_HEADING_DIFFERENCE = 3  # characters by which a heading and the line under it differ
_MIN_POINTS = 4
_INDENTED = re.compile(r"^(?:\s{4,}|\t)\S")
_POSTSCRIPT = re.compile(r"^\W{0,3}(?:p\.?\s?s\b|п\.?с\.?|з\.?ы\.?)", re.IGNORECASE)
_BARE_LINK = re.compile(r"^\W{0,3}(?:https?://|www\.)\S+\W{0,3}$", re.IGNORECASE)
_LABELLED = re.compile(
    r"^\W{0,3}(?!https?:)[^\W\d_][^:：<>@]{1,40}[:：]\W{0,3}(?:(?:https?://|www\.|mailto:)\S+|\S+@\S+\.\w+)\W{0,3}$",
    re.IGNORECASE,
)
_IP_ADDRESS = re.compile(
    r"^[^\W\d_][^:：]{1,40}[:：]\s{0,20}\[?\d{1,3}(?:\.\d{1,3}){3}\]?$", re.MULTILINE
)
# "_______ Information from ESET Antivirus _______"
_TITLED_RULER = re.compile(r"^([-_=*~])\1{7,}\s?[^-_=*~\s].{3,150}\s?\1{8}\s*$")
_REFERENCE = re.compile(r"^\W?\d{1,3}[\]).]")
# Nabble's footer counts as text in annotated mail of Apache's lists, unless a list's is below it.
_ARCHIVE_FOOTER = re.compile(r"(?s)View this message in context: .{10,400}Nabble")
# Web pages of the services that write such blocks.
_SERVICE = re.compile(
    r"//[^/\s]{0,60}(?:mail|lists?\.|listes?\.|groups?\.|forum|nabble|archive)"
    r"|/(?:forums?|threads?|topics?|t|lists?|listinfo|maillist|archives?|groups?|tickets?|issues?"
    r"|reviews?|r|unsubscribe|options|subscri\w+|notifications?)\b[/.?#=]"
    r"|(?<=@)(?:lists?|listes?|groups?)\."
    r"|//teams\.(?:microsoft|live)\.com/|/meetup-join/|@(?:google|yahoo)groups\."
    r"|[+-](?:owner|request|leave|unsubscribe|subscribe|help)@",
    re.IGNORECASE,
)
_ROOT_PAGE = re.compile(
    r"^\W{0,3}\S{0,40}?(?:https?://|www\.)[^/\s]{3,80}/?\W{0,3}$", re.IGNORECASE
)
# Links that count clicks in signatures and advertisements.
_TRACKED = re.compile(
    r"utm_(?:medium|campaign|source|content)=[\w-]{0,20}(?:sig|footer)|sig-email|[?&]promo="
    r"|utm_medium=e?mail|emailsignature",
    re.IGNORECASE,
)
# A webmail service's page, and not an address there.
_WEBMAIL = re.compile(
    rf"(?<![\w.@-])(?:https?://)?(?:[\w-]+\.){{0,4}}{pattern_of('adverts.hosts')}(?![\w.-]*@)(?=[\s/?:;,.!>)\]]|$)",
    re.IGNORECASE,
)
_HOST = re.compile(r"\.[\w-]")  # which each of them has
_FREE = re.compile(rf"\b{pattern_of('adverts.free')}", re.IGNORECASE)
MADE_WITH = re.compile(
    r"^\W{0,4}(?:[Tt]his|[Tt]he) (?:e-?mail|mail|message) (?:was|has been|is) "
    r"(?:(?:sent|posted|written|created|delivered)(?: \w+ly)? (?:using|with|through|via) (?:the )?"
    r"[A-Z]|a service (?:from|of) )"
    r"|^\W{0,4}(?:Powered|Delivered|Secured|Protected|Encrypted) by [A-Z]\w+(?: [A-Z]\w+)?"
    r"(?: [-–|] .{0,40})?\W{0,3}$"
    r"|^\W{0,4}Diese (?:E-?Mail|Mail|Nachricht) wurde (?:mit|über|durch|von) (?:dem |der )?"
    r"[A-Z]\w+ (?:\w+ )?(?:gesendet|verschickt|verschlüsselt|übertragen|geprüft)\W{0,3}$",
)
"""What "This message was sent using the Hill Mailer." starts with, where it has no link."""

# "Sender notified by Trackmail, 05/01/24, 10:00:00": a tracker that leaves out its link.
_NOTIFIED = re.compile(
    r"(?=.*(?:notif|benachrichtig|powiadom|уведом|underrett|meddel|通知))(?:\S+\s+){2,6}"
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s+\d{1,2}:\d\d:\d\d(?: ?[AP]M)?\W*",
    re.IGNORECASE | re.DOTALL,
)
_TRACKERS = frozenset(words("adverts.trackers"))
# A sentence that goes on behind its link is a person's.
_GOES_ON = re.compile(r"(?:https?://|www\.)\S+ (?:[^\W\d_]\S* )*[^\W\d_]\S*[.!?]$")
_SLOGAN = re.compile(r"^([*+=~#])\1{2,} ?\S.* ?\1{3,}$")
MAIL_NOUN = re.compile(
    r"(?:e-?|web-?)?mail|e-?post\w{0,4}\b|message|list\b|nachricht|bericht|correo|mensa[jg]e|courriel"
    r"|messagg|posta elettronica|lista"
    r"|zpráv|správ|wiadomo|сообщ|письм|рассыл|meddela|melding|besked|viesti|üzenet|mesaj|mejl|mailing"
    r"|sähköpost|levelez|levél|correu|missatge|poruk|sporočil|ileti\b|laišk|kirja\b|poczt|pošt|почт|пошт|ταχυδρομ|メール|邮件|郵件|邮箱|郵箱|메일",
    re.IGNORECASE,
)
"""A word for a mail, or a list of mails, in many languages."""

_PROGRAM_WORDS = re.compile(
    r"^\W{0,6}(?:(?:(?:e-?mail|mail|message) )?(?:sent|posted|delivered|powered|protected|secured"
    r"|provided|generated|created|made|hosted) (?:with|via|by|from|through|using|automatically)\b"
    r"|(?:this|the|an?) (?:automat\w+ )?(?:e-?mail|mail|message|review|notification|comment|note) "
    r"(?:was|is|has|came|comes)\b|view (?:this|the|it)\b|more (?:about|on|info\w*)\b"
    r"|diese (?:nachricht|e-?mail|mail) (?:wurde|ist)|ce (?:message|courriel|mail) (?:a été|est)"
    r"|est[ae] (?:mensa[jg]em?|correo|e-?mail) (?:fue|ha sido|foi|es|é)\b"
    r"|questo messaggio è|dit bericht (?:is|werd)|tato zpráva byla|ta wiadomość"
    r"|это (?:письмо|сообщение)|цей лист|bu (?:e-?posta|ileti|mesaj)"
    r"|ez (?:az e-?mail|a levél|az üzenet)"
    r"|acest (?:e-?mail|mesaj)|ovaj (?:e-?mail|mail)|ova poruka|αυτό το (?:μήνυμα|email)"
    r"|aquest (?:missatge|correu)|táto správa|(?:e-?mail|pesan) ini"
    r"|このメールは|이 메일은|[本此]邮件"
    r"|detta meddelande|denne (?:besked|melding|e-?mail)|tämä viesti)",
    re.IGNORECASE,
)
# What virus scanners write into every mail, in any language.
SCANNER = re.compile(
    r"anti-?v[ií]r|\bvirus|\bvir(?:y|ů|en|ii|i)\b|virenfrei|вирус|вірус|病毒|ウイルス|ウィルス|바이러스|ιο[ύί]|וירוס|فيروس"
    r"|malware|spyware",
    re.IGNORECASE,
)
_VERSION = re.compile(r"\b\d{1,5}(?:\.\d{1,5}){2,3}\b")
# "I" is an article in Italian, before nouns and adjectives in "-i" and before foreign nouns.
FIRST_PERSON = re.compile(
    r"\b(?:(?-i:I)(?! (?:[a-zà-ù]{2,}i|virus|file|server|computer|software|partner)\b)"
    r"|i (?:am|was|have|had|do|did|will|would|can|could|think|know|just|need"
    r"|want|use|saw|got|hope)"
    r"|i'm|i'll|i've|me|my|mine|ich|mir|mich|mein\w*|je|j'\w+|mon|yo|mi|io|ik|mijn|jag|jeg|"
    r"minä|eu|meu|on a|мы|(?:we|wir|nous|noi|wij) (?:have|are|were|got|haben|sind|waren|avons"
    r"|sommes|abbiamo|siamo|hebben|zijn)|minha|я|мне|мой|já|ja|mój|én|ben)\b(?!@)",
    re.IGNORECASE,
)


def program_block_start(lines: Sequence[str], end: int) -> int:
    """Return where a program's block at the end of `lines[:end]` starts, else `end`.

    It is what is below the last ruler, or the last paragraph.
    """
    bottom = last_nonblank(lines, end) + 1
    closing_ruler = bottom > 0 and is_ruler(lines[bottom - 1])
    while bottom > 0 and (is_ruler(lines[bottom - 1]) or not lines[bottom - 1].strip()):
        bottom -= 1
    top, count = bottom, 0
    paragraph = None
    longest = _LONGEST_FRAME if closing_ruler else _LONGEST_BLOCK
    while top > 0 and count <= longest:
        line = lines[top - 1]
        if is_ruler(line) or _TITLED_RULER.match(line):
            break
        if not line.strip() and paragraph is None:
            paragraph = top
        count += bool(line.strip())
        top -= 1
    if count == 0 or count > longest:
        top = 0
    is_last = bottom == last_nonblank(lines, len(lines)) + 1
    if is_last and _ARCHIVE_FOOTER.search("\n".join(lines[top:bottom])[-_LONGEST_READ:]):
        return end
    is_titled = top > 0 and _TITLED_RULER.match(lines[top - 1]) is not None
    if is_titled and any(map(str.strip, lines[: top - 1])):
        points = _points(lines[top - 1 : bottom]) + 1
        return top - 1 if points >= _MIN_POINTS else end
    is_ruled = top > 0 and is_ruler(lines[top - 1]) and not _is_heading(lines, top - 1)
    if is_ruled and any(map(str.strip, lines[: top - 1])):
        points = 2 if len(lines[top - 1].strip()) >= _LONG_RULER else 1
        if not closing_ruler:
            points -= 3 * _goes_on_below(lines[top:bottom])
        if _points(lines[top:bottom]) + points + closing_ruler >= _MIN_POINTS:
            return top - 1
    if paragraph is None or not any(map(str.strip, lines[:paragraph])):
        return end
    points = _points(lines[paragraph:bottom]) + _points_of_place(lines, paragraph, bottom)
    return paragraph if points >= _MIN_POINTS else end


def scanner_paragraph(lines: Sequence[str], index: int) -> tuple[int, int] | None:
    """Return the paragraph around a line if a virus scanner wrote all of it, else None."""
    top = bottom = index
    while top > 0 and lines[top - 1].strip() and not is_ruler(lines[top - 1]):
        top -= 1
    while bottom < len(lines) and lines[bottom].strip() and not is_ruler(lines[bottom]):
        bottom += 1
    text = "\n".join(lines[top:bottom])[:_LONGEST_READ]
    is_whole = bottom - top <= _MAX_LINES_OF_SCANNER and not FIRST_PERSON.search(text)
    return (top, bottom) if is_whole and SCANNER.search(text) else None


def program_block_end(lines: Sequence[str]) -> int:
    """Return the end of a program's block at the top, between rulers or above one, or 0."""
    top = 0
    while top < len(lines) and not lines[top].strip():
        top += 1
    if top == len(lines):
        return 0
    if not _is_long_ruler(lines[top]):
        return _head_end(lines, top)
    for bottom in range(top + 2, min(top + _LONGEST_BLOCK + 2, len(lines))):
        if _is_long_ruler(lines[bottom]):
            is_block = _points(lines[top + 1 : bottom]) + 2 >= _MIN_POINTS
            return bottom + 1 if is_block and any(map(str.strip, lines[bottom + 1 :])) else 0
    return 0


def _head_end(lines: Sequence[str], top: int) -> int:
    """Return the end of a program's lines above a ruler that stands below the text again, or 0."""
    for ruler in range(top + 1, min(top + _LONGEST_HEAD + 1, len(lines))):
        if _is_long_ruler(lines[ruler]):
            is_frame = lines[ruler] in lines[ruler + 2 :]
            return ruler + 1 if is_frame and _points(lines[top:ruler]) >= _MIN_POINTS else 0
    return 0


def _goes_on_below(block: Sequence[str]) -> bool:
    """Return whether the writer goes on below an advertisement: a sentence in a paragraph apart."""
    linked = [
        index
        for index, line in enumerate(block)
        if any(sign.search(line[:_LONGEST_LINE]) for sign in (LINK, EMAIL, _WEBMAIL))
    ]
    below = list(block[linked[-1] + 1 :]) if linked else []
    return bool(below) and not below[0].strip() and has_sentence(below)


def _is_long_ruler(line: str) -> bool:
    return len(line.strip()) >= _LONG_RULER and is_ruler(line)


def _points(block: Sequence[str]) -> int:
    """Return the points of a block's own lines.

    Without a link, address or IP address, only what made or tracked the mail has some.
    """
    texts = [line[:_LONGEST_LINE].strip() for line in block if line.strip()]
    whole = "\n".join(texts)
    has_webmail = bool(_HOST.search(whole) and _WEBMAIL.search(whole))
    linked = [
        text
        for text in texts
        if LINK.search(text) or EMAIL.search(text) or (has_webmail and _WEBMAIL.search(text))
    ]
    has_ip_address = len(texts) <= _MAX_LINES_WITH_IP and bool(_IP_ADDRESS.search(whole))
    if not linked and not has_ip_address:
        is_made_with = MADE_WITH.match(texts[0]) or _NOTIFIED.fullmatch(whole)
        if len(texts) == 2 and texts[1].lower() in _TRACKERS and len(texts[0].split()) <= 3:
            return _MIN_POINTS  # "Sender notified by", and the tracker's name below it
        return 3 if is_made_with and len(texts) <= _MAX_LINES_WITH_IP else 0
    has_address = any("://" in text or "www." in text or "@" in text for text in linked)
    own_lines = [LINK.sub(" ", EMAIL.sub(" ", text)) for text in texts]
    is_dense = 3 * len(linked) >= len(texts)
    return (
        (1 if is_dense or not linked else -1)
        + any(
            _LABELLED.match(text) or (_BARE_LINK.match(text) and len(texts) > 1) for text in texts
        )
        + 2 * bool(_SERVICE.search(whole))
        + 4 * bool(_TRACKED.search(whole))
        + _points_of_webmail(whole, has_webmail)
        + bool(_SLOGAN.match(texts[0]))
        + has_ip_address
        + _points_of_scanner(whole)
        + 2 * any(map(_PROGRAM_WORDS.match, texts))
        + any(map(MAIL_NOUN.search, own_lines))
        - (2 if linked and has_address else 4) * any(map(FIRST_PERSON.search, own_lines))
        - any("?" in text for text in own_lines)
        - 5 * bool(_POSTSCRIPT.match(texts[0]))
        - 3 * any(map(_REFERENCE.match, texts))
    )


def _points_of_webmail(text: str, has_webmail: bool) -> int:
    """Return the points for a webmail service's page, and for mail that is free."""
    is_free = _FREE.search(text) is not None
    if not has_webmail:
        return is_free and MAIL_NOUN.search(text) is not None
    return 3 + 2 * is_free


def _points_of_scanner(text: str) -> int:
    """Return the points of a virus scanner's words; its version is evidence besides."""
    if not SCANNER.search(text):
        return 0
    return 1 + bool(_VERSION.search(text))


def _points_of_place(lines: Sequence[str], top: int, bottom: int) -> int:
    """Return the points of a last paragraph for what is above and around it."""
    above = last_nonblank(lines, top)
    text = lines[above].strip()
    links = [line for line in lines[top:bottom] if LINK.search(line[:_LONGEST_LINE])]
    is_signed = above > 0 and _is_sign_off(lines, above)
    return (
        (top - above > 2)
        + bool(_INDENTED.match(lines[top]))
        + is_signed
        + (is_signed and len(links) > 1 and any(map(_ROOT_PAGE.match, links)))
        - 3 * text.endswith((":", "：", ","))
        - 3 * any(_GOES_ON.search(line.strip()) for line in links)
        - any(line.rstrip().endswith((":", "：")) for line in lines[top:bottom])
    )


def _is_sign_off(lines: Sequence[str], index: int) -> bool:
    """Return whether a line is a name below a closing or a blank line."""
    text = lines[index].strip()
    above = lines[index - 1].strip()
    return len(text.split()) <= 3 and bool(NAME.match(text)) and (not above or is_closing(above))


def _is_heading(lines: Sequence[str], ruler: int) -> bool:
    """Return whether a ruler underlines a heading."""
    above = lines[ruler - 1].strip() if ruler else ""
    return bool(above) and abs(len(above) - len(lines[ruler].strip())) <= _HEADING_DIFFERENCE
