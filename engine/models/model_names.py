"""The names that models had before they were renamed.

The database names the default model, and a card the model that it goes on from. A folder's name and
the database can't change at once, so the database says first what a name becomes: until the folder
has the new name, the old one counts, and from then on the old one means the new one.
"""

from __future__ import annotations

from functools import partial

import apsw

from engine.database import database
from engine.home.home import MODEL_NAME, Home

DEFAULT = "default_model"
"""The fact that names the chosen model."""

_RENAMED = "renamed:"
"""How the facts begin that say what a name became."""


def name_now(home: Home, connection: apsw.Connection, name: str) -> str:
    """Return the name of the model that has, or once had, this name."""
    met: set[str] = set()
    while not _is_model(home, name) and name not in met:
        met.add(name)
        name = database.read_fact(connection, _RENAMED + name) or name
    return name


def becomes(connection: apsw.Connection, name: str, new_name: str) -> None:
    """Say what a model will be called; the folder is renamed next."""
    database.write_fact(connection, _RENAMED + name, new_name)


def settle(home: Home, connection: apsw.Connection) -> None:
    """Let the database name each model by its name of now; a rename that did not happen is gone."""
    database.in_transaction(connection, partial(_settle, home, connection))


def free(home: Home, connection: apsw.Connection, name: str) -> None:
    """Let a name mean a new model, and no longer the one that had it before."""
    settle(home, connection)
    if database.read_fact(connection, _RENAMED + name) is not None:
        database.delete_fact(connection, _RENAMED + name)


def gone(connection: apsw.Connection, name: str) -> None:
    """Forget what the names of a model were that is gone."""
    connection.execute(
        "DELETE FROM facts WHERE key = ? OR (substr(key, 1, ?) = ? AND value = ?)",
        (_RENAMED + name, len(_RENAMED), _RENAMED, name),
    )


def _settle(home: Home, connection: apsw.Connection) -> None:
    query = "SELECT key, value FROM facts WHERE substr(key, 1, ?) = ? OR key = ?"
    for key, name in list(connection.execute(query, (len(_RENAMED), _RENAMED, DEFAULT))):
        now = name_now(home, connection, name)
        if key.startswith(_RENAMED) and _is_model(home, key.removeprefix(_RENAMED)):
            database.delete_fact(connection, key)
        elif now != name:
            database.write_fact(connection, key, now)


def _is_model(home: Home, name: str) -> bool:
    return bool(MODEL_NAME.fullmatch(name)) and home.model(name).exists()
