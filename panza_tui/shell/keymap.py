"""The user's own keys: settings `app.keymap`, lines like "chat.stop = ctrl+x"."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from textual.binding import Binding
from textual.dom import DOMNode


def known_ids() -> set[str]:
    """Return the ids of all bindings of loaded classes; those of a screen load with it."""
    ids: set[str] = set()
    classes: list[type[DOMNode]] = [DOMNode]
    while classes:
        one = classes.pop()
        classes += one.__subclasses__()
        named = (binding.id for binding in one.BINDINGS if isinstance(binding, Binding))
        ids |= {name for name in named if name}
    return ids


def read_keymap(lines: Iterable[str], known: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """Return binding id -> its keys, comma-separated, and a message for each invalid line.

    known: the ids of loaded classes. Those of a screen that is not loaded, like "mailbox.search",
    are not checked.
    """
    screens = {name.partition(".")[0] for name in known}
    keys: dict[str, str] = {}
    problems: list[str] = []
    for line in lines:
        name, _, key = (part.strip() for part in line.partition("="))
        if not name or not key:
            problems.append(f"app.keymap: '{line}' is not of the form \"chat.stop = ctrl+x\".")
        elif name not in known and name.partition(".")[0] in screens:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            problems.append(f"app.keymap: there is no key named '{name}'; the nearest is '{near}'.")
        else:
            keys[name] = key
    return keys, problems
