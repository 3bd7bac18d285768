"""Finding past mails by meaning and by words."""

import json
from collections.abc import Iterator

import apsw
import numpy as np
import pytest

from engine import database
from engine.events import Event, Progress, silent
from engine.home import Home
from engine.retrieval import embedder, index
from engine.retrieval.index import index_missing
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
    assert hit.similarity > 0.3
    assert hit.why == f"meaning {hit.similarity:.2f}"


def test_words_find_names_and_numbers(mailbox: apsw.Connection, home: Home) -> None:
    hit = search(mailbox, home, "Zwickau 4711", 1)[0]
    assert hit.id == 4
    assert hit.why.endswith("words: zwickau, 4711")


def test_the_best_in_both_lists_scores_one(mailbox: apsw.Connection, home: Home) -> None:
    hit = search(mailbox, home, "budget laboratory approved", 1)[0]
    assert (hit.id, hit.score) == (1, pytest.approx(1.0))
    assert hit.recipients == (("Ada Miller", "ada@x.org"),)
    assert (hit.subject, hit.date) == ("Budget", 100)


def test_the_same_text_is_shown_once(mailbox: apsw.Connection, home: Home) -> None:
    hits = found(mailbox, home, "pizza at noon", 5)
    assert len({2, 6} & set(hits)) == 1


def test_left_out_mails_are_never_found(mailbox: apsw.Connection, home: Home) -> None:
    assert 7 not in found(mailbox, home, "out of office, no lunch", 10)


def test_what_is_excluded_or_younger_is_not_found(mailbox: apsw.Connection, home: Home) -> None:
    assert not {2, 6} & set(found(mailbox, home, "pizza at noon", 10, exclude=[2, 6]))
    assert set(found(mailbox, home, "pizza at noon", 10, before_date=300)) <= {1, 2}
    assert found(mailbox, home, "pizza at noon", 10, before_date=100) == []


def test_a_recipients_own_mails_rank_higher(mailbox: apsw.Connection, home: Home) -> None:
    query = "a meal in company in the middle of the day"
    assert found(mailbox, home, query, 1)[0] in (2, 6)
    for recipient in ("ada@x.org", "Ada", "Ada Miller <ada@x.org>"):
        hit = search(mailbox, home, query, 1, recipient=recipient)[0]
        assert hit.id == 5
        assert hit.why.endswith("same recipient")


def test_unlike_mails_are_dropped_unless_a_word_is_shared(
    mailbox: apsw.Connection, home: Home
) -> None:
    assert found(mailbox, home, "quantum chromodynamics", 5, min_similarity=0.5) == []
    assert found(mailbox, home, "quantum invoice", 5, min_similarity=0.9) == [4]


@pytest.mark.parametrize(
    "query",
    ['"', "NOT", "a AND (b OR", "subject:x*", "NEAR(a b)", "'; DROP TABLE mails; --", "^x - + .",
     "caf\udce9", "\x00", "x" * 5000, "pizza " * 500],
)  # fmt: skip
def test_no_query_is_syntax(mailbox: apsw.Connection, home: Home, query: str) -> None:
    assert len(found(mailbox, home, query, 2)) <= 2
    assert mailbox.execute("SELECT count(*) FROM mails").get == len(MAILS)


def test_nothing_asked_nothing_found(mailbox: apsw.Connection, home: Home) -> None:
    assert found(mailbox, home, "  ") == []
    assert found(mailbox, home, "pizza", 0) == []


def test_words_alone_before_anything_is_indexed(empty: apsw.Connection, home: Home) -> None:
    assert found(empty, home, "pizza") == []
    insert(empty, *MAILS)
    hit = search(empty, home, "invoice 4711", 1)[0]
    assert (hit.id, hit.similarity, hit.why) == (4, 0.0, "words: invoice, 4711")


def test_recipients_as_people_type_them() -> None:
    known = (("Ada Byron", "ada@x.org"), ("", "bo@x.org"))
    assert is_recipient("Ada", known)
    assert is_recipient("ada byron", known)
    assert is_recipient("Bo <BO@x.org>", known)
    assert not is_recipient("ad", known)
    assert not is_recipient("", known)
    assert not is_recipient("da@x.org", known)


def test_indexing_goes_on_where_it_was_interrupted(
    empty: apsw.Connection, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(empty, *MAILS)
    monkeypatch.setattr(index, "_BATCH", 2)

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


def test_another_embedders_vectors_are_made_again(empty: apsw.Connection, home: Home) -> None:
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
    monkeypatch.setattr(index, "_FEW", 0)
    index_missing(empty, home, silent)
    for mail, blob in empty.execute("SELECT mail_id, embedding FROM vectors"):
        assert float(np.frombuffer(blob, "<f4") @ np.frombuffer(few[mail], "<f4")) > 0.999


def test_training_never_sees_the_answer(mailbox: apsw.Connection, home: Home) -> None:
    queries = {mail: embedder.embed_query("shall we eat together?", home) for mail in (2, 5, 6)}
    bodies = {row[0]: row[5] for row in MAILS}
    older = similar_bodies(mailbox, queries, 2)
    assert older[2] == [bodies[1]]
    assert older[6][0] == bodies[5]
    assert bodies[2] not in older[6]  # The same text, sent earlier.
    allowed = similar_bodies(mailbox, queries, 9, allowed=[5, 6, 7])
    assert bodies[5] in allowed[2]
    assert bodies[6] not in allowed[2]
    assert all(bodies[7] not in found for found in allowed.values())
    assert similar_bodies(mailbox, queries, 9, min_similarity=0.99) == {2: [], 5: [], 6: []}


def test_a_mail_of_the_same_thread_is_no_example(empty: apsw.Connection, home: Home) -> None:
    mails = [(1, "t", 1, "a@x", "", "Shall we eat pizza?"), (2, "t", 2, "a@x", "", "Pasta is fine"),
             (3, "u", 3, "a@x", "", "Let us eat rice")]  # fmt: skip
    insert(empty, *mails)
    index_missing(empty, home, silent)
    query = embedder.embed_query("food", home)
    assert similar_bodies(empty, {2: query}, 5, allowed=[1, 2, 3]) == {2: ["Let us eat rice"]}
    assert similar_bodies(empty, {99: query}, 5) == {99: []}
