"""The schema of panza.db, as numbered migrations from an empty database."""

from __future__ import annotations


def _checksum_triggers(table: str, key: str) -> str:
    """Return the triggers that remove the checksum of a row that is written."""
    return "".join(
        f"CREATE TRIGGER {table}_checksum_{event.lower()} AFTER {event} ON {table} BEGIN "
        f"DELETE FROM checksums WHERE part = '{table}' AND id = {row}.{key}; END;\n"
        for event, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old"))
    )


# The statements of a released migration never change: a change of the schema is a new entry.
MIGRATIONS: tuple[str, ...] = (
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
    f"""
    -- Of each row of some tables (engine.database.checksums), to find bytes that changed.
    CREATE TABLE checksums (
        part TEXT NOT NULL,                -- the table
        id   INTEGER NOT NULL,
        sum  INTEGER NOT NULL,             -- CRC-32
        PRIMARY KEY (part, id)
    ) WITHOUT ROWID;
    {_checksum_triggers("mails", "id")}
    {_checksum_triggers("instructions", "mail_id")}
    {_checksum_triggers("vectors", "mail_id")}
    {_checksum_triggers("conversations", "id")}
    {_checksum_triggers("drafts", "id")}
    """,
    """
    -- Pasted logs, diffs, output and code in the body, as JSON: [[first line, line behind the
    -- last], ...], counted from 0; NULL: not looked for yet (own_words/pasted_code.py).
    ALTER TABLE mails ADD COLUMN code TEXT;
    DELETE FROM checksums WHERE part = 'mails';
    """,
    """
    -- The same instruction as notes and as it is typed in a hurry; '' where there is none.
    ALTER TABLE instructions ADD COLUMN terse TEXT NOT NULL DEFAULT '';
    ALTER TABLE instructions ADD COLUMN spoken TEXT NOT NULL DEFAULT '';
    DELETE FROM checksums WHERE part = 'instructions';
    """,
)

SCHEMA_VERSION = len(MIGRATIONS)
