"""The chat's history: saved, listed, searched, renamed, accepted, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from engine.database.database import connect
from engine.drafting import drafts
from engine.drafting.conversations import (
    delete_conversation,
    list_conversations,
    read_conversation,
    rename_conversation,
    start_conversation,
)
from engine.drafting.drafts import accept_draft, keep_draft
from engine.errors import PanzaError
from engine.mail.types import Received
from engine.retrieval.hits import Hit

LETTER = Received("Bo", 50, "Dinner", "Come on Friday? Straße 5", "input", message_id="1@x.org")


@pytest.fixture
def history(tmp_path: Path) -> Iterator[apsw.Connection]:
    connection = connect(tmp_path / "panza.db")
    yield connection
    connection.close()


def keep(connection: apsw.Connection, conversation: int | None, instruction: str, text: str) -> int:
    key = keep_draft(
        connection, conversation=conversation, instruction=instruction, recipient="bo@x.org",
        thread=[LETTER], sources=[3, 4], draft=text, model="m", backend="llama-cpp", seed=7,
    )  # fmt: skip
    assert key is not None
    return key


def test_a_conversation_comes_back_as_it_was(history: apsw.Connection) -> None:
    conversation = start_conversation(history)
    first = keep(history, conversation, "say yes", "Yes!")
    keep(history, conversation, "shorter", "Y")
    assert accept_draft(history, first, "Yes, gladly.")
    one, two = read_conversation(history, conversation)
    assert (one.text, two.text) == ("Yes, gladly.", "Y")
    assert (one.instruction, one.draft, one.final) == ("say yes", "Yes!", "Yes, gladly.")
    assert (two.instruction, two.final) == ("shorter", None)
    assert (one.thread, one.sources, one.recipient) == ((LETTER,), (), "bo@x.org")
    assert (one.model, one.seed) == ("m", 7)


def test_sources_are_restored_if_their_mails_still_exist(history: apsw.Connection) -> None:
    conversation = start_conversation(history)
    keep(history, conversation, "say yes", "Yes!")
    history.execute(
        "INSERT INTO mails (id, fingerprint, message_id, thread, date, date_known, sender, "
        "recipients, subject, body, original, language, answered, left_out, source) VALUES "
        """(4, '', '', '', 50, 1, 'me@x.org', '[["Bo", "bo@x.org"]]', 'Lunch', 'Hi', '', '', """
        "NULL, NULL, '')"
    )
    [draft] = read_conversation(history, conversation)
    assert draft.sources == (Hit(4, 50, (("Bo", "bo@x.org"),), "Lunch", "Hi"),)


def test_conversations_are_listed_by_their_last_use(history: apsw.Connection) -> None:
    older, newer, empty = (start_conversation(history, name) for name in ("", "lunch", ""))
    keep(history, older, "say yes", "Yes!")
    keep(history, newer, "say no", "No.")
    keep(history, older, "shorter", "Y")
    keep(history, None, "asked on the command line", "x")
    found = list_conversations(history)
    assert [(c.id, c.name, c.drafts) for c in found] == [(older, "say yes", 2), (newer, "lunch", 1)]
    assert empty not in [c.id for c in found]
    assert all(c.created <= c.last_used for c in found)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"one", "two"}),
        ("ONE", {"one"}),
        ("gladly", {"one"}),
        ("bo@x.org strasse", {"one", "two"}),
        ("yes no", set()),
        ("say %", set()),
        ("' OR 1", set()),
    ],
)
def test_searching_finds_names_words_and_answered_mails(
    history: apsw.Connection, query: str, names: set[str]
) -> None:
    for name, text in (("one", "Yes!"), ("two", "No.")):
        key = keep(history, start_conversation(history, name), "say it", text)
        if name == "one":
            accept_draft(history, key, "Yes, gladly.")
    assert {c.name for c in list_conversations(history, query)} == names


def test_naming_and_deleting(history: apsw.Connection) -> None:
    conversation = start_conversation(history)
    key = keep(history, conversation, "say yes", "Yes!")
    rename_conversation(history, conversation, "dinner")
    assert [c.name for c in list_conversations(history)] == ["dinner"]
    delete_conversation(history, conversation)
    assert list_conversations(history) == []
    assert read_conversation(history, conversation) == []
    assert not accept_draft(history, key, "too late")


def test_a_busy_database_is_one_plain_line_and_nothing_is_lost(
    history: apsw.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "_SHORT_TIMEOUT", 1)
    conversation = start_conversation(history, "dinner")
    key = keep(history, conversation, "say yes", "Yes!")
    other = apsw.Connection(str(tmp_path / "panza.db"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(PanzaError, match="unchanged") as caught:
        rename_conversation(history, conversation, "lunch")
    assert "\n" not in str(caught.value)
    assert not accept_draft(history, key, "Yes.")
    other.execute("ROLLBACK")
    other.close()
    assert list_conversations(history)[0].name == "dinner"
    assert accept_draft(history, key, "Yes.")
