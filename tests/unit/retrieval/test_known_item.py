"""Known-item search: mails are found by their instructions, hybrid no worse than either alone."""

import json
from pathlib import Path

import pytest

from engine.database import database
from engine.events import silent
from engine.home.home import Home
from engine.mail.importing.importing import import_archives
from engine.retrieval import by_meaning, embedder
from engine.retrieval.by_words import best_matches, query_words
from engine.retrieval.index import index_missing
from engine.retrieval.search import ranked_hits

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "panza"


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpora are not here")
def test_fused_finds_no_less_than_meaning_or_words_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path).prepare()
    connection = database.connect(home.database)
    import_archives(connection, [CORPUS / "david_rebuilt.mbox"], ["david@example.org"], silent)
    index_missing(connection, home, silent)
    lines = (CORPUS / "david_instructions.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines[::3]]
    gains: dict[str, list[float]] = {"meaning": [], "words": [], "fused": []}
    for record in records:
        wanted = record["i"] + 1
        for query in (record["instruction"], record["terse"]):
            vector = embedder.embed_query(query, home)
            monkeypatch.setattr(embedder, "embed_query", lambda text, home, v=vector: v)
            found = {
                "meaning": list(by_meaning.nearest(connection, vector, 50)),
                "words": list(best_matches(connection, query_words(connection, query), 50)),
                "fused": [hit.id for hit in ranked_hits(connection, home, query)],
            }
            monkeypatch.undo()
            for way, ranked in found.items():
                gains[way].append(1 / (1 + ranked.index(wanted)) if wanted in ranked else 0.0)
    connection.close()
    mean = {way: sum(ranks) / len(ranks) for way, ranks in gains.items()}
    assert len(gains["fused"]) == 2 * len(records) > 100
    assert mean["fused"] >= max(mean["meaning"], mean["words"])
    assert mean["fused"] > 0.95
