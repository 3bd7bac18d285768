"""The one file: panza.db, opened through apsw with sqlite-vec, kept current by migrations.

apsw carries its own SQLite with FTS5 and loads extensions everywhere; many Pythons' sqlite3 can't.
Readers never wait (write-ahead log); writers first hold the home's write lock (engine.locks).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import apsw

from engine.errors import PanzaError

# Numbered and never edited once released: a change of the schema is a new entry.
_MIGRATIONS: tuple[str, ...] = (
    """
    -- One row a mail that the user sent. Received mails are kept only as what was answered.
    CREATE TABLE mails (
        id          INTEGER PRIMARY KEY,
        fingerprint TEXT NOT NULL UNIQUE,  -- the same mail again, over folders and re-exports
        message_id  TEXT,                  -- RFC 5322, without the angle brackets
        thread      TEXT NOT NULL,         -- the same for all mails of one conversation
        date        INTEGER NOT NULL,      -- seconds since the epoch, UTC
        date_known  INTEGER NOT NULL,      -- 0: missing or absurd, taken from the neighbours
        sender      TEXT NOT NULL,         -- the address it was sent from
        recipients  TEXT NOT NULL,         -- JSON: [["Name", "address"], ...] of To and Cc
        subject     TEXT NOT NULL,
        body        TEXT NOT NULL,         -- the writer's own words
        original    TEXT NOT NULL,         -- the whole decoded text, as it was sent
        language    TEXT NOT NULL,         -- ISO 639-1; '' when it can't be told
        answered    TEXT,                  -- JSON: the mail it answers (engine.mail.types.Received)
        left_out    TEXT,                  -- the named reason why it is not learnt from; NULL: kept
        source      TEXT NOT NULL          -- the archive it came from
    );
    CREATE INDEX mails_date ON mails(date);
    CREATE INDEX mails_thread ON mails(thread);

    -- The instruction that would have produced the mail (data playback, arXiv 2407.10994).
    CREATE TABLE instructions (
        mail_id INTEGER PRIMARY KEY REFERENCES mails(id) ON DELETE CASCADE,
        text    TEXT NOT NULL,
        origin  TEXT NOT NULL,             -- playback, notes (no try was true to the mail) or hand
        model   TEXT NOT NULL,             -- the model that wrote it; '' when none did
        created INTEGER NOT NULL
    );

    -- One embedding a kept mail: float32, little-endian, of length 1.
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

    -- Every draft with what it stood on; `final` is what its writer accepted, edited or not.
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
    -- What was forgotten, as salted digests: the same archive again does not bring it back.
    CREATE TABLE forgotten (digest TEXT PRIMARY KEY) WITHOUT ROWID;
    -- Mails are listed without their texts being read.
    CREATE INDEX mails_list ON mails(date, left_out);
    DROP INDEX mails_date;
    """,
    """
    -- A later import may hold the mail that is answered: it is looked for under this id.
    ALTER TABLE mails ADD COLUMN parent TEXT;
    CREATE INDEX mails_message_id ON mails(message_id) WHERE message_id IS NOT NULL;
    CREATE INDEX mails_parent ON mails(parent) WHERE parent IS NOT NULL;

    -- What the signatures tell: phone, postal address, links (own_words/signature_facts.py).
    CREATE TABLE writer_facts (
        address TEXT NOT NULL,             -- the one whose signature it is
        kind    TEXT NOT NULL,
        text    TEXT NOT NULL,
        seen    INTEGER NOT NULL,          -- date of the newest mail that was signed so
        PRIMARY KEY (address, kind, text)
    ) WITHOUT ROWID;

    -- Only what is searched is indexed again.
    DROP TRIGGER mails_text_update;
    CREATE TRIGGER mails_text_update AFTER UPDATE OF subject, body, recipients ON mails BEGIN
        INSERT INTO mails_text(mails_text, rowid, subject, body, recipients)
        VALUES ('delete', old.id, old.subject, old.body, old.recipients);
        INSERT INTO mails_text(rowid, subject, body, recipients)
        VALUES (new.id, new.subject, new.body, new.recipients);
    END;
    """,
    """
    -- The signs of each vector, 48 bytes: what a search among many mails looks at first.
    ALTER TABLE vectors ADD COLUMN code BLOB AS (vec_quantize_binary(embedding)) VIRTUAL;
    CREATE INDEX vectors_code ON vectors(code);
    CREATE INDEX mails_kept ON mails(id) WHERE left_out IS NULL;
    -- A vector goes when what it was made of changes, or when its mail is no longer learnt from.
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
        -- Not OR IGNORE: within an INSERT OR REPLACE it would mean OR REPLACE, too.
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
    -- The full-text index gathers 8 MiB of an import, not 1, before it writes them down as a piece:
    -- a third less work for many mails, and fewer pieces for a search to look into.
    INSERT INTO mails_text(mails_text, rank) VALUES ('hashsize', 8388608);
    """,
)

SCHEMA = len(_MIGRATIONS)


def connect(path: Path) -> apsw.Connection:
    """Open panza.db (made when absent) with sqlite-vec and the newest schema.

    Raises PanzaError for a file that is no database, or one that a newer panza-tui wrote.
    """
    try:
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(30_000)
        # One at a time: apsw stops at the first statement of several that returns a row.
        for setting in ("journal_mode = WAL", "foreign_keys = ON", "secure_delete = ON"):
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


def version(connection: apsw.Connection) -> int:
    """How many migrations the database has seen."""
    return int(connection.pragma("user_version"))


def sqlite_versions() -> str:
    """The versions of SQLite and sqlite-vec here; both, and FTS5, are tried out for it."""
    connection = apsw.Connection(":memory:")
    _load_sqlite_vec(connection)
    vec = connection.execute("SELECT vec_version()").get
    connection.execute("CREATE VIRTUAL TABLE tried USING fts5(text)")
    return f"{apsw.sqlite_lib_version()}, FTS5, sqlite-vec {vec}"


def find_damage(connection: apsw.Connection) -> str:
    """What SQLite's quick check finds wrong first; '' when the database is whole."""
    verdict = connection.execute("PRAGMA quick_check(1)").get
    return "" if verdict == "ok" else str(verdict)


def read_fact(connection: apsw.Connection, key: str) -> str | None:
    """A named fact, or None."""
    row = connection.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def write_fact(connection: apsw.Connection, key: str, value: str) -> None:
    """Set a named fact."""
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, value))


def delete_fact(connection: apsw.Connection, key: str) -> None:
    """Remove a named fact, where there is one."""
    connection.execute("DELETE FROM facts WHERE key = ?", (key,))


def _load_sqlite_vec(connection: apsw.Connection) -> None:
    package = find_spec("sqlite_vec")  # not imported: it would bring numpy along
    assert package is not None
    assert package.origin is not None
    connection.enable_load_extension(True)
    connection.load_extension(str(Path(package.origin).parent / "vec0"))
    connection.enable_load_extension(False)


def _migrate(
    connection: apsw.Connection, path: Path, migrations: tuple[str, ...] = _MIGRATIONS
) -> None:
    if version(connection) > len(migrations):
        raise PanzaError(f"{path} was written by a newer panza-tui; update this one to open it.")
    while version(connection) < len(migrations):
        in_transaction(connection, lambda: _apply_next(connection, migrations))


def _apply_next(connection: apsw.Connection, migrations: tuple[str, ...]) -> None:
    # Read again inside the transaction: another process may have migrated in the meantime.
    done = version(connection)
    if done < len(migrations):
        connection.execute(migrations[done])
        connection.pragma("user_version", done + 1)


def in_transaction(
    connection: apsw.Connection, work: Callable[[], None], *, keep: bool = True
) -> None:
    """Run `work` in one write transaction: all is kept, or nothing; without `keep` nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        work()
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT" if keep else "ROLLBACK")
