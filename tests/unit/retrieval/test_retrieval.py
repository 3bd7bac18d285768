"""Finding past mails by meaning and by words."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

from engine.database import database
from engine.events import Event, Progress, silent
from engine.home.home import Home
from engine.retrieval import by_meaning, by_words, embedder, index
from engine.retrieval.by_words import best_matches, query_words
from engine.retrieval.index import EmbeddingState, embedding_state, index_missing
from engine.retrieval.neighbours import similar_bodies
from engine.retrieval.search import is_recipient, search

MAILS = [
    # id, thread, date, recipient, subject, body
    (1, "budget", 100, "ada@x.org", "Budget", "Dear Ada, the laboratory budget is approved."),
    (2, "lunch", 200, "bo@x.org", "Lunch", "Hi Bo, shall we eat pizza together at noon?"),
    (3, "boat", 300, "cy@x.org", "The boat", "Cy, the sails are torn, I will mend them on Sunday."),
    (4, "invoice", 400, "ada@x.org", "Zwickau", "Dear Ada, please pay invoice 4711 before May."),
    (5, "lunch2", 500, "ada@x.org", "Food", "Hi Ada, shall we dine together at the Greek's?"),
    (6, "lunch3", 600, "di@x.org", "Lunch", "Hi Bo,  shall we eat pizza together at noon?"),
    (7, "left", 700, "bo@x.org", "Lunch", "Out of office: no lunch, no pizza."),
]  # fmt: skip


def insert(connection: apsw.Connection, *mails: tuple[int, str, int, str, str, str]) -> None:
    for key, thread, date, recipient, subject, body in mails:
        connection.execute(
            "INSERT INTO mails (id, fingerprint, thread, date, date_known, sender, recipients, "
            "subject, body, original, language, left_out, source) "
            "VALUES (?, ?, ?, ?, 1, 'me@x.org', ?, ?, ?, '', 'en', ?, 'test')",
            (
                key,
                str(key),
                thread,
                date,
                json.dumps([[recipient.split("@")[0].title() + " Miller", recipient]]),
                subject,
                body,
                "auto-reply" if thread == "left" else None,
            ),
        )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home")).prepare()


@pytest.fixture(scope="module")
def mailbox(home: Home) -> Iterator[apsw.Connection]:
    connection = database.connect(home.database)
    insert(connection, *MAILS)
    index_missing(connection, home, silent)
    yield connection
    connection.close()


@pytest.fixture
def empty(home: Home) -> Iterator[apsw.Connection]:
    connection = database.connect(home.root / "other.db")
    yield connection
    connection.close()
    (home.root / "other.db").unlink()


def found(connection: apsw.Connection, home: Home, query: str, k: int = 3, **how: object) -> list:
    return [hit.id for hit in search(connection, home, query, k, **how)]  # type: ignore[arg-type]


def test_meaning_finds_what_shares_no_word(mailbox: apsw.Connection, home: Home) -> None:
    hit = search(mailbox, home, "repairing a yacht this weekend", 1)[0]
    assert hit.id == 3
    assert hit.reasons.similarity is not None
    assert hit.reasons.similarity > 0.3
    assert hit.why == f"meaning {hit.reasons.similarity:.2f}"


def test_words_find_names_and_numbers(mailbox: apsw.Connection, home: Home) -> None:
    hit = search(mailbox, home, "Zwickau 4711", 1)[0]
    assert hit.id == 4
    assert hit.why.endswith("words: zwickau, 4711")


def test_a_score_is_the_mean_of_meaning_and_words(mailbox: apsw.Connection, home: Home) -> None:
    hit = search(mailbox, home, "budget laboratory approved", 1)[0]
    reasons = hit.reasons
    assert reasons.similarity is not None
    fit = (reasons.similarity + 1.0) / 2  # All of the query's words are in it.
    assert (hit.id, hit.score) == (1, pytest.approx(fit + 0.02 * reasons.recency, abs=1e-3))
    assert set(reasons.words) == {"budget", "laboratory", "approved"}
    assert not reasons.same_recipient
    assert hit.recipients == (("Ada Miller", "ada@x.org"),)
    assert (hit.subject, hit.date) == ("Budget", 100)


def test_the_same_text_is_shown_once(mailbox: apsw.Connection, home: Home) -> None:
    hits = found(mailbox, home, "pizza at noon", 5)
    assert len({2, 6} & set(hits)) == 1


def test_left_out_mails_are_never_found(mailbox: apsw.Connection, home: Home) -> None:
    assert 7 not in found(mailbox, home, "out of office, no lunch", 10)


def test_what_is_excluded_is_not_found(mailbox: apsw.Connection, home: Home) -> None:
    assert not {2, 6} & set(found(mailbox, home, "pizza at noon", 10, exclude=[2, 6]))
    assert found(mailbox, home, "pizza", 10, exclude=range(8), recipient="bo@x.org") == []


def test_a_recipients_own_mails_rank_higher(mailbox: apsw.Connection, home: Home) -> None:
    query = "a meal in company in the middle of the day"
    assert found(mailbox, home, query, 1)[0] in (2, 6)
    for recipient in ("ada@x.org", "Ada", "Ada Miller <ada@x.org>"):
        hit = search(mailbox, home, query, 1, recipient=recipient)[0]
        assert hit.id == 5
        assert hit.why.endswith("same recipient")


def test_what_does_not_fit_is_not_found(mailbox: apsw.Connection, home: Home) -> None:
    assert found(mailbox, home, "quantum chromodynamics", 5, min_similarity=0.3) == []
    assert found(mailbox, home, "quantum invoice", 5, min_similarity=0.3) == [4]
    one_word = "the chromodynamics lectures of May at the university by invited physicists"
    assert found(mailbox, home, one_word, 5) != []
    assert found(mailbox, home, one_word, 5, min_similarity=0.3) == []
    unfit = {"min_similarity": 0.3, "recipient": "ada@x.org"}
    assert found(mailbox, home, "quantum chromodynamics", 5, **unfit) == []


def test_versions_of_a_text_are_shown_once(empty: apsw.Connection, home: Home) -> None:
    draft = "the frame of the blue tandem is straight again and can be fetched from Monday on"
    insert(
        empty,
        (1, "a", 1, "ada@x.org", "Tandem", f"Dear Ada, {draft}."),
        (2, "b", 2, "bo@x.org", "Tandem", f"Dear Bo, {draft}."),
        (3, "c", 3, "cy@x.org", "News", f"Hi, {draft}. Bring the pump and the old saddle, please."),
        (4, "d", 4, "di@x.org", "Tandem", "Dear Di, the tandem is still here. Shall I sell it?"),
    )
    for _ in range(2):  # By words alone, then by meaning too.
        hits = found(empty, home, "tandem straight again", 5)
        assert len(hits) == 2
        assert 4 in hits
        index_missing(empty, home, silent)


def test_the_newer_of_two_that_fit_alike_comes_first(empty: apsw.Connection, home: Home) -> None:
    years = 365 * 86_400
    insert(
        empty,
        (1, "a", 9 * years, "ada@x.org", "", "Lamps: we have three."),
        (2, "b", 1 * years, "bo@x.org", "", "Lamps: we have sixty."),
    )
    hits = search(empty, home, "lamps", 2)
    assert [(hit.id, hit.reasons.recency) for hit in hits] == [(1, 1.0), (2, 0.0625)]


def test_vectors_of_another_embedder_are_not_compared(empty: apsw.Connection, home: Home) -> None:
    insert(empty, *MAILS)
    index_missing(empty, home, silent)
    assert embedding_state(empty) == EmbeddingState(6, 6)
    database.write_fact(empty, "embedder", "an older one")
    assert embedding_state(empty) == EmbeddingState(0, 6)
    hit = search(empty, home, "invoice 4711", 1)[0]
    assert (hit.id, hit.reasons.similarity) == (4, None)
    assert found(empty, home, "repairing a yacht this weekend") == []


def test_a_rebuild_that_was_killed_mixes_nothing(
    empty: apsw.Connection, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(empty, *MAILS)
    index_missing(empty, home, silent)
    true = dict(empty.execute("SELECT mail_id, embedding FROM vectors"))
    empty.execute("UPDATE vectors SET embedding = zeroblob(1536)")
    database.write_fact(empty, "embedder", "an older one")
    monkeypatch.setattr(index, "_BATCH_WITHOUT_TORCH", 2)

    def kill(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_missing(empty, home, kill)
    assert embedding_state(empty) == EmbeddingState(2, 6)
    halfway = dict(empty.execute("SELECT mail_id, embedding FROM vectors"))
    assert halfway == {mail: true[mail] for mail in halfway}
    assert found(empty, home, "invoice 4711", 1) == [4]
    assert index_missing(empty, home, silent) == 4
    assert dict(empty.execute("SELECT mail_id, embedding FROM vectors")) == true


def test_a_changed_mail_is_embedded_again(empty: apsw.Connection, home: Home) -> None:
    insert(empty, *MAILS[:2])
    index_missing(empty, home, silent)
    empty.execute("UPDATE mails SET language = 'de'")
    assert embedding_state(empty).done == 2
    empty.execute("UPDATE mails SET body = 'Dear Ada, no.' WHERE id = 1")
    assert embedding_state(empty) == EmbeddingState(1, 2)
    assert index_missing(empty, home, silent) == 1


def test_signs_first_finds_what_comparing_all_finds(empty: apsw.Connection) -> None:
    drawn = np.random.default_rng(0).normal(size=(300, 384)).astype("<f4")
    drawn[100:110] += 3 * drawn[5]
    unit = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    mails = [(key, str(key), key, "a@x.org", "", f"mail {key}") for key in range(1, 301)]
    insert(empty, *mails)
    empty.executemany(
        "INSERT INTO vectors VALUES (?, ?)", [(n + 1, v.tobytes()) for n, v in enumerate(unit)]
    )
    exact = by_meaning.nearest(empty, unit[5], 10, exclude=[101], exact=True)
    by_signs = by_meaning.nearest(empty, unit[5], 10, exclude=[101], exact=False)
    assert by_signs == exact
    assert next(iter(exact)) == 6
    assert 101 not in exact
    assert all(
        abs(float(unit[mail - 1] @ unit[5]) - cosine) < 1e-4 for mail, cosine in exact.items()
    )


def test_common_words_are_dropped_before_rare_ones(
    empty: apsw.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = ["mend tandem" if n < 3 else "mend kettle" if n < 9 else "tea" for n in range(40)]
    insert(empty, *((n + 1, str(n), n, "a@x.org", "", body) for n, body in enumerate(bodies)))
    assert set(query_words(empty, "tea mend tandem").weights) == {"mend", "tandem"}
    monkeypatch.setattr(by_words, "_MAX_ROWS", 5)
    words = query_words(empty, "mend tandem absent")
    assert list(words.weights) == ["tandem"]
    assert 0 < words.coverage(1) < 1
    assert words.coverage(30) == 0
    assert list(best_matches(empty, words, 2, exclude=[1])) == [2, 3]


@pytest.mark.parametrize(
    "query",
    ['"', "NOT", "a AND (b OR", "subject:x*", "NEAR(a b)", "'; DROP TABLE mails; --", "^x - + .",
     "caf\udce9", "\x00", "x" * 5000, "pizza " * 500],
)  # fmt: skip
def test_nothing_in_a_query_is_fts5_syntax(
    mailbox: apsw.Connection, home: Home, query: str
) -> None:
    assert len(found(mailbox, home, query, 2)) <= 2
    assert mailbox.execute("SELECT count(*) FROM mails").get == len(MAILS)


def test_nothing_asked_nothing_found(mailbox: apsw.Connection, home: Home) -> None:
    assert found(mailbox, home, "  ") == []
    assert found(mailbox, home, "pizza", 0) == []


def test_words_alone_before_anything_is_indexed(empty: apsw.Connection, home: Home) -> None:
    assert found(empty, home, "pizza") == []
    insert(empty, *MAILS)
    hit = search(empty, home, "invoice 4711", 1)[0]
    assert (hit.id, hit.reasons.similarity, hit.why) == (4, None, "words: invoice, 4711")


def test_recipients_as_people_type_them() -> None:
    known = (("Ada Byron", "ada@x.org"), ("", "bo@x.org"))
    assert is_recipient("Ada", known)
    assert is_recipient("ada byron", known)
    assert is_recipient("Bo <BO@x.org>", known)
    assert not is_recipient("ad", known)
    assert not is_recipient("", known)
    assert not is_recipient("da@x.org", known)


def test_indexing_continues_where_it_was_interrupted(
    empty: apsw.Connection, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(empty, *MAILS)
    monkeypatch.setattr(index, "_BATCH_WITHOUT_TORCH", 2)

    def interrupt(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index_missing(empty, home, interrupt)
    assert empty.execute("SELECT count(*) FROM vectors").get == 2
    events: list[Event] = []
    assert index_missing(empty, home, events.append) == 4
    last = events[-1]
    assert isinstance(last, Progress)
    assert (last.stage, last.done, last.total, last.unit) == ("index", 4, 4, "mails")
    assert index_missing(empty, home, events.append) == 0


def test_what_is_no_longer_kept_leaves_the_index(empty: apsw.Connection, home: Home) -> None:
    insert(empty, *MAILS[:2])
    index_missing(empty, home, silent)
    empty.execute("UPDATE mails SET left_out = 'too short' WHERE id = 1")
    index_missing(empty, home, silent)
    assert empty.execute("SELECT mail_id FROM vectors").fetchall() == [(2,)]


def test_vectors_of_another_embedder_are_recomputed(empty: apsw.Connection, home: Home) -> None:
    insert(empty, *MAILS[:2])
    index_missing(empty, home, silent)
    database.write_fact(empty, "embedder", "an older one")
    assert index_missing(empty, home, silent) == 2
    assert database.read_fact(empty, "embedder") == embedder.NAME


def test_a_vector_is_the_embedding_of_subject_and_words(
    mailbox: apsw.Connection, home: Home
) -> None:
    blob = mailbox.execute("SELECT embedding FROM vectors WHERE mail_id = 2").get
    expected = embedder.embed_query(f"Lunch\n\n{MAILS[1][5]}", home)
    assert float(np.frombuffer(blob, "<f4") @ expected) == pytest.approx(1.0, abs=1e-4)


def test_many_and_few_mails_are_embedded_alike(
    empty: apsw.Connection, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(empty, *MAILS)
    index_missing(empty, home, silent)
    few = dict(empty.execute("SELECT mail_id, embedding FROM vectors"))
    empty.execute("DELETE FROM vectors")
    monkeypatch.setattr(index, "_MAX_WITHOUT_TORCH", 0)
    index_missing(empty, home, silent)
    for mail, blob in empty.execute("SELECT mail_id, embedding FROM vectors"):
        assert float(np.frombuffer(blob, "<f4") @ np.frombuffer(few[mail], "<f4")) > 0.999


def test_training_never_sees_the_answer(mailbox: apsw.Connection, home: Home) -> None:
    bodies = {row[0]: row[5] for row in MAILS}

    def shown(mail: int, k: int, **how: Any) -> list[str]:
        return similar_bodies(mailbox, home, mail, "shall we eat together?", k, **how)

    assert shown(2, 2) == [bodies[1]]
    assert shown(6, 2)[0] == bodies[5]
    assert bodies[2] not in shown(6, 9)  # The same text, sent earlier.
    allowed = shown(2, 9, allowed=[5, 6, 7])
    assert bodies[5] in allowed
    assert bodies[6] not in allowed
    assert bodies[7] not in allowed
    assert bodies[3] not in allowed  # Younger, and not among the allowed.
    assert shown(5, 9, min_similarity=0.99) == []
    assert shown(99, 9) == []
    assert shown(6, 1, recipient="ada@x.org") == [bodies[5]]


def test_later_versions_and_the_same_thread_are_no_examples(
    empty: apsw.Connection, home: Home
) -> None:
    text = "Shall we eat pizza on the quay when the boats are in? I bring the plates"
    insert(
        empty,
        (1, "t", 1, "a@x", "", f"{text}."),
        (2, "t", 2, "a@x", "", "Pasta is fine to eat"),
        (3, "u", 3, "a@x", "", "Let us eat rice"),
        (4, "v", 4, "b@x", "Another subject", f"Hello! {text} and forks. Come at six, not before."),
    )
    index_missing(empty, home, silent)
    how: Any = {"allowed": [1, 2, 3, 4]}
    assert similar_bodies(empty, home, 1, "eat food", 5, **how) == ["Let us eat rice"]


def test_searches_that_stop_in_the_middle_keep_no_rows(tmp_path: Path) -> None:
    with closing(database.connect(tmp_path / "panza.db")) as connection:
        insert(
            connection,
            *(
                (n, "t", n, "bo@x.org", "Boats", "The lake." if n < 60 else "A")
                for n in range(1, 300)
            ),
        )
        words = query_words(connection, "lake")
        for _ in range(5):
            best_matches(connection, words, 1)
        before = apsw.memory_used()
        for _ in range(100):
            assert len(best_matches(connection, words, 1)) == 1
        assert apsw.memory_used() - before < 20_000
