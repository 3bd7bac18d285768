"""Learn a writer's signatures from repetition: lines that end mail after mail are no message.

Signatures change over the years: each is judged among the mails of its own period. It starts
where the endings of many mails branch: below it they agree, above it every mail says something
else. Its closing ("Best,\\nSam") is voice and no part of it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.mail.message.subjects import base_subject
from engine.mail.own_words.closings import is_closing

Block = tuple[str, ...]

_LONGEST = 12  # lines
_CONTACT = re.compile(r"https?://|www\.|\S@\S+\.\w|\+?\d[\d ()./-]{6,}\d|\w\.(?:com|org|net|edu)\b")
_FEWEST = 5  # mails that end alike
_SHARE_WITH_CONTACT = 0.02  # of the period's mails: an address or number speaks for itself,
_SHARE = 0.1  # bare words must come back more often,
_SHORTEST_PERIOD = 14 * 86_400  # and for longer than a thing is talked about


def ending(body: str) -> Block:
    """The last lines of a text, white space evened out, blank lines left out."""
    lines = (" ".join(line.split()) for line in body.splitlines()[-3 * _LONGEST :])
    return tuple(line for line in lines if line)[-_LONGEST:]


def learn_signatures(mails: Iterable[tuple[str, str, str, str, int]]) -> dict[str, list[Block]]:
    """(address, display name, subject, own words, Unix time) of mails -> address -> signatures.

    The longest signature is the first; the mails come in any order. Memory stays small: an ending
    is followed upwards only while it has been seen before.
    """
    writers: dict[str, _Writer] = defaultdict(_Writer)
    for address, name, subject, body, date in mails:
        writers[address].read(name, base_subject(subject), ending(body), date)
    learned = {address: writer.signatures() for address, writer in writers.items()}
    return {address: found for address, found in learned.items() if found}


def without_signature(body: str, signatures: Iterable[Block]) -> tuple[str, str | None]:
    """Own words without the first of `signatures` that ends them, and that signature.

    The words stay as they are, and None is returned, where none of them ends the text.
    """
    lines = body.splitlines()
    last = ending(body)
    for block in signatures:
        if last[-len(block) :] == block:
            left = len(block)
            while left:
                left -= bool(lines.pop().strip())
            return "\n".join(lines).rstrip(), "\n".join(block)
    return body, None


@dataclass
class _Writer:
    """How the mails of one address end.

    above: different lines seen above an ending. period: the first and last time of an ending.
    """

    dates: list[int] = field(default_factory=list)
    name: set[str] = field(default_factory=set)
    counts: Counter[Block] = field(default_factory=Counter)
    above: Counter[Block] = field(default_factory=Counter)
    subjects: dict[Block, set[str]] = field(default_factory=lambda: defaultdict(set))
    period: dict[Block, tuple[int, int]] = field(default_factory=dict)

    def read(self, name: str, subject: str, lines: Block, date: int) -> None:
        self.dates.append(date)
        self.name |= _words(name)
        for length in range(1, len(lines) + 1):
            block = lines[-length:]
            self.counts[block] += 1
            first, last = self.period.get(block, (date, date))
            self.period[block] = min(first, date), max(last, date)
            if self.counts[block] == 1:
                self.above[block[1:]] += 1
                break
            self.subjects[block].add(subject)

    def signatures(self) -> list[Block]:
        found = set()
        self.dates.sort()
        for block, count in self.counts.items():
            # Where nothing branches or all is about one thing, a text was sent to many.
            branches = min(self.above[block], len(self.subjects[block]) + 1)
            if count >= _FEWEST and branches * 2 >= count:
                signature = self._without_closing(block)
                if self._is_signature(signature, count, self.period[block]):
                    found.add(signature)
        return sorted(found, key=lambda block: (-len(block), block))

    def _without_closing(self, block: Block) -> Block:
        closings = [index for index, line in enumerate(block) if is_closing(line)]
        start = closings[-1] + 1 if closings else 0
        if start < len(block) and _words(block[start]) <= self.name:
            start += 1
        return block[start:]

    def _is_signature(self, block: Block, count: int, period: tuple[int, int]) -> bool:
        if not block or sum(map(len, block)) > 70 * len(block):
            return False
        first, last = period
        mails = bisect_right(self.dates, last) - bisect_left(self.dates, first)
        if any(_CONTACT.search(line) for line in block):
            return count >= _SHARE_WITH_CONTACT * mails
        # A text above a name is a text, however often it was used.
        signed = _words(block[-1]) <= self.name
        lasting = last - first >= _SHORTEST_PERIOD
        among = mails if lasting else len(self.dates)
        return len(block) > 1 and not signed and count >= _SHARE * among


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
