"""The signatures that `own_words` knows by their form, found again: those that come back are facts.

What repetition shows (repetition.py) is learnt from own words, where blocks below "-- " and blocks
of name, number and address are gone already.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.mail.own_words.extract import signature_block
from engine.mail.types import Mail

_FEWEST = 3  # mails of one address; a block seen less often may be somebody else's
_MOST = 2_000  # beginnings remembered before all that wait are forgotten
_CONTEXT = 4  # lines of own words that tell how a block below them is to be read
_LONGEST = 15  # lines
_LONGEST_TEXT = 1_500  # letters
_LOOKED_FOR = 24  # letters at the end of own words, by which their place in the original is found


@dataclass
class SignatureBlocks:
    """What stands below the own words of mails, until enough of one writer's begin alike.

    Reading a block costs more than finding it, and most are read never: what is below own words
    is mostly a quote, which begins differently in each mail.
    """

    _waiting: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def note(self, mail: Mail) -> str | None:
        """The signature of a mail with its body as `own_words` gave it.

        None when it has none, and where fewer than three mails of the address ended in it so far.
        """
        below = _below_own_words(mail.body, mail.original)
        if not below:
            return None
        above = mail.body[-_LONGEST_TEXT:].split("\n")[-_CONTEXT:]
        if len(self._waiting) >= _MOST:
            self._waiting.clear()
        key = mail.sender, "\n".join(below[:2])
        alike = self._waiting.setdefault(key, [])
        alike.append("\n".join([*above, "", *below]))
        if len(alike) < _FEWEST:
            return None
        del self._waiting[key]
        block = signature_block(alike[-1])
        if block is None or any(signature_block(other) != block for other in alike[:-1]):
            return None
        return block


def _below_own_words(body: str, original: str) -> list[str]:
    """The first lines below the own words of a mail, [] where a marked quote follows."""
    end = body[-_LOOKED_FOR:].rpartition("\n")[2]
    # White space may have gone from the own words, but hardly more: they end no earlier.
    at = original.find(end, max(0, len(body) * 9 // 10 - len(end))) if end else -1
    if at < 0:
        return []
    start = at + len(end)
    below = original[start : start + _LONGEST_TEXT].strip()
    return (
        [] if below.startswith(">") else [line.rstrip() for line in below.splitlines()[:_LONGEST]]
    )
