"""Recognise texts that programs send in the user's name, in any language, by what is in them.

They speak of the user in the third person and of a mail by its subject, and say nothing else.
"""

from __future__ import annotations

import re

_MAX_RECEIPT_WORDS = 60
_MIN_RECEIPT_LABELS = 3  # lines such as "To: Ann", "Subject: lake" and "Sent: Monday"
_MAX_RECALL_WORDS = 20
_MAX_REACTION_WORDS = 20
_MESSAGE = re.compile(
    r"\b(?:e-?mail|mail|message|nachricht|mensa[jg]em?|correo|messaggio|bericht|meddelande|melding|besked)\b"
    r"|viesti|zpráv|správ|wiadomo|сообщени|письм|üzenet|mesaj|メッセージ|メール|邮件|消息|郵件|메시지|메일",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(
    r"\b(?:I|I'm|me|my|ich|mir|mein\w*|je|mon|yo|mi|io|ik|jag|jeg|я|мне)\b(?!@)"
)
_YOUR = re.compile(
    r"\b(?:your|dein\w*|ihre\w*|votre|ton|tu|su|sua|tua|din|jouw|je|uw|twoj\w*|va[šs]\w*|ваш\w*|тво\w*)\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"\d[:.h]\d\d")
_CALENDAR_LINK = re.compile(
    r"https?://(?:www\.google\.com/calendar|calendar\.google\.com/calendar)\b"
)
# Services that invite and share in the user's name
_SERVICE_LINK = re.compile(
    r"https?://[\w.-]{0,60}(?:teams\.(?:microsoft|live)\.com|sharepoint\.com|1drv\.ms|onedrive\.live"
    r"\.com|(?:docs|drive|photos|meet)\.google\.com|photos\.app\.goo\.gl|icloud\.com|dropbox\.com"
    r"|wetransfer\.com|we\.tl|slack\.com|zoom\.us|webex\.com|doodle\.com|trello\.com|linkedin\.com"
    r"|facebook\.com)/",
    re.IGNORECASE,
)
_MAX_NOTICE_WORDS = 60
_MIN_NAME_WORDS = 2  # "Ida" may be anybody
_LABEL_LINE = re.compile(r"^[ \t]*[^\W\d_][^:：\n]{0,25}[:：][ \t]*\S.*$", re.MULTILINE)
_QUOTED = re.compile(r"[\"'“”„«»‘’‚「『](.{1,300}?)[\"'“”«»‘’」』]")
_EMOJI_LINE = re.compile("[^\\w\\s!-~\u00a1-\u2bff]{1,10}|[\u2600-\u27bf]\ufe0f?")


def is_receipt(name: str, subject: str, text: str) -> bool:
    """Recognise Outlook's read receipt by what it says about the mail it is for.

    "Read: lake" has little more than the lines "To: Ann", "Subject: lake", "Sent: Monday ...", or
    "Your message was read by Ida Moor on 5 January 2024 at 10:05."
    """
    answered = _without_prefix(subject)
    if not answered or len(text.split()) > _MAX_RECEIPT_WORDS:
        return False
    if _is_said_of_mail(name, text) and _TIME.search(text):
        return True
    lines = [line.replace("：", ":") for line in _LABEL_LINE.findall(text)]
    values = [line.partition(":")[2].strip().casefold() for line in lines]
    return len(lines) >= _MIN_RECEIPT_LABELS and answered in values


def is_recall(name: str, subject: str, text: str) -> bool:
    """Recognise Outlook's recall: 'Ida Moor would like to recall the message, "lake".'."""
    recalled = _without_prefix(subject)
    if not (recalled and _has_name(text, name)) or len(text.split()) > _MAX_RECALL_WORDS:
        return False
    return recalled in (found[1].strip(" .,").casefold() for found in _QUOTED.finditer(text))


def is_reaction(name: str, own: str) -> bool:
    """Recognise a reaction: an emoji, and a line such as "Ida Moor reacted to your message:"."""
    if len(own.split()) > _MAX_REACTION_WORDS:
        return False
    if _is_said_of_mail(name, own) and (_has_emoji(own) or _YOUR.search(own)):
        return True
    lines = [line.strip() for line in own.splitlines() if line.strip()]
    others = [line for line in lines if not _EMOJI_LINE.fullmatch(line)]
    said = [line for line in others if _has_name(line, name)]
    # A line with the name alone is the writer's.
    is_signed = any(line.casefold() == name.casefold() for line in said)
    return len(others) < len(lines) and bool(said) and not is_signed and len(others) <= 2


def _is_said_of_mail(name: str, text: str) -> bool:
    """Return whether all that a text says is one sentence with a full name and "message"."""
    lines = [line for line in text.splitlines() if line.strip()]
    return (
        len(lines) == 1
        and len(name.split()) >= _MIN_NAME_WORDS
        and _has_name(text, name)
        and _MESSAGE.search(text) is not None
        and _FIRST_PERSON.search(text) is None
    )


def is_calendar_notice(name: str, text: str) -> bool:
    """Recognise Google Calendar's text where the invitation itself is no longer a part."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return _has_name(first, name) and _CALENDAR_LINK.search(text) is not None


def is_service_notice(name: str, own: str, text: str) -> bool:
    """Recognise a service's text: "Ida Moor is trying to reach you in Teams", and its link.

    own: its own words, without links that stand apart. text: all of it.
    """
    return (
        len(name.split()) >= _MIN_NAME_WORDS
        and own.casefold().startswith(f"{name.casefold()} ")
        and len(text.split()) <= _MAX_NOTICE_WORDS
        and _SERVICE_LINK.search(text) is not None
        and _FIRST_PERSON.search(text) is None
    )


def _has_emoji(text: str) -> bool:
    return any(_EMOJI_LINE.fullmatch(word) for word in text.split())


def _has_name(text: str, name: str) -> bool:
    if len(name.split()) < _MIN_NAME_WORDS and name.isascii():
        return False
    return bool(name) and name.casefold() in text.casefold()


def _without_prefix(subject: str) -> str:
    """Return what follows "Read:" in a subject, in lower case; '' if there is no prefix."""
    return subject.replace("：", ":").partition(":")[2].strip().casefold()
