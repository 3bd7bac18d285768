"""A past mail that a search found, and why."""

from __future__ import annotations

from dataclasses import dataclass

from engine.mail.types import Address


@dataclass(frozen=True)
class Reasons:
    """Why a past mail was found.

    words: the query's distinctive words that it contains, rarest first. similarity: cosine of its
    embedding to the query's; None if it is not embedded yet. same_recipient: whether it was sent to
    the draft's recipient. recency: 1 for the newest mail, halved for every two years before it.
    """

    words: tuple[str, ...] = ()
    similarity: float | None = None
    same_recipient: bool = False
    recency: float = 0.0

    def __str__(self) -> str:
        parts = []
        if self.similarity is not None:
            parts.append(f"meaning {self.similarity:.2f}")
        if self.words:
            parts.append(f"words: {', '.join(self.words)}")
        if self.same_recipient:
            parts.append("same recipient")
        return "; ".join(parts)


@dataclass(frozen=True)
class Hit:
    """A past mail that was found.

    score: how well it fits, 0 to 1, plus a bonus for recipient and date. The history of drafts
    stores neither score nor reasons.
    """

    id: int
    date: int
    recipients: tuple[Address, ...]
    subject: str
    body: str
    score: float = 0.0
    reasons: Reasons = Reasons()

    @property
    def why(self) -> str:
        """Return the reasons as one line."""
        return str(self.reasons)
