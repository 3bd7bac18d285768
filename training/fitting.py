"""What the commands that fit weights have in common: the model for lines, folds, and the file."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from engine.home.home import Home
from engine.mail_base.line_model import LineModel

_FOLDS, _SEED = 5, 1


@contextmanager
def packaged_line_model() -> Iterator[LineModel]:
    """Yield the packaged model for lines, on one thread; its home is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder)).prepare()
        with closing(LineModel(home, lambda: 1)) as model:
            yield model


def folds_of(writers: Iterable[str]) -> list[frozenset[str]]:
    """Return five parts of the writers, drawn by chance; each judges what the others teach."""
    drawn = sorted(set(writers))
    random.Random(_SEED).shuffle(drawn)
    return [frozenset(drawn[fold::_FOLDS]) for fold in range(_FOLDS)]


def write_weights(
    path: Path, tables: Mapping[str, Mapping[str, float]], command: str, features: str
) -> None:
    """Write weights as TOML: table -> feature -> weight, '' for weights in no table.

    command: that fitted them. features: the file that says what they are of.
    """
    parts = [f"# Fitted by `{command}`; what they are of: {features}."]
    for table, weights in tables.items():
        lines = [f"{name} = {weight}" for name, weight in weights.items()]
        parts.append("\n".join([f"[{table}]", *lines] if table else lines))
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
