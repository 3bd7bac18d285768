"""Words that mail programs and people use, in one TOML file per language.

A file is named after its language's ISO 639 code (`programs.toml`: names that are the same in every
language), and a comment above each list says what it contains. To add a language, add a file with
as many of the lists as you know; no code has to change.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import tomli


def words(key: str) -> tuple[str, ...]:
    """Return a list, such as "closings.nouns", merged over all languages without duplicates."""
    return tuple(dict.fromkeys(word for group in by_language(key).values() for word in group))


@cache
def by_language(key: str) -> dict[str, tuple[str, ...]]:
    """Return language code -> its list, for the languages that have this list."""
    section, _, name = key.partition(".")
    found = {code: table.get(section, {}).get(name) for code, table in _languages().items()}
    return {code: tuple(group) for code, group in found.items() if group}


@cache
def pairs_by_language(key: str) -> dict[str, dict[str, str]]:
    """Return language code -> the entries of a list of "word = value"."""
    return {
        code: {word: value for entry in group for word, _, value in [entry.partition(" = ")]}
        for code, group in by_language(key).items()
    }


def entries(language: str, section: str) -> tuple[str, ...]:
    """Return the entries of all lists of a section, such as "calendar"; () without any."""
    lists = _languages().get(language, {}).get(section, {}).values()
    return tuple(entry for group in lists if isinstance(group, list) for entry in group)


def months() -> dict[str, int]:
    """Return abbreviated month name -> 1 to 12, for all languages."""
    return {
        name: number for names in months_by_language().values() for name, number in names.items()
    }


def months_by_language() -> dict[str, dict[str, int]]:
    """Return language code -> its abbreviated month names -> 1 to 12."""
    return {code: table.get("dates", {}).get("months", {}) for code, table in _languages().items()}


def pattern_of(key: str) -> str:
    """Return a list as one regular expression that matches any of its entries."""
    return f"(?:{'|'.join(words(key))})"


@cache
def _languages() -> dict[str, dict[str, Any]]:
    return {
        path.stem: tomli.loads(path.read_text(encoding="utf-8"))
        for path in sorted(Path(__file__).parent.glob("*.toml"))
    }
