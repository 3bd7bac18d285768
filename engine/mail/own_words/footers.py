"""Where a mail ends in what programs, lists and companies put under it, and their footers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.device_lines import is_device_line, may_hold_device_line
from engine.mail.own_words.disclaimers import may_hold_disclaimer, opens_disclaimer
from engine.mail.own_words.hints import hints, holds_any
from engine.mail.own_words.quoted_headers import is_ruler

_LIST_FOOTER = re.compile(
    r"^\W{0,40}(?:to unsubscribe\b|unsubscribe(?:\s?:|$| from| at| here| link| \|)"
    r"|you (?:received|are receiving|have received|got) this (?:(?:e-?mail|message|mail"
    r"|newsletter) )?because you"
    r"|to (?:post to|reply to this (?:topic|discussion|thread)|subscribe|remove yourself"
    r"|stop receiving|manage|change your|view this discussion)"
    r"[^.]{0,60}(?:group|list|unsubscri|subscri|visit|send|e-?mail|go to|click|deliver|web)"
    r"|for (?:more options|additional commands|subscription info)|this message was sent to \S+@"
    r"|you are (?:currently )?subscribed to|to be removed from (?:this|our|the)"
    r"|if you (?:no longer wish|do not wish|wish to unsub|would like to unsub)"
    r"|\S+ mailing list(?: (?:-+ )?<?\S+@\S+)?\s*$|mailing list (?:archive|info|home)"
    r"|archives?: ?https?://"
    r"|list ?(?:info|archives?|guidelines): ?https?:|yahoo! groups (?:links|sponsor)"
    r"|this sf\.net email is sponsored"
    r"|your use of yahoo! groups|reply to this e-?mail directly|visit topic or reply to this"
    r"|groups\.io links|view/reply online|mute this topic"
    r"|sie erhalten diese (?:nachricht|e-?mail), weil|vous recevez ce (?:message|mail"
    r"|courriel) (?:car|parce)"
    r"|pour vous désabonner|para (?:darse de baja|cancelar (?:la|su) suscripción|cancelar a)"
    r"|um sich abzumelden|per cancellarsi|om u af te melden|чтобы отписаться|отписаться)",
    re.IGNORECASE,
)
_ADVERT = re.compile(
    r"^\W{0,6}(?:do you yahoo!?\?|get your (?:free|private)[, ].{0,80}|get (?:more from"
    r"|free) .{0,60}"
    r"(?:msn|hotmail|download).{0,40}|join the world['’]s largest e-?mail service.{0,60}"
    r"|send and receive hotmail.{0,60}|chat with friends online.{0,60}|msn (?:photos"
    r"|messenger).{0,80}"
    r"|yahoo! (?:mail|photos|messenger|auctions|shopping|greetings|sports|finance|movies|health"
    r"|calendar|by phone|tax).{0,80}|get organi[sz]ed with yahoo mail"
    r"|yahoo mail ?[:–-] .{5,60}|(?:this (?:e-?mail|message) (?:has been |was )?(?:checked"
    r"|scanned)"
    r"(?: for| by).{0,80})|virus-?free\b.{0,40}|diese e-?mail wurde von avast.{0,80}"
    r"|garanti sans virus.{0,40}|libre de virus.{0,40}"
    r"|outgoing mail is certified virus free.{0,40}"
    r"|checked by avg.{0,60}|powered by \S+mail.{0,60}|need a new email address.{0,60}"
    r"|.{0,60}http://(?:www\.hotmail\.com|explorer\.msn\.com|messenger\.msn\.com|photos\.msn\.com"
    r"|mobile\.msn\.com|join\.msn\.com|(?:\w+\.)?mail\.yahoo\.com)\S{0,80}"
    r"|__+ ?do you yahoo.{0,20})\W*$",
    re.IGNORECASE,
)


# An address or page of a list's program, in whatever words it is told.
_LIST_MACHINE = re.compile(
    r"[-+.](?:unsubscribe|unsub|leave|request|signoff|off|help)@|\b(?:unsubscribe|leave|signoff"
    r"|listserv|majordomo|sympa|mailman)[-+.\w]{0,40}@|https?://\S{1,120}(?:listinfo|mailman"
    r"|unsubscribe|/sympa/|/lists?/)",
    re.IGNORECASE,
)
_LIST_LINK = re.compile(
    r"^\s*<?https?://\S{1,120}(?:listinfo|mailman|unsubscribe|/lists?/|/group/)\S{0,120}\s*$"
)
_PAGE = re.compile(r"http|www\.|\b[\w-]{2,40}\.(?:com|net|org|info|de|co\.uk|fr|it)\b")
_LONGEST_TAIL = 7  # lines of an advertisement, with the rule above it
_READ = 1000  # letters of a tail
_SHORT_TAIL = 3  # lines that tell how to leave a list
_MOST_TAILS = 3
_LONGEST_FOOTER = 60  # lines of text; what stands above so many others is a part of the mail
_LONG_RULE = 30  # letters; a writer's own rules are shorter


_ATTACHMENT = re.compile(
    r"^\s*(?:[-*]\s\S[^\t]{0,80}\.[a-z0-9]{2,4}|(?:<<[^<>]{1,120}>>[\s?]*){1,8}"
    r"|\(see attached file: .{1,200}\)|<embedded [^<>]{1,60}>|\[(?:image|cid:[^\]]{1,120})\])\s*$",
    re.IGNORECASE,
)


_PLACEHOLDER = re.compile(
    r"^\s*\[(?:cid:[^\]]{1,200}|image: ?[^\]]{0,200}|inline image \d{1,3}"
    r"|https?://[^\]\s]{1,300}\.(?:png|gif|jpe?g)[^\]]{0,80})\]\s*$",
    re.IGNORECASE,
)


# These first words begin nothing else, so that no blank line has to stand above them.
_OPENS_LEGAL = re.compile(
    r"(?:this (?:e-?mail|message|communication) (?:and |is |may |contains )"
    r"|if you (?:have )?received? this |the (?:information|contents?) (?:of|in|contained) )",
    re.IGNORECASE,
)
_ADVERT_HINTS = hints(("yahoo", "msn", "hotmail", "avast", "avg", "virus", "powered", "new email"))


def is_placeholder(line: str) -> bool:
    """Whether the line stands for a picture: "[cid:…]", "[image: logo.png]"."""
    return line.lstrip().startswith("[") and bool(_PLACEHOLDER.match(line[:400]))


def footer_start(lines: Sequence[str], *, below_text: bool = False) -> int:
    """The first line of what programs, lists and lawyers added below; len(lines) when nothing.

    `below_text`: the writer's words already stand above `lines`. A mail that opens like a list's
    footer, as automatic ones do, has none.
    """
    end = _first_footer(lines, below_text)
    for _ in range(_MOST_TAILS):
        start = _linked_tail(lines, end, below_text)
        if start == end:
            break
        end = start
    return end


def _first_footer(lines: Sequence[str], below_text: bool) -> int:
    first = _last_lines(lines)
    below_text = below_text or any(line.strip() and not is_ruler(line) for line in lines[:first])
    whole = "\n".join(lines[first:]).lower()
    advert, legal = holds_any(whole, _ADVERT_HINTS), may_hold_disclaimer(whole)
    device = may_hold_device_line(whole)
    for index in range(first, len(lines)):
        text = lines[index][:400].strip()
        if not text:
            continue
        if (device and is_device_line(text)) or (advert and _ADVERT.match(text)):
            return _with_rulers_above(lines, index)
        if (
            below_text
            and (_follows_break(lines, index) or (legal and _OPENS_LEGAL.match(text)))
            and (_LIST_FOOTER.match(text) or (legal and opens_disclaimer(lines, index)))
        ):
            return _with_rulers_above(lines, index)
        below_text = below_text or not is_ruler(lines[index])
    return len(lines)


def _last_lines(lines: Sequence[str]) -> int:
    """Where the last lines start that a footer can fill."""
    left = _LONGEST_FOOTER
    for index in range(len(lines) - 1, -1, -1):
        left -= bool(lines[index].strip())
        if not left:
            return index
    return 0


def _linked_tail(lines: Sequence[str], end: int, below_text: bool) -> int:
    """Where the lines end in a list's address, or in a link under a long rule; else `end`."""
    bottom = end
    while bottom and not lines[bottom - 1].strip():
        bottom -= 1
    top = bottom
    while top and bottom - top < _LONGEST_TAIL and lines[top - 1].strip():
        top -= 1
        if is_ruler(lines[top]):
            break
    if top == bottom or not (below_text or any(line.strip() for line in lines[: bottom - 1])):
        return end
    tail = lines[top:bottom]
    ruled = is_ruler(tail[0])
    if len(tail) <= _SHORT_TAIL + ruled:
        told = " ".join(tail if ruled else tail[:1])[:_READ]
        if ("@" in told or "://" in told) and _LIST_MACHINE.search(told):
            return _with_rulers_above(lines, top)
    if _LIST_LINK.match(lines[bottom - 1][:300]):
        return _with_rulers_above(lines, bottom - 1)
    long_rule = ruled and len(tail[0].strip()) >= _LONG_RULE
    linked = any("@" in line or _PAGE.search(line[:_READ]) for line in tail[1:])
    return _with_rulers_above(lines, top) if long_rule and linked else end


def disclaimer_follows(lines: Sequence[str], start: int) -> bool:
    """Whether the first text from line `start` on is a disclaimer."""
    for index in range(start, len(lines)):
        if lines[index].strip() and not is_ruler(lines[index]):
            return opens_disclaimer(lines, index)
    return False


def attachments_start(lines: Sequence[str]) -> int:
    """The first of the lines by which a program lists attachments at the very end."""
    end = start = len(lines)
    while end > 0 and (not lines[end - 1].strip() or _ATTACHMENT.match(lines[end - 1][:300])):
        end -= 1
        if lines[end].strip():
            start = end
    return start


def _follows_break(lines: Sequence[str], index: int) -> bool:
    return not index or not lines[index - 1].strip() or is_ruler(lines[index - 1])


def _with_rulers_above(lines: Sequence[str], index: int) -> int:
    while index > 0 and (not lines[index - 1].strip() or is_ruler(lines[index - 1])):
        index -= 1
    return index
