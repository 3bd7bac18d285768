"""Read S-expressions of property lists, as notmuch prints them for Emacs."""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(r'[()]|"((?:[^"\\]|\\.)*)"|([^\s()"]+)', re.DOTALL)
_ESCAPED = re.compile(r"\\([0-7]{3}|.)", re.DOTALL)
_DEEPEST = 500  # lists within each other


def parse_sexp(text: str) -> Any:
    """Return a list as a list, one that starts with a :keyword as a dict without the colons.

    Symbols are text, `nil` is None. Raises ValueError if the text is no single expression.
    """
    open_lists: list[list[Any]] = [[]]
    for found in _TOKEN.finditer(text):
        if found[0] == "(":
            open_lists.append([])
            if len(open_lists) > _DEEPEST:
                raise ValueError("too deep")
        elif found[0] == ")":
            whole = open_lists.pop()
            if not open_lists:
                raise ValueError("a list is closed that was not opened")
            open_lists[-1].append(_as_dict(whole))
        elif found[1] is not None:
            open_lists[-1].append(_ESCAPED.sub(_unescaped, found[1]))
        else:
            open_lists[-1].append(None if found[2] == "nil" else _Symbol(found[2]))
    if len(open_lists) != 1 or len(open_lists[0]) != 1:
        raise ValueError("not one expression")
    return open_lists[0][0]


class _Symbol(str):
    """A name, number or keyword, which is not in quotation marks."""


def _as_dict(items: list[Any]) -> Any:
    names = items[::2]
    if not names or not all(isinstance(it, _Symbol) and it.startswith(":") for it in names):
        return items
    return {name[1:]: value for name, value in zip(names, items[1::2], strict=False)}


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 8)) if found[1].isdigit() and len(found[1]) == 3 else found[1]
