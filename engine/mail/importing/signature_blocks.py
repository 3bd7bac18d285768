"""Find the signatures that `own_words` removes by their form, to keep the facts in them.

Repetition (repetition.py) is searched for in own words, which no longer have the signatures below
"-- " and the contact blocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.mail.own_words.extract import signature_block
from engine.mail.types import Mail

_MIN_MAILS = 3  # of one address; a block that occurs less often may be somebody else's
_MAX_WAITING = 2_000  # blocks kept before all of them are dropped
_CONTEXT_LINES = 4  # of own words, which `signature_block` needs above the block
_LONGEST_BLOCK, _LONGEST_TEXT = 15, 1_500  # lines and characters
_SEARCHED = 24  # characters at the end of own words that are searched for in the original


@dataclass
class SignatureBlocks:
    """The text below the own words of mails, until several mails of a writer start it alike.

    Only then is it checked for a signature, which is slow: most of it is quotes, and these start
    differently in each mail.
    """

    _waiting: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def find(self, mail: Mail) -> str | None:
        """Return the signature that `own_words` removed from a mail.

        None if there is none, or if fewer than three mails of the address have had it so far.
        """
        below = _below_own_words(mail.body, mail.original)
        if not below:
            return None
        above = mail.body[-_LONGEST_TEXT:].split("\n")[-_CONTEXT_LINES:]
        if len(self._waiting) >= _MAX_WAITING:
            self._waiting.clear()
        key = mail.sender, "\n".join(below[:2])
        alike = self._waiting.setdefault(key, [])
        alike.append("\n".join([*above, "", *below]))
        if len(alike) < _MIN_MAILS:
            return None
        del self._waiting[key]
        block = signature_block(alike[-1])
        if block is None or any(signature_block(other) != block for other in alike[:-1]):
            return None
        return block


def _below_own_words(body: str, original: str) -> list[str]:
    """Return the first lines below the own words of a mail; [] if a quote with marks follows."""
    end = body[-_SEARCHED:].rpartition("\n")[2]
    # Own words may have lost white space above, but hardly a tenth of the original's length.
    at = original.find(end, max(0, len(body) * 9 // 10 - len(end))) if end else -1
    if at < 0:
        return []
    start = at + len(end)
    below = original[start : start + _LONGEST_TEXT].strip()
    if below.startswith(">"):
        return []
    return [line.rstrip() for line in below.splitlines()[:_LONGEST_BLOCK]]
