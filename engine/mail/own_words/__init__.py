"""Extract a writer's own words from a mail."""

from __future__ import annotations

from engine.mail.types import Kind


def own_words(body: str, kind: Kind = "plain", *, signature: str | None = None) -> str:
    """Return the writer's own words in a body; see engine.mail.own_words.extract."""
    # Drafting imports other modules of this package; the rules of this one take a quarter second.
    from engine.mail.own_words import extract

    return extract.own_words(body, kind, signature=signature)
