"""Whether the rules in an at-rule of CSS count for a mail on a large screen in light colours."""

from __future__ import annotations

import re

from engine.mail.own_words.html_lengths import WINDOW, pixels
from engine.mail.own_words.html_selectors import split_list

_QUERY = re.compile(r"(?P<no>not\s+)?(?:only\s+)?(?P<type>[a-z]+)?\s*(?:and\s+)?(?P<features>.*)")
_FEATURE = re.compile(r"\(\s*([a-z-]+)\s*(?::\s*([^()]+?))?\s*\)")
_IS_SO = {
    ("orientation", "landscape"),
    ("prefers-color-scheme", "light"),
    ("hover", "hover"),
    ("pointer", "fine"),
    ("update", "fast"),
    ("scripting", "none"),
}
_SCREENS = ("all", "screen", None)


def counts(rule: str) -> bool:
    """Return whether what is in `@media …{` and the like counts. rule: all before the bracket."""
    name, _, rest = rule.partition(" ")
    if "(" in name:
        name, _, rest = rule.partition("(")
        rest = f"({rest}"
    if name == "@media":
        return is_shown_medium(rest)
    if name == "@container":
        return _have_features(rest[rest.find("(") :] if "(" in rest else "")
    if name == "@supports":
        return not rest.strip().startswith("not")
    return name == "@layer"


def is_shown_medium(queries: str) -> bool:
    """Return whether one of these media is a large screen."""
    return not queries.strip() or any(_is_shown(query) for query in split_list(queries))


def _is_shown(query: str) -> bool:
    found = _QUERY.fullmatch(query.strip())
    if found is None:
        return False
    shown = found["type"] in _SCREENS and _have_features(found["features"])
    return not shown if found["no"] else shown


def _have_features(features: str) -> bool:
    asked = _FEATURE.findall(features)
    rest = _FEATURE.sub("", features).replace("and", "").strip()
    return not rest and all(_has_feature(name, value) for name, value in asked)


def _has_feature(name: str, value: str) -> bool:
    if name.endswith(("width", "height")):
        size = pixels(value)
        if size is None:
            return not value and name in ("width", "height")
        return size <= WINDOW if name.startswith("min-") else size >= WINDOW
    return (name, value) in _IS_SO
