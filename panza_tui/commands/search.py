"""`panza-tui search`: what retrieval would find, and why."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from engine import database
from engine.errors import NotReadyError, UsageError
from panza_tui.commands.session import Session
from panza_tui.terminal.json_output import print_json
from panza_tui.terminal.narration import say
from panza_tui.terminal.sanitise import safe_line

if TYPE_CHECKING:
    import apsw

    from engine.retrieval.hits import Hit

_EXCERPT = 100
_EXCERPT_ON_A_TERMINAL = 300
_BEFORE_A_WORD = 60  # Letters of a mail shown before the first word that was found.


def search(session: Session, query: str, k: int, as_json: bool) -> None:
    """Print the mails that a draft with `query` as its instruction would be shown, best first."""
    from engine.retrieval.search import search as find

    if not query.strip():
        raise UsageError("search takes a text: what the mails shall be about.")
    home = session.home.prepare()
    settings = session.settings()
    connection = database.connect(home.database)
    if connection.execute("SELECT 1 FROM mails LIMIT 1").fetchone() is None:
        raise NotReadyError("There is no mail yet; run 'panza-tui import PATH' first.")
    _tell_what_is_missing(connection)
    hits = find(connection, home, query, k, min_similarity=settings.retrieval.min_similarity)
    if as_json:
        print_json([_record(hit) for hit in hits])
    elif sys.stdout.isatty():
        _show(hits)
    else:
        _print(hits)
    if not hits and not as_json:
        say("Nothing was found.")


def _tell_what_is_missing(connection: apsw.Connection) -> None:
    from engine.retrieval.index import embedding_state

    embedded = embedding_state(connection)
    if embedded.done < embedded.of:
        say(
            f"{embedded.of - embedded.done} of {embedded.of} mails are not embedded yet and are "
            "found by their words alone; the next import, playback or train embeds them."
        )


def _record(hit: Hit) -> dict[str, object]:
    similarity = hit.reasons.similarity
    return {
        "id": hit.id,
        "date": hit.date,
        "to": [address for _, address in hit.recipients],
        "subject": hit.subject,
        "body": hit.body,
        "score": round(hit.score, 4),
        "why": hit.why,
        "reasons": {
            "words": list(hit.reasons.words),
            "similarity": None if similarity is None else round(similarity, 4),
            "same_recipient": hit.reasons.same_recipient,
            "recency": round(hit.reasons.recency, 4),
        },
    }


def _print(hits: Sequence[Hit]) -> None:
    """Three plain lines a mail, for pipes."""
    for hit in hits:
        print(f"{hit.id:>6}  {_day(hit)}  {safe_line(f'{_whom(hit)}: {hit.subject}')}")
        print(f"        {safe_line(hit.body)[:_EXCERPT]}")
        print(f"        {safe_line(hit.why)}")


def _show(hits: Sequence[Hit]) -> None:
    """The same for eyes: the found words marked, each excerpt from where they stand."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    for hit in hits:
        words = [safe_line(word) for word in hit.reasons.words]
        head = Text(f"{hit.id:>6}  {_day(hit)}  ", style="dim")
        head.append(safe_line(_whom(hit)), style="bold")
        head.append(f"  {safe_line(hit.subject)}", style="default not dim")
        excerpt = Text(_excerpt(safe_line(hit.body), words))
        for part in (head, excerpt):
            part.highlight_words(words, "bold underline", case_sensitive=False)
        console.print(head, soft_wrap=False, overflow="ellipsis", no_wrap=True)
        console.print(Padding(excerpt, (0, 0, 0, 8)))
        why = Text(f"{hit.score:.2f}  {safe_line(hit.why)}", style="cyan")
        console.print(Padding(why, (0, 0, 1, 8)))


def _excerpt(body: str, words: Sequence[str]) -> str:
    places = [place for word in words if (place := body.casefold().find(word)) >= 0]
    start = max(min(places, default=0) - _BEFORE_A_WORD, 0)
    start = body.rfind(" ", 0, start) + 1 if start else 0
    shown = body[start : start + _EXCERPT_ON_A_TERMINAL]
    return ("… " if start else "") + shown + (" …" if start + len(shown) < len(body) else "")


def _day(hit: Hit) -> str:
    return datetime.fromtimestamp(hit.date).strftime("%Y-%m-%d")


def _whom(hit: Hit) -> str:
    return ", ".join(name or address for name, address in hit.recipients[:3])
