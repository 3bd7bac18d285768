"""Find the footers that mail programs, mailing lists and companies put below a mail."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.mail.own_words.bare_contacts import last_nonblank
from engine.mail.own_words.company_lines import company_line_start
from engine.mail.own_words.device_lines import (
    EXCUSE,
    is_device_line,
    may_contain_device_line,
    names_model,
)
from engine.mail.own_words.disclaimers import (
    continues_disclaimer,
    may_contain_disclaimer,
    starts_disclaimer,
)
from engine.mail.own_words.endings import ForeignPart, own_text_end
from engine.mail.own_words.keywords import contains_any, keywords
from engine.mail.own_words.meetings import meeting_block_start
from engine.mail.own_words.organisation_notes import is_note, may_contain_note
from engine.mail.own_words.program_blocks import program_block_start, scanner_paragraph
from engine.mail.own_words.separators import is_ruler
from engine.words import pattern_of, words

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
    r"|archives?: ?https?://\S{1,200}$"
    r"|list ?(?:info|archives?|guidelines): ?https?:|yahoo!? groups (?:links|sponsor)"
    r"|this sf\.net email is sponsored"
    r"|your use of yahoo!? groups|reply to this e-?mail directly|visit topic or reply to this"
    r"|groups\.io links|view/reply online|mute this topic"
    r"|sie erhalten diese (?:nachricht|e-?mail), weil|vous recevez ce (?:message|mail"
    r"|courriel) (?:car|parce)"
    r"|pour vous désabonner|para (?:darse de baja|cancelar (?:la|su) suscripción|cancelar a)"
    r"|um sich abzumelden|per cancellarsi|om u af te melden|чтобы отписаться|отписаться)",
    re.IGNORECASE,
)
_SCANNERS = pattern_of("adverts.scanners")
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
    r"(?: for| by).{0,80})|virus-?free\b(?:[. ]{0,3}(?:<|www|http).{0,200})?"
    r"|diese e-?mail wurde von avast.{0,80}"
    rf"|[^\W\d_]{{2,20}}(?:[ -][^\W\d_]{{2,20}}){{0,3}}[. ]{{0,3}}<?(?:https?://)?(?:www\.)?{_SCANNERS}\.\w.{{0,200}}"
    rf"|(?:scanned|checked|filtered) (?:for viruses )?(?:by|with) {_SCANNERS}\b.{{0,80}}"
    r"|outgoing mail is certified virus free.{0,40}"
    r"|checked by avg.{0,60}|powered by \S+mail.{0,60}|need a new email address.{0,60}"
    r"|.{0,60}http://(?:www\.hotmail\.com|explorer\.msn\.com|messenger\.msn\.com|photos\.msn\.com"
    r"|mobile\.msn\.com|join\.msn\.com|(?:\w+\.)?mail\.yahoo\.com)\S{0,80}"
    r"|__+ ?do you yahoo.{0,20})\W*$",
    re.IGNORECASE,
)


# An address or web page of mailing list software, in text of any language.
_LIST_SOFTWARE = re.compile(
    r"[-+.](?:unsubscribe|unsub|leave|request|signoff|off|help)@|\b(?:unsubscribe|leave|signoff"
    r"|listserv|majordomo|sympa|mailman)[-+.\w]{0,40}@|https?://\S{1,120}(?:listinfo|mailman"
    r"|unsubscribe|/sympa/|/lists?/)",
    re.IGNORECASE,
)
_LIST_LINK = re.compile(
    r"^\s*<?https?://\S{1,120}(?:listinfo|mailman|unsubscribe|/lists?/|/group/)\S{0,120}\s*$"
)
# A program's words about the list; people who write about a list seldom use them.
_ABOUT_LIST = re.compile(
    r"because you\b|subscribed to|(?:this|our|the) (?:mailing ?list|list|group|topic|thread)\b"
    r"|mailing list|(?:google|yahoo!?) groups?\b|groups\.io|\bon github\b|click (?:here|on)"
    r"|receive (?:these|such|this|our|any|further|future)|this (?:topic|thread|discussion)"
    r"|\bweil sie\b.{0,40}(?:abonn|angemeldet|liste|gruppe)|newsletter|notification"
    r"|visit topic|reply to this e-?mail(?: directly)?(?: to respond|,? or |, view)",
    re.IGNORECASE,
)
_LIST_HOST = re.compile(
    r"@(?:lists?|listserv|groups|mailman|listes?|listas?|lista|listy)\.|@(?:google|yahoo)groups?\."
    r"|//(?:lists?|groups|mailman|listes?|listas?)\.|groups\.(?:google|yahoo|io)\b",
    re.IGNORECASE,
)
_LONGEST_APOLOGY = 120
_SHORTEST_WRAPPED = 50  # characters of a line that goes on below
_YAHOO_GROUPS = "__._,_.___"  # the line above what Yahoo Groups puts below a mail
_WEB_PAGE = re.compile(r"http|www\.|\b[\w-]{2,40}\.(?:com|net|org|info|de|co\.uk|fr|it)\b")
_LONGEST_TAIL = 7  # lines of an advertisement, with the ruler above it
_LONGEST_READ = 1000  # characters of a line or tail
_LONGEST_LIST_NOTE = 3  # lines about how to leave a list
_MAX_LINES_ABOVE_ADVERT = 2  # below the ruler
_MAX_TAILS = 4
_MIN_LIST_WORDS = 2  # different ones, in a footer without a link or a ruler
_LONGEST_FOOTER = 60  # lines of text; a footer that started above them would be the mail itself
_LONG_RULER = 30  # characters; a writer's own rulers are shorter


# Only disclaimers start with these words, so they need no blank line above.
_DISCLAIMER_START = re.compile(
    r"(?:this (?:e-?mail|message|communication) (?:and |is |may |contains )"
    r"|if you (?:have )?received? this |the (?:information|contents?) (?:of|in|contained) )",
    re.IGNORECASE,
)
_SCANNER_NAMES = tuple(name.partition(" ")[0] for name in words("adverts.scanners"))
_ADVERT_KEYWORDS = keywords(
    ("yahoo", "msn", "hotmail", "virus", "powered", "new email", *_SCANNER_NAMES)
)


def footer_start(lines: Sequence[str], *, below_text: bool = False) -> int:
    """Return where the footers start; len(lines) if there is none.

    below_text: own words are above `lines`. Without any, a mail that starts like a list's footer,
    as automatic mails do, has no footer.
    """
    end = _with_rulers_above(lines, own_text_end(lines, _foreign_parts(lines, below_text)))
    for _ in range(_MAX_TAILS):
        start = _tail_start(lines, end, below_text)
        start = meeting_block_start(lines, program_block_start(lines, start))
        start = company_line_start(lines, _with_rulers_above(lines, start))
        start = _with_rulers_above(lines, start)
        if start == end:
            break
        end = start
    return end


def _foreign_parts(lines: Sequence[str], below_text: bool) -> list[ForeignPart]:
    """Return the lines that look like parts of footers, in order."""
    first = _longest_footer_start(lines)
    below_text = below_text or any(line.strip() and not is_ruler(line) for line in lines[:first])
    whole = "\n".join(lines[first:]).lower()
    may_have_advert = contains_any(whole, _ADVERT_KEYWORDS)
    may_have_disclaimer = may_contain_disclaimer(whole)
    may_have_device_line = may_contain_device_line(whole)
    may_have_note = may_contain_note(whole)
    parts: list[ForeignPart] = []
    index = first
    while index < len(lines):
        text = lines[index][:400].strip()
        part = None
        if not text or is_ruler(text):
            index += 1
            continue
        if text == _YAHOO_GROUPS:
            part = ForeignPart(index, len(lines), is_certain=True)
        elif may_have_device_line and is_device_line(text):
            part = ForeignPart(index, _apology_end(lines, index + 1), names_model(text))
        elif may_have_device_line and _is_wrapped_device_line(lines, index):
            part = ForeignPart(index, index + 2)
        elif may_have_advert and _ADVERT.match(text):
            top = _top_below_ruler(lines, index)
            end = index + 1 if top is None else _paragraph_end(lines, index)
            start, end = scanner_paragraph(lines, index) or (index if top is None else top, end)
            part = ForeignPart(start, end)
        elif below_text and _is_after_break(lines, index) and _LIST_FOOTER.match(text):
            part = _list_footer(lines, index)
        if (
            part is None
            and below_text
            and may_have_disclaimer
            and (_is_after_break(lines, index) or _DISCLAIMER_START.match(text))
            and starts_disclaimer(lines, index)
        ):
            part = ForeignPart(
                index, _paragraph_end(lines, index), _is_below_long_ruler(lines, index)
            )
        if part is None and may_have_note and _is_after_break(lines, index):
            end = _paragraph_end(lines, index)
            part = ForeignPart(index, end) if is_note(lines, index, end) else None
        if part is None and parts and _is_after_break(lines, index):
            end = _paragraph_end(lines, index)
            between = lines[parts[-1].end : index]
            is_right_below = all(not line.strip() or is_ruler(line) for line in between)
            if is_right_below and _continues_footer(lines[index:end]):
                part = ForeignPart(index, end)
        if part is not None:
            parts.append(part)
        below_text = True
        index = part.end if part is not None else index + 1
    return parts


def _is_wrapped_device_line(lines: Sequence[str], index: int) -> bool:
    """Return whether a paragraph of two lines is a device line that a program wrapped."""
    if len(lines[index]) < _SHORTEST_WRAPPED or not _is_after_break(lines, index):
        return False
    is_pair = _paragraph_end(lines, index) == index + 2 <= len(lines)
    return is_pair and is_device_line(f"{lines[index].strip()} {lines[index + 1].strip()}")


def _top_below_ruler(lines: Sequence[str], index: int) -> int | None:
    """Return the line below a ruler, if that is the line at `index` or one of the two above it."""
    for top in range(index, max(index - _MAX_LINES_ABOVE_ADVERT, 0) - 1, -1):
        if top and is_ruler(lines[top - 1]):
            return top
        if not lines[top].strip():
            return None
    return None


def _list_footer(lines: Sequence[str], start: int) -> ForeignPart | None:
    """Return the paragraph as a list's footer if more than its first words speaks for one.

    That is a link, an address, a ruler above it, or more of a program's words.
    """
    end = _paragraph_end(lines, start)
    if lines[end - 1].rstrip().endswith(":") and end < len(lines) and not lines[end].strip():
        end = _paragraph_end(lines, end)  # its link is below a blank line
    text = " ".join(lines[start:end])[:_LONGEST_READ]
    has_link = "@" in text or bool(_WEB_PAGE.search(text))
    is_below_ruler = start > 0 and is_ruler(lines[start - 1])
    is_certain = (
        has_link and bool(_LIST_SOFTWARE.search(text) or _LIST_HOST.search(text))
    ) or _is_below_long_ruler(lines, start)
    about_list = {found.group().lower() for found in _ABOUT_LIST.finditer(text)}
    is_said = len(about_list) >= _MIN_LIST_WORDS and not text.rstrip().endswith("?")
    if is_certain or has_link or is_below_ruler or is_said:
        return ForeignPart(start, end, is_certain)
    return None


def _is_below_long_ruler(lines: Sequence[str], start: int) -> bool:
    above = last_nonblank(lines, start)
    return above >= 0 and len(lines[above].strip()) >= _LONG_RULER and is_ruler(lines[above])


def _continues_footer(paragraph: Sequence[str]) -> bool:
    """Return whether a paragraph below a footer is part of it rather than the writer's."""
    text = " ".join(paragraph)[:_LONGEST_READ]
    return (
        "@" in text
        or bool(_WEB_PAGE.search(text))
        or bool(_ABOUT_LIST.search(text))
        or continues_disclaimer(text)
    )


def _apology_end(lines: Sequence[str], start: int) -> int:
    """Return the end of the excuses for typing errors, or links, right below a device line."""
    end = start
    while end < len(lines) and len(lines[end]) <= _LONGEST_APOLOGY:
        if not (EXCUSE.search(lines[end]) or _WEB_PAGE.search(lines[end])):
            break
        end += 1
    return end


def _paragraph_end(lines: Sequence[str], start: int) -> int:
    end = start + 1
    while end < len(lines) and lines[end].strip() and not is_ruler(lines[end]):
        end += 1
    return end


def _longest_footer_start(lines: Sequence[str]) -> int:
    """Return the index of the first line at which a footer may start."""
    left = _LONGEST_FOOTER
    for index in range(len(lines) - 1, -1, -1):
        left -= bool(lines[index].strip())
        if not left:
            return index
    return 0


def _tail_start(lines: Sequence[str], end: int, below_text: bool) -> int:
    """Return the start of a last paragraph about a mailing list or with a link; else `end`.

    It has an address of mailing list software, or a link below a long ruler.
    """
    bottom = last_nonblank(lines, end) + 1
    top = bottom
    while top and bottom - top < _LONGEST_TAIL and lines[top - 1].strip():
        top -= 1
        if is_ruler(lines[top]):
            break
    if top == bottom or not (below_text or any(line.strip() for line in lines[: bottom - 1])):
        return end
    tail = lines[top:bottom]
    has_ruler = is_ruler(tail[0])
    if len(tail) <= _LONGEST_LIST_NOTE + has_ruler:
        note = " ".join(tail if has_ruler else tail[:1])[:_LONGEST_READ]
        if ("@" in note or "://" in note) and _LIST_SOFTWARE.search(note):
            return _with_rulers_above(lines, top)
    if _LIST_LINK.match(lines[bottom - 1][:300]):
        return _with_rulers_above(lines, bottom - 1)
    has_long_ruler = has_ruler and len(tail[0].strip()) >= _LONG_RULER
    has_link = any("@" in line or _WEB_PAGE.search(line[:_LONGEST_READ]) for line in tail[1:])
    return _with_rulers_above(lines, top) if has_long_ruler and has_link else end


def disclaimer_follows(lines: Sequence[str], start: int) -> bool:
    """Return whether the first text from line `start` on is a disclaimer."""
    for index in range(start, len(lines)):
        if lines[index].strip() and not is_ruler(lines[index]):
            return starts_disclaimer(lines, index)
    return False


def _is_after_break(lines: Sequence[str], index: int) -> bool:
    return not index or not lines[index - 1].strip() or is_ruler(lines[index - 1])


def _with_rulers_above(lines: Sequence[str], index: int) -> int:
    while index > 0 and (not lines[index - 1].strip() or is_ruler(lines[index - 1])):
        index -= 1
    return index
