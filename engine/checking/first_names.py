"""Whether a first name is a woman's or a man's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from engine.checking.lexicon import Lexicon, fold

_FOLDER = Path(__file__).parents[1] / "words" / "first_names"
SEXES = ("female", "male")


def sex_of(name: str) -> str:
    """Return "female" or "male"; "" for a name that both have, or that is not known."""
    return _sexes().get(fold(name), "")


def sex_told_by(word: str, words: Lexicon) -> str:
    """Return the sex that a title, a word such as "aunt" or a first name tells, '' if none does."""
    folded = fold(word)
    by_word = (sex for sex in SEXES if folded in words.words(f"direct.{sex}"))
    return next(by_word, "") or sex_of(folded)


@cache
def _sexes() -> dict[str, str]:
    found: dict[str, str] = {}
    for sex in SEXES:
        lines = (_FOLDER / f"{sex}.txt").read_text(encoding="utf-8").splitlines()
        found.update((line, sex) for line in lines if line and not line.startswith("#"))
    return found
