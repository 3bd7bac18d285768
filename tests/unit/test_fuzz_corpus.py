"""Readers of foreign data take what fuzzing starts from, and all that it ever found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.run import corpus_of, limited
from tests.fuzz.targets import TARGETS

INPUTS = [(name, path) for name in TARGETS for path in corpus_of(name)]


@pytest.mark.parametrize(("name", "path"), INPUTS, ids=lambda it: getattr(it, "name", it))
def test_an_input_is_taken(name: str, path: Path, tmp_path: Path) -> None:
    with limited():
        TARGETS[name](path.read_bytes(), tmp_path)
