"""A home in which a test damages single values, as a failing disk does."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
from made_mails import made_mail

from engine.database import database
from engine.database.checksums import add_checksums
from engine.home.home import Home
from engine.mail.stored import store


def home_with_everything(root: Path) -> Home:
    """A small home with a row in each table."""
    home = Home(root).prepare()
    with closing(database.connect(home.database)) as connection:
        for number in range(12):
            store.insert_mail(
                connection,
                made_mail(number, subject=f"Subject {number}", body=f"Body {number}: the boat."),
            )
        connection.execute("INSERT INTO conversations VALUES (1, 'About boats', 9)")
        connection.execute(
            "INSERT INTO drafts VALUES (1, 1, 7, 'Do', 'kim', '[]', '[1]', 'A', NULL, '', '', 0)"
        )
        connection.execute(
            "INSERT INTO instructions (mail_id, text, origin, model, created) "
            "VALUES (2, 'Do it', 'hand', '', 5)"
        )
        connection.execute("INSERT INTO writer_facts VALUES ('ro@x', 'phone', '12345', 8)")
        database.write_fact(connection, "user.addresses", '["ro@x.org"]')
        database.write_fact(connection, "user.name", "Ro")
        add_checksums(connection)
    return home


def damage(home: Home, table: str, column: str, content: bytes, where: str = "1") -> None:
    """Change a value as a disk does: no trigger and no checksum follows."""
    _damage(home, table, column, {where: content})


def damage_each(home: Home, table: str, column: str, contents: dict[int, bytes]) -> None:
    """Damage the rows with these ids."""
    rows = {f"id = {number}": content for number, content in contents.items()}
    _damage(home, table, column, rows)


def _damage(home: Home, table: str, column: str, contents: dict[str, bytes]) -> None:
    with closing(apsw.Connection(str(home.database))) as connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", (table,)
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for where, content in contents.items():
            statement = f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE {where}"
            connection.execute(statement, (content,))
        for _, creation in triggers:
            connection.execute(creation)
