"""Search the past mails that a draft would be based on."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.database import database
from engine.errors import NotReadyError, UsageError
from engine.home.home import Home
from engine.mail.stored.store import has_mails
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.retrieval.hits import Hit


@dataclass(frozen=True)
class SearchResult:
    """The mails found, best first. embedded: how many of the `kept` mails have a vector."""

    hits: tuple[Hit, ...]
    embedded: int
    kept: int


def search(home: Home, settings: Settings, query: str, k: int) -> SearchResult:
    """Find at most `k` mails. Raises UsageError for an empty query, NotReadyError without mails."""
    from engine.retrieval.index import embedding_state
    from engine.retrieval.search import search as find

    if not query.strip():
        raise UsageError("search needs a text: what the mails are about.")
    with closing(database.connect_to_read(home.database)) as connection:
        if not has_mails(connection):
            raise NotReadyError("There is no mail yet; run 'panza-tui import PATH' first.")
        embedded = embedding_state(connection)
        least = settings.retrieval.min_similarity
        hits = find(connection, home, query, k, min_similarity=least)
    return SearchResult(tuple(hits), embedded.done, embedded.total)
