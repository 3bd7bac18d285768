"""Learn a writer's signatures: the last lines that many mails have in common.

A signature starts where the endings of many mails differ: from there on they are the same, and
above it each mail has other text. Signatures change over the years, so each is compared with the
mails of its own period. The closing ("Best,\\nSam") is not part of it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.mail.message.subjects import base_subject
from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.contact import has_title_or_organisation
from engine.mail.own_words.contact_lines import fits_contact_block, is_like_closing, is_sentence
from engine.mail.own_words.endings import has_sentence

Block = tuple[str, ...]

_LONGEST_SIGNATURE = 12  # lines
_LONGEST_LINE = 70  # characters, on average
_CONTACT = re.compile(r"https?://|www\.|\S@\S+\.\w|\+?\d[\d ()./-]{6,}\d|\w\.(?:com|org|net|edu)\b")
_POSTSCRIPT = re.compile(r"^\W{0,3}p\.? ?s\b", re.IGNORECASE)
_MIN_MAILS = 5  # with the same ending
# Share of the period's mails: less with an address or phone number, which is evidence in itself.
_MIN_SHARE, _MIN_SHARE_WITH_CONTACT = 0.1, 0.02
_SHORTEST_PERIOD = 14 * 86_400  # seconds; in less, mails about one thing may end alike


def last_lines(body: str) -> Block:
    """Return the last lines of a text, with single spaces and without blank lines."""
    # Three times as many lines are read, as some are blank.
    lines = (" ".join(line.split()) for line in body.splitlines()[-3 * _LONGEST_SIGNATURE :])
    return tuple(line for line in lines if line)[-_LONGEST_SIGNATURE:]


def learn_signatures(mails: Iterable[tuple[str, str, str, str, int]]) -> dict[str, list[Block]]:
    """Return address -> signatures, the longest first.

    Needs little memory: an ending gets one line longer only when it has occurred before.

    mails: (address, display name, subject, own words, seconds since the epoch), in any order.
    """
    writers: dict[str, _Writer] = defaultdict(_Writer)
    for address, name, subject, body, date in mails:
        writers[address].add(name, base_subject(subject), last_lines(body), date)
    learned = {address: writer.signatures() for address, writer in writers.items()}
    return {address: found for address, found in learned.items() if found}


def remove_signature(body: str, signatures: Iterable[Block]) -> tuple[str, str | None]:
    """Return own words without the first of `signatures` at their end, and that signature.

    If none of them matches, return the words unchanged and None.
    """
    lines = body.splitlines()
    last = last_lines(body)
    for block in signatures:
        if last[-len(block) :] == block:
            remaining = len(block)
            while remaining:
                remaining -= bool(lines.pop().strip())
            return "\n".join(lines).rstrip(), "\n".join(block)
    return body, None


@dataclass
class _Writer:
    """The endings of the mails of one address.

    different_above: the number of different lines above an ending. period: the first and last date
    of an ending.
    """

    dates: list[int] = field(default_factory=list)
    name: set[str] = field(default_factory=set)
    counts: Counter[Block] = field(default_factory=Counter)
    different_above: Counter[Block] = field(default_factory=Counter)
    subjects: dict[Block, set[str]] = field(default_factory=lambda: defaultdict(set))
    period: dict[Block, tuple[int, int]] = field(default_factory=dict)

    def add(self, name: str, subject: str, lines: Block, date: int) -> None:
        self.dates.append(date)
        self.name |= _words(name)
        for length in range(1, len(lines) + 1):
            block = lines[-length:]
            self.counts[block] += 1
            first, last = self.period.get(block, (date, date))
            self.period[block] = min(first, date), max(last, date)
            if self.counts[block] == 1:
                self.different_above[block[1:]] += 1
                break
            self.subjects[block].add(subject)

    def signatures(self) -> list[Block]:
        signatures = set()
        self.dates.sort()
        for block, count in self.counts.items():
            # With few different lines above it or few subjects, it is one text sent to many people.
            differences = min(self.different_above[block], len(self.subjects[block]) + 1)
            if count >= _MIN_MAILS and differences * 2 >= count:
                start, is_signed = self._signature_start(block)
                signature = block[start:]
                if self._is_signature(signature, count, self.period[block], is_signed):
                    signatures.add(signature)
        return sorted(signatures, key=lambda block: (-len(block), block))

    def _signature_start(self, block: Block) -> tuple[int, bool]:
        """Return the line below the closing and the name, and whether there is one of them.

        Without both, sentences at the top are a habit of the writer's, not part of a signature.
        """
        start = 0
        for index, line in enumerate(block):
            is_above_name = index + 1 < len(block) and self._is_own_name(block[index + 1])
            if is_closing(line) or (is_above_name and is_like_closing(line)):
                start = index + 1
        is_signed = start > 0
        if not is_signed:
            start = _end_of_sentences(block)
        if start < len(block) and (
            self._is_own_name(block[start]) or (is_signed and _is_first_name(block[start]))
        ):
            return start + 1, True
        return start, is_signed

    def _is_own_name(self, line: str) -> bool:
        return bool(_words(line)) and _words(line) <= self.name

    def _is_signature(
        self, block: Block, count: int, period: tuple[int, int], is_signed: bool
    ) -> bool:
        """is_signed: the closing or the name is above, so that one line can be a signature."""
        if (
            not block
            or _POSTSCRIPT.match(block[0])
            or sum(map(len, block)) > _LONGEST_LINE * len(block)
        ):
            return False
        first, last = period
        mails = bisect_right(self.dates, last) - bisect_left(self.dates, first)
        if any(_CONTACT.search(line) for line in block):
            return count >= _MIN_SHARE_WITH_CONTACT * mails
        # Text above the writer's name is the mail itself, even if it was sent often.
        ends_in_name = _words(block[-1]) <= self.name
        is_long_period = last - first >= _SHORTEST_PERIOD
        compared = mails if is_long_period else len(self.dates)
        return (len(block) > 1 or is_signed) and not ends_in_name and count >= _MIN_SHARE * compared


def _end_of_sentences(block: Block) -> int:
    """Return the end of the sentences above the first line that looks like a signature's."""
    end = 0
    for index, line in enumerate(block):
        if is_sentence(line) and has_sentence([line]):
            end = index + 1
        elif fits_contact_block(line):
            break
    return end


def _is_first_name(line: str) -> bool:
    return line.isalpha() and line[0].isupper() and not has_title_or_organisation(line)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
