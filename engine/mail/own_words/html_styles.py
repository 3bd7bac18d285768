"""Parse the styles of HTML (CSS) as far as they decide what a reader sees."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]

Declarations = tuple[tuple[str, str], ...]
"""Pairs of property and value in lower case, each property once."""

_PROPERTY_NAMES = """
display visibility content-visibility opacity filter mso-hide font font-size font-family color
-webkit-text-fill-color background background-color background-image white-space
white-space-collapse position left top right bottom margin margin-left margin-top text-indent
height width max-height max-width overflow overflow-x overflow-y clip clip-path transform zoom
"""
_PROPERTIES = frozenset(_PROPERTY_NAMES.split())
_LONGEST_SHEET = 100_000  # characters
_MAX_RULES = 2000
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_CSS_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?|\\(.)")
_PLAIN_MEDIA = re.compile(r"@media\s+(?:only\s+)?(?:all|screen)")
_COMPOUND = re.compile(
    r"(\*|[a-z][a-z0-9]*)?((?:[.#][\w-]+|\[class[~*^$]?=[\"']?[\w -]+[\"']?\])*)"
)
_PART = re.compile(r"([.#])([\w-]+)|\[class([~*^$]?)=[\"']?([\w -]+)[\"']?\]")


@dataclass(frozen=True)
class _Compound:
    """A part of a selector without spaces: `p.note#first`. attributes: of [class…=…]."""

    tag: str
    classes: frozenset[str]
    identifier: str
    attributes: tuple[tuple[str, str], ...] = ()

    def matches(self, element: etree._Element) -> bool:
        if self.tag and element.tag != self.tag:
            return False
        if self.identifier and (element.get("id") or "").lower() != self.identifier:
            return False
        names = (element.get("class") or "").lower()
        return self.classes <= set(names.split()) and all(
            _attribute_matches(names, how, value) for how, value in self.attributes
        )

    @property
    def specificity(self) -> tuple[int, int, int]:
        classes = len(self.classes) + len(self.attributes)
        return bool(self.identifier), classes, bool(self.tag)


@dataclass(frozen=True)
class _Rule:
    """ancestors: the compounds before the last one, the innermost first. order: for the cascade."""

    last: _Compound
    ancestors: tuple[_Compound, ...]
    order: tuple[tuple[int, int, int], int]
    declared: Declarations

    def matches(self, element: etree._Element) -> bool:
        if not self.last.matches(element):
            return False
        around = element.iterancestors()
        return all(any(map(compound.matches, around)) for compound in self.ancestors)


@dataclass
class StyleSheet:
    """The rules of a mail's style elements, by what the last compound of their selector needs.

    has_unread_colours: rules that were not understood set colours.
    """

    rules: dict[str, list[_Rule]] = field(default_factory=lambda: defaultdict(list))
    has_unread_colours: bool = False

    def declarations(self, element: etree._Element, names: str) -> Declarations:
        """Return what the sheet declares for an element. names: its class, id and name."""
        keys = ("*", element.tag, *names.split())
        found = [
            rule
            for key in dict.fromkeys(keys)
            for rule in self.rules.get(key, ())
            if rule.matches(element)
        ]
        if len(found) < 2:
            return found[0].declared if found else ()
        found.sort(key=lambda rule: rule.order)
        return tuple({name: value for rule in found for name, value in rule.declared}.items())


@lru_cache(maxsize=4096)  # all mails of a mail program have the same few styles
def parse_declarations(style: str) -> Declarations:
    """Return the declarations of a style attribute, in lower case, that decide what is seen."""
    if "/*" in style or "<!--" in style:
        style = _COMMENT.sub("", style)
    if "\\" in style:
        style = _CSS_ESCAPE.sub(_unescape, style).lower()
    found: dict[str, str] = {}
    important: set[str] = set()
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name = name.strip()
        if name not in _PROPERTIES:
            continue
        value, mark, _ = value.partition("!")
        if mark:
            important.add(name)
        elif name in important:
            continue
        found[name] = " ".join(value.split())
    return tuple(found.items())


@lru_cache(maxsize=64)
def parse_sheet(css: str) -> StyleSheet | None:
    """Return the rules of style elements that decide what is seen; None if there are none."""
    sheet = StyleSheet()
    for order, (selectors, body) in enumerate(_split_rules(css[:_LONGEST_SHEET].lower())):
        declared = parse_declarations(body)
        if not declared or order > _MAX_RULES:
            continue
        sets_colours = any(name.startswith(("color", "background")) for name, _ in declared)
        for selector in selectors.split(","):
            rule = _parse_rule(selector.strip(), declared, order)
            if rule is None:
                sheet.has_unread_colours |= sets_colours
                continue
            last = rule.last
            key = last.identifier or next(iter(sorted(last.classes)), "") or last.tag or "*"
            sheet.rules[key].append(rule)
    return sheet if sheet.rules or sheet.has_unread_colours else None


def _split_rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield (selectors, declarations), without those for certain screens or printers."""
    css = _COMMENT.sub(" ", css)
    position = 0
    while (start := css.find("{", position)) >= 0:
        prelude = css[position:start].rpartition(";")[2].replace("}", " ").strip()
        if _PLAIN_MEDIA.fullmatch(prelude):
            position = start + 1
        elif prelude.startswith("@"):
            position = _block_end(css, start)
        else:
            end = css.find("}", start)
            end = len(css) if end < 0 else end
            yield prelude, css[start + 1 : end]
            position = end + 1


def _block_end(css: str, start: int) -> int:
    depth = 0
    for brace in re.finditer("[{}]", css[start:]):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return start + brace.end()
    return len(css)


def _parse_rule(selector: str, declared: Declarations, order: int) -> _Rule | None:
    """Return a rule; None for a selector that is not understood: siblings, pseudo-classes."""
    compounds = [_parse_compound(part) for part in selector.replace(">", " ").split()]
    parsed = [compound for compound in compounds if compound is not None]
    if not compounds or len(parsed) < len(compounds):
        return None
    weights = [compound.specificity for compound in parsed]
    ids, classes, tags = (sum(weight[index] for weight in weights) for index in range(3))
    return _Rule(parsed[-1], tuple(parsed[-2::-1]), ((ids, classes, tags), order), declared)


def _parse_compound(text: str) -> _Compound | None:
    found = _COMPOUND.fullmatch(text)
    if found is None:
        return None
    parts = list(_PART.finditer(found[2]))
    return _Compound(
        tag="" if found[1] in (None, "*") else found[1],
        classes=frozenset(part[2] for part in parts if part[1] == "."),
        identifier=next((part[2] for part in parts if part[1] == "#"), ""),
        attributes=tuple((part[3], part[4]) for part in parts if part[4]),
    )


def _attribute_matches(names: str, how: str, value: str) -> bool:
    if how == "*":
        return value in names
    if how == "^":
        return names.startswith(value)
    if how == "$":
        return names.endswith(value)
    return value in names.split() if how == "~" else names.strip() == value


def _unescape(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else 0
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else found[2] or ""
