"""`panza-tui search`: what retrieval would find, and why."""

from __future__ import annotations

import json
from datetime import datetime

from engine import database
from engine.errors import NotReadyError
from panza_tui.cli import Session
from panza_tui.sanitise import safe_line

_EXCERPT = 100


def search(session: Session, query: str, k: int, as_json: bool) -> None:
    """Print the mails found for `query`, best first, as a draft with it as instruction would see."""
    from engine.retrieval.search import search as find

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
        print(json.dumps(records, ensure_ascii=False))
        return
    for hit in hits:
        day = datetime.fromtimestamp(hit.date).strftime("%Y-%m-%d")
        whom = ", ".join(name or address for name, address in hit.recipients[:3])
        print(safe_line(f"{hit.id:>6}  {day}  {whom}: {hit.subject}"))
        print(f"        {safe_line(hit.body)[:_EXCERPT]}")
        print(f"        {safe_line(hit.why)}")
    if not hits:
        print("Nothing was found.")
