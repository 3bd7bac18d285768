"""Learn a writer's signatures from repetition: lines that end mail after mail are no message.

A signature starts where the endings of many mails branch: below it they agree, above it every
mail says something else. Its closing ("Best,\\nSam") is voice and no part of it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.mail.signatures import is_closing
from engine.mail.threads import base_subject

Block = tuple[str, ...]

_LONGEST = 12  # lines
_CONTACT = re.compile(r"https?://|www\.|\S@\S+\.\w|\+?\d[\d ()./-]{6,}\d|\w\.(?:com|org|net|edu)\b")
_FEWEST = 5  # mails that end alike
_SHARE_WITH_CONTACT = 0.02  # of the writer's mails: an address or number speaks for itself,
_SHARE = 0.1  # bare words must come back more often


def ending(body: str) -> Block:
    """The last lines of a text, white space evened out, blank lines left out."""
    lines = (" ".join(line.split()) for line in body.splitlines()[-3 * _LONGEST :])
    return tuple(line for line in lines if line)[-_LONGEST:]


def learn_signatures(mails: Iterable[tuple[str, str, str, str]]) -> dict[str, list[Block]]:
    """(address, display name, subject, own words) of each mail -> address -> its signatures.

    The longest signature is the first. Memory stays small: an ending is followed upwards only
    while it has been seen before.
    """
    writers: dict[str, _Writer] = defaultdict(_Writer)
    for address, name, subject, body in mails:
        writers[address].read(name, base_subject(subject), ending(body))
    learned = {address: writer.signatures() for address, writer in writers.items()}
    return {address: found for address, found in learned.items() if found}


def signature_of(body: str, signatures: Iterable[Block]) -> str | None:
    """The first of `signatures` that ends the text, as the text that `own_words` takes."""
    lines = ending(body)
    for block in signatures:
        if lines[-len(block) :] == block:
            return "\n".join(block)
    return None


@dataclass
class _Writer:
    """How the mails of one address end. above: different lines seen above an ending."""

    mails: int = 0
    name: set[str] = field(default_factory=set)
    counts: Counter[Block] = field(default_factory=Counter)
    above: Counter[Block] = field(default_factory=Counter)
    subjects: dict[Block, set[str]] = field(default_factory=lambda: defaultdict(set))

    def read(self, name: str, subject: str, lines: Block) -> None:
        self.mails += 1
        self.name |= _words(name)
        for length in range(1, len(lines) + 1):
            block = lines[-length:]
            self.counts[block] += 1
            if self.counts[block] == 1:
                self.above[block[1:]] += 1
                break
            self.subjects[block].add(subject)

    def signatures(self) -> list[Block]:
        found = set()
        for block, count in self.counts.items():
            # Where nothing branches or all is about one thing, a text was sent to many.
            branches = min(self.above[block], len(self.subjects[block]) + 1)
            if count >= _FEWEST and branches * 2 >= count:
                signature = self._without_closing(block)
                if self._is_signature(signature, count):
                    found.add(signature)
        return sorted(found, key=lambda block: (-len(block), block))

    def _without_closing(self, block: Block) -> Block:
        closings = [index for index, line in enumerate(block) if is_closing(line)]
        start = closings[-1] + 1 if closings else 0
        if start < len(block) and _words(block[start]) <= self.name:
            start += 1
        return block[start:]

    def _is_signature(self, block: Block, count: int) -> bool:
        if not block or sum(map(len, block)) > 70 * len(block):
            return False
        if any(_CONTACT.search(line) for line in block):
            return count >= _SHARE_WITH_CONTACT * self.mails
        # A text above a name is a text, however often it was used.
        signed = _words(block[-1]) <= self.name
        return len(block) > 1 and not signed and count >= _SHARE * self.mails


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
