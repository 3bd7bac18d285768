"""What a search finds, and why."""

from __future__ import annotations

from dataclasses import dataclass

from engine.mail.types import Address


@dataclass(frozen=True)
class Reasons:
    """Why a past mail was found.

    words: the query's telling words that it holds, the rarest first. similarity: cosine of its
    meaning to the query's; None while it is not embedded. same_recipient: it went to whom the
    draft is for. recency: 1 for the newest mail, halved with every two years before it.
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
    """A past mail found. score: how well it fits, 0 to 1, and a little for recipient and date."""

    id: int
    date: int
    recipients: tuple[Address, ...]
    subject: str
    body: str
    score: float
    reasons: Reasons

    @property
    def why(self) -> str:
        """The reasons as one line."""
        return str(self.reasons)
