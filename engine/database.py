"""Open panza.db, with sqlite-vec loaded and its schema migrated to the newest version.

apsw has its own SQLite with FTS5 and can always load extensions; the sqlite3 of many Pythons can't.
With the write-ahead log readers never wait; long writers hold the home's write lock
(engine.locks).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import apsw

from engine.errors import PanzaError

BUSY_TIMEOUT = 30_000
"""Milliseconds to wait for another writer."""

_SECONDS_BETWEEN_TRIES = 0.01

# The statements of a released migration never change: a change of the schema is a new entry.
_MIGRATIONS: tuple[str, ...] = (
    """
    -- One row per mail that the user sent. Received mails are only stored with their answers.
    CREATE TABLE mails (
        id          INTEGER PRIMARY KEY,
        fingerprint TEXT NOT NULL UNIQUE,  -- equal for copies in other folders and exports
        message_id  TEXT,                  -- RFC 5322, without the angle brackets
        thread      TEXT NOT NULL,         -- the same for all mails of one thread
        date        INTEGER NOT NULL,      -- seconds since the epoch, UTC
        date_known  INTEGER NOT NULL,      -- 0: missing or impossible, so a neighbour's was taken
        sender      TEXT NOT NULL,         -- the address it was sent from
        recipients  TEXT NOT NULL,         -- JSON: [["Name", "address"], ...] of To and Cc
        subject     TEXT NOT NULL,
        body        TEXT NOT NULL,         -- the writer's own words
        original    TEXT NOT NULL,         -- the whole decoded text, as it was sent
        language    TEXT NOT NULL,         -- ISO 639-1; '' if unknown
        answered    TEXT,                  -- JSON: the mail it answers (engine.mail.types.Received)
        left_out    TEXT,                  -- the reason why it is not used; NULL: kept
        source      TEXT NOT NULL          -- the archive it came from
    );
    CREATE INDEX mails_date ON mails(date);
    CREATE INDEX mails_thread ON mails(thread);

    -- The instruction that the mail could have been drafted from (data playback, arXiv 2407.10994).
    CREATE TABLE instructions (
        mail_id INTEGER PRIMARY KEY REFERENCES mails(id) ON DELETE CASCADE,
        text    TEXT NOT NULL,
        origin  TEXT NOT NULL,             -- playback, notes (no try matched the mail) or hand
        model   TEXT NOT NULL,             -- the model that wrote it, or ''
        created INTEGER NOT NULL
    );

    -- One embedding per kept mail: float32, little-endian, of length 1.
    CREATE TABLE vectors (
        mail_id   INTEGER PRIMARY KEY REFERENCES mails(id) ON DELETE CASCADE,
        embedding BLOB NOT NULL
    );

    CREATE VIRTUAL TABLE mails_text USING fts5(
        subject, body, recipients, content='mails', content_rowid='id',
        tokenize='unicode61 remove_diacritics 2'
    );
    CREATE TRIGGER mails_text_insert AFTER INSERT ON mails BEGIN
        INSERT INTO mails_text(rowid, subject, body, recipients)
        VALUES (new.id, new.subject, new.body, new.recipients);
    END;
    CREATE TRIGGER mails_text_delete AFTER DELETE ON mails BEGIN
        INSERT INTO mails_text(mails_text, rowid, subject, body, recipients)
        VALUES ('delete', old.id, old.subject, old.body, old.recipients);
    END;
    CREATE TRIGGER mails_text_update AFTER UPDATE ON mails BEGIN
        INSERT INTO mails_text(mails_text, rowid, subject, body, recipients)
        VALUES ('delete', old.id, old.subject, old.body, old.recipients);
        INSERT INTO mails_text(rowid, subject, body, recipients)
        VALUES (new.id, new.subject, new.body, new.recipients);
    END;

    CREATE TABLE conversations (
        id      INTEGER PRIMARY KEY,
        name    TEXT NOT NULL DEFAULT '',
        created INTEGER NOT NULL
    );

    -- Every draft with what it was based on; `final`: the text that the user accepted.
    CREATE TABLE drafts (
        id              INTEGER PRIMARY KEY,
        conversation_id INTEGER REFERENCES conversations(id) ON DELETE CASCADE,
        created         INTEGER NOT NULL,
        instruction     TEXT NOT NULL,
        recipient       TEXT NOT NULL,
        thread          TEXT NOT NULL,     -- JSON: the mails being answered, oldest first
        sources         TEXT NOT NULL,     -- JSON: [mail id, ...]
        draft           TEXT NOT NULL,
        final           TEXT,
        model           TEXT NOT NULL,
        backend         TEXT NOT NULL,
        seed            INTEGER NOT NULL
    );

    -- user.name, user.addresses (JSON), default_model, embedder
    CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    """,
    """
    -- Salted digests of forgotten mails, so that no later import stores them again.
    CREATE TABLE forgotten (digest TEXT PRIMARY KEY) WITHOUT ROWID;
    -- For listing mails without reading their texts.
    CREATE INDEX mails_list ON mails(date, left_out);
    DROP INDEX mails_date;
    """,
    """
    -- The Message-ID of the answered mail, which a later import may have.
    ALTER TABLE mails ADD COLUMN parent TEXT;
    CREATE INDEX mails_message_id ON mails(message_id) WHERE message_id IS NOT NULL;
    CREATE INDEX mails_parent ON mails(parent) WHERE parent IS NOT NULL;

    -- Facts in signatures: phone, postal address, links (own_words/signature_facts.py).
    CREATE TABLE writer_facts (
        address TEXT NOT NULL,             -- of the mails with the signature
        kind    TEXT NOT NULL,
        text    TEXT NOT NULL,
        seen    INTEGER NOT NULL,          -- date of the newest mail with it
        PRIMARY KEY (address, kind, text)
    ) WITHOUT ROWID;

    -- Update the full-text index only when an indexed column changes.
    DROP TRIGGER mails_text_update;
    CREATE TRIGGER mails_text_update AFTER UPDATE OF subject, body, recipients ON mails BEGIN
        INSERT INTO mails_text(mails_text, rowid, subject, body, recipients)
        VALUES ('delete', old.id, old.subject, old.body, old.recipients);
        INSERT INTO mails_text(rowid, subject, body, recipients)
        VALUES (new.id, new.subject, new.body, new.recipients);
    END;
    """,
    """
    -- The signs of each vector's components, 48 bytes, for a first search among many mails.
    ALTER TABLE vectors ADD COLUMN code BLOB AS (vec_quantize_binary(embedding)) VIRTUAL;
    CREATE INDEX vectors_code ON vectors(code);
    CREATE INDEX mails_kept ON mails(id) WHERE left_out IS NULL;
    -- Delete a vector when the embedded text changes, or when its mail is left out.
    DELETE FROM vectors WHERE mail_id IN (SELECT id FROM mails WHERE left_out IS NOT NULL);
    CREATE TRIGGER vectors_stale AFTER UPDATE OF subject, body, left_out ON mails
    WHEN new.subject <> old.subject OR new.body <> old.body OR new.left_out IS NOT NULL
    BEGIN DELETE FROM vectors WHERE mail_id = new.id; END;
    """,
    """
    -- The signs of all vectors in a few long rows, for a search among many mails: 48 bytes a mail,
    -- in slot mail_id % 256 of block mail_id / 256. Zeros: no vector.
    CREATE TABLE signs (block INTEGER PRIMARY KEY, codes BLOB NOT NULL);
    CREATE TRIGGER signs_insert AFTER INSERT ON vectors BEGIN
        -- Not OR IGNORE, which an outer INSERT OR REPLACE would turn into OR REPLACE.
        INSERT INTO signs SELECT new.mail_id / 256, zeroblob(256 * 48)
        WHERE NOT EXISTS (SELECT 1 FROM signs WHERE block = new.mail_id / 256);
        UPDATE signs SET codes = CAST(
            substr(codes, 1, new.mail_id % 256 * 48) || vec_quantize_binary(new.embedding)
            || substr(codes, new.mail_id % 256 * 48 + 49) AS BLOB
        ) WHERE block = new.mail_id / 256;
    END;
    CREATE TRIGGER signs_update AFTER UPDATE OF embedding ON vectors BEGIN
        UPDATE signs SET codes = CAST(
            substr(codes, 1, new.mail_id % 256 * 48) || vec_quantize_binary(new.embedding)
            || substr(codes, new.mail_id % 256 * 48 + 49) AS BLOB
        ) WHERE block = new.mail_id / 256;
    END;
    CREATE TRIGGER signs_delete AFTER DELETE ON vectors BEGIN
        UPDATE signs SET codes = CAST(
            substr(codes, 1, old.mail_id % 256 * 48) || zeroblob(48)
            || substr(codes, old.mail_id % 256 * 48 + 49) AS BLOB
        ) WHERE block = old.mail_id / 256;
    END;
    INSERT INTO signs
    WITH RECURSIVE slots(slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM slots WHERE slot < 255)
    SELECT block, CAST(group_concat(coalesce(code, zeroblob(48)), '' ORDER BY slot) AS BLOB)
    FROM (SELECT DISTINCT mail_id / 256 AS block FROM vectors) JOIN slots
    LEFT JOIN vectors ON mail_id = block * 256 + slot GROUP BY block;
    DROP INDEX vectors_code;
    ALTER TABLE vectors DROP COLUMN code;
    """,
    """
    -- Let the full-text index collect 8 MiB, not 1, before it writes a segment: a third less work
    -- for many mails, and fewer segments for a search to read.
    INSERT INTO mails_text(mails_text, rank) VALUES ('hashsize', 8388608);
    """,
)

SCHEMA_VERSION = len(_MIGRATIONS)


def connect(path: Path) -> apsw.Connection:
    """Open panza.db, or create it, with sqlite-vec and the newest schema.

    Raises PanzaError for a file that is not a database, or that a newer panza-tui wrote.
    """
    try:
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(BUSY_TIMEOUT)
        _use_wal(connection)
        # Separately, because apsw stops at the first of several statements that returns a row.
        for setting in ("foreign_keys = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {setting}").fetchall()
        _load_sqlite_vec(connection)
        _migrate(connection, path)
    except apsw.FullError as error:
        raise PanzaError(f"The disk is full; {path} is unharmed. Make room, then retry.") from error
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise PanzaError(f"{path} is not a readable database ({error}); it was left alone.") from (
            error
        )
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise PanzaError(f"{path} can't be opened; is its folder yours and writable?") from error
    return connection


def _use_wal(connection: apsw.Connection) -> None:
    """Switch to write-ahead logging.

    SQLite ignores the busy timeout when several connections switch a new file at once, so that is
    repeated here until the timeout is over.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            return
        except apsw.BusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_SECONDS_BETWEEN_TRIES)


def schema_version(connection: apsw.Connection) -> int:
    """Return how many migrations were applied to the database."""
    return int(connection.pragma("user_version"))


def sqlite_versions() -> str:
    """Return the versions of SQLite and sqlite-vec, after a test of both and of FTS5."""
    connection = apsw.Connection(":memory:")
    _load_sqlite_vec(connection)
    vec = connection.execute("SELECT vec_version()").get
    connection.execute("CREATE VIRTUAL TABLE tried USING fts5(text)")
    return f"{apsw.sqlite_lib_version()}, FTS5, sqlite-vec {vec}"


def find_damage(connection: apsw.Connection) -> str:
    """Return the first problem that SQLite's quick check finds; '' if there is none."""
    result = connection.execute("PRAGMA quick_check(1)").get
    return "" if result == "ok" else str(result)


def read_fact(connection: apsw.Connection, key: str) -> str | None:
    """Return the value of a key in table `facts`, or None."""
    row = connection.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def write_fact(connection: apsw.Connection, key: str, value: str) -> None:
    """Set the value of a key in table `facts`."""
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, value))


def delete_fact(connection: apsw.Connection, key: str) -> None:
    """Delete a key from table `facts`, if it exists."""
    connection.execute("DELETE FROM facts WHERE key = ?", (key,))


def _load_sqlite_vec(connection: apsw.Connection) -> None:
    package = find_spec("sqlite_vec")  # not imported, because it imports numpy
    assert package is not None
    assert package.origin is not None
    connection.enable_load_extension(True)
    connection.load_extension(str(Path(package.origin).parent / "vec0"))
    connection.enable_load_extension(False)


def _migrate(
    connection: apsw.Connection, path: Path, migrations: tuple[str, ...] = _MIGRATIONS
) -> None:
    if schema_version(connection) > len(migrations):
        raise PanzaError(f"{path} was written by a newer panza-tui; update this one to open it.")
    while schema_version(connection) < len(migrations):
        in_transaction(connection, lambda: _apply_next(connection, migrations))


def _apply_next(connection: apsw.Connection, migrations: tuple[str, ...]) -> None:
    # Read again inside the transaction, as another process may have migrated meanwhile.
    done = schema_version(connection)
    if done < len(migrations):
        connection.execute(migrations[done])
        connection.pragma("user_version", done + 1)


def in_transaction(
    connection: apsw.Connection, work: Callable[[], None], *, commit: bool = True
) -> None:
    """Run `work` in one write transaction, rolled back on an error or without `commit`."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        work()
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT" if commit else "ROLLBACK")
