"""A home with two mails."""

from __future__ import annotations

import json
from collections.abc import Iterator

import apsw
import pytest

from engine.database import database
from engine.home.home import Home
from engine.settings import Settings, load_settings


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home")).prepare()


@pytest.fixture
def mailbox(home: Home) -> Iterator[apsw.Connection]:
    connection = database.connect(home.database)
    for key, body in ((1, "Hi Bo, dinner on Friday is fine."), (2, "Al, dinner is at eight.")):
        connection.execute(
            "INSERT INTO mails (id, fingerprint, thread, date, date_known, sender, recipients, "
            "subject, body, original, language, source) VALUES "
            "(?, ?, ?, 1, 1, 'me@x.org', ?, '', ?, '', 'en', 'test')",
            (key, str(key), str(key), json.dumps([["", f"{body[:2].lower()}@x.org"]]), body),
        )
    yield connection
    connection.close()


@pytest.fixture
def settings() -> Settings:
    return load_settings(
        overrides={"retrieval.sources": 2, "retrieval.min_similarity": 0.0}, environment={}
    )
