"""An empty database and the path of an archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from engine.database.database import connect


@pytest.fixture
def database(tmp_path: Path) -> Iterator[apsw.Connection]:
    connection = connect(tmp_path / "panza.db")
    yield connection
    connection.close()


@pytest.fixture
def box(tmp_path: Path) -> Path:
    return tmp_path / "box.mbox"
