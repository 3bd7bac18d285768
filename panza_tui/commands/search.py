"""`panza-tui search`: what retrieval would find, and why."""

from __future__ import annotations

from datetime import datetime

from engine import database
from engine.errors import NotReadyError, UsageError
from panza_tui.json_output import print_json
from panza_tui.narration import say
from panza_tui.sanitise import safe_line
from panza_tui.session import Session

_EXCERPT = 100


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
    hits = find(connection, home, query, k, min_similarity=settings.retrieval.min_similarity)
    if as_json:
        records = [
            {
                "id": hit.id,
                "date": hit.date,
                "to": [address for _, address in hit.recipients],
                "subject": hit.subject,
                "body": hit.body,
                "score": round(hit.score, 4),
                "why": hit.why,
            }
            for hit in hits
        ]
        print_json(records)
        return
    for hit in hits:
        day = datetime.fromtimestamp(hit.date).strftime("%Y-%m-%d")
        whom = ", ".join(name or address for name, address in hit.recipients[:3])
        print(f"{hit.id:>6}  {day}  {safe_line(f'{whom}: {hit.subject}')}")
        print(f"        {safe_line(hit.body)[:_EXCERPT]}")
        print(f"        {safe_line(hit.why)}")
    if not hits:
        say("Nothing was found.")
