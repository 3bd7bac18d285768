"""`panza-tui search`: print the past mails that retrieval finds, and why."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from panza_tui.commands.session import Session
from panza_tui.jobs.search import search as run_search
from panza_tui.terminal.json_output import print_json
from panza_tui.terminal.mail_words import first_recipients, mail_date
from panza_tui.terminal.narration import say, show
from panza_tui.terminal.sanitise import safe_line

if TYPE_CHECKING:
    from engine.retrieval.hits import Hit

_EXCERPT = 100
"""The number of characters of a mail that are printed in a pipe."""

_EXCERPT_ON_A_TERMINAL = 300
"""The same on a terminal."""

_BEFORE_A_WORD = 60
"""The number of characters shown before the first word that was found."""


def search(session: Session, query: str, k: int, as_json: bool) -> None:
    """Print the mails that a draft for the instruction `query` would be based on, best first."""
    result = run_search(session.home.check(), session.settings(), query, k)
    hits = result.hits
    if result.embedded < result.kept:
        say(
            f"{result.kept - result.embedded} of {result.kept} mails are not embedded yet and are "
            "found by their words only; the next import, playback or train embeds them."
        )
    if as_json:
        print_json([_record(hit) for hit in hits])
    elif sys.stdout.isatty():
        _show(hits)
    else:
        _print(hits)
    if not hits and not as_json:
        say("Nothing was found.")


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
    """Print three plain lines per mail, for a pipe."""
    for hit in hits:
        title = safe_line(f"{first_recipients(hit.recipients)}: {hit.subject}")
        show(f"{hit.id:>6}  {mail_date(hit.date)}  {title}")
        show(f"        {safe_line(hit.body)[:_EXCERPT]}")
        show(f"        {safe_line(hit.why)}")


def _show(hits: Sequence[Hit]) -> None:
    """Print mails on a terminal, with the found words marked and an excerpt around the first."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    for hit in hits:
        words = [safe_line(word) for word in hit.reasons.words]
        head = Text(f"{hit.id:>6}  {mail_date(hit.date)}  ", style="dim")
        head.append(safe_line(first_recipients(hit.recipients)), style="bold")
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
