"""Parse the styles of HTML (CSS) as far as they decide what a reader sees."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]

from engine.mail.own_words.html_media import counts
from engine.mail.own_words.html_selectors import (
    NeverMatchesError,
    Selector,
    UnreadSelectorError,
    Work,
    parse_selector,
    split_list,
)

Declarations = tuple[tuple[str, str], ...]
"""Pairs of property and value in lower case, each property once."""

_PROPERTY_NAMES = """
display visibility content-visibility opacity filter mso-hide font font-size font-family color
-webkit-text-fill-color background background-color background-image white-space
white-space-collapse position left top right bottom inset margin margin-left margin-top text-indent
height width max-height max-width min-height overflow overflow-x overflow-y clip clip-path mask
mask-image mask-size transform translate scale rotate zoom padding-left letter-spacing line-height
"""
_PROPERTIES = {name: name for name in _PROPERTY_NAMES.split()} | {
    "-webkit-clip-path": "clip-path",
    "-webkit-mask": "mask",
    "-webkit-mask-image": "mask-image",
    "-webkit-mask-size": "mask-size",
    "-webkit-transform": "transform",
    "-webkit-filter": "filter",
    "-ms-transform": "transform",
    "block-size": "height",
    "max-block-size": "max-height",
    "inline-size": "width",
    "max-inline-size": "max-width",
    "overflow-block": "overflow-y",
    "overflow-inline": "overflow-x",
    "inset-inline-start": "left",
    "inset-inline-end": "right",
    "inset-block-start": "top",
    "inset-block-end": "bottom",
    "margin-inline-start": "margin-left",
    "margin-inline": "margin-left",
    "margin-block-start": "margin-top",
    "margin-block": "margin-top",
    "padding-inline-start": "padding-left",
}
"""Name -> the property that is read; of names with the same meaning in Latin script, one."""

_LONGEST_VALUE = 400  # characters
_LONGEST_SHEET = 100_000  # characters
_MAX_RULES = 2000
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_CSS_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?|\\(.)")
_DELIMITER = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|[{};]")
_SCOPE = re.compile(r"@scope\s*\(([^()]*)\)")
_LONGEST_SELECTORS = 2000  # characters
_DEEPEST = 6  # rules in rules
_MOST_STEPS = 1_000_000  # a step takes a microsecond


@dataclass(frozen=True)
class _Rule:
    """order: for the cascade."""

    selector: Selector
    order: tuple[tuple[int, int, int], int]
    declared: Declarations


@dataclass
class StyleSheet:
    """The rules of a mail's style elements, by what the last part of their selector needs.

    has_unread_colours: rules that were not understood set colours. work: after which no element is
    compared any more; honest mail takes a small part of it.
    """

    rules: dict[str, list[_Rule]] = field(default_factory=lambda: defaultdict(list))
    has_unread_colours: bool = False
    work: Work = field(default_factory=lambda: Work(_MOST_STEPS))

    def declarations(self, element: etree._Element, names: str) -> Declarations:
        """Return what the sheet declares for an element. names: its class, id and name."""
        keys = ("*", element.tag, *names.split())
        asked = [rule for key in dict.fromkeys(keys) for rule in self.rules.get(key, ())]
        found = [
            rule
            for rule in asked
            if self.work.left >= 0 and rule.selector.matches(element, self.work)
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
        name = _PROPERTIES.get(name.strip(), "")
        if not name:
            continue
        value, mark, _ = value.partition("!")
        if mark:
            important.add(name)
        elif name in important:
            continue
        found[name] = " ".join(value[:_LONGEST_VALUE].split())
    return tuple(found.items())


def parse_sheet(css: str) -> StyleSheet | None:
    """Return the rules of style elements that decide what is seen; None if there are none."""
    rules, has_unread_colours = _parse_rules(css)
    if not rules and not has_unread_colours:
        return None
    sheet = StyleSheet(has_unread_colours=has_unread_colours)
    for rule in rules:
        sheet.rules[rule.selector.key].append(rule)
    return sheet


@lru_cache(maxsize=64)
def _parse_rules(css: str) -> tuple[list[_Rule], bool]:
    rules: list[_Rule] = []
    has_unread_colours = False
    for order, (selectors, body) in enumerate(_split_rules(css[:_LONGEST_SHEET].lower())):
        if order > _MAX_RULES or len(rules) > _MAX_RULES:
            break
        declared = parse_declarations(body)
        if not declared:
            continue
        sets_colours = any(name.startswith(("color", "background")) for name, _ in declared)
        for text in split_list(_CSS_ESCAPE.sub(_unescape, selectors).lower()):
            try:
                selector = parse_selector(text)
            except NeverMatchesError:
                continue
            except UnreadSelectorError:
                has_unread_colours |= sets_colours
                continue
            rules.append(_Rule(selector, (selector.weight, order), declared))
    return rules, has_unread_colours


def _split_rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield (selectors, declarations), also of rules in rules, of those that count on a screen."""
    css = _COMMENT.sub(" ", css)
    open_rules: list[tuple[str | None, list[str]]] = []
    start = 0
    for found in _DELIMITER.finditer(css):
        if found[0][0] in "\"'":
            continue
        text = css[start : found.start()].strip()
        start = found.end()
        around = open_rules[-1][0] if open_rules else ""
        if found[0] == "{":
            if len(open_rules) >= _DEEPEST or around is None:
                open_rules.append((None, []))
            elif scope := _SCOPE.match(text):
                open_rules.append((_nested(around, scope[1]), []))
            elif text.startswith("@"):
                open_rules.append((around if counts(text) else None, []))
            else:
                open_rules.append((_nested(around, text), []))
            continue
        if open_rules and text and ":" in text:
            open_rules[-1][1].append(text)
        if found[0] == "}" and open_rules:
            selectors, declarations = open_rules.pop()
            if selectors and declarations:
                yield selectors, ";".join(declarations)
    # An end that is missing is at the end.
    rest = css[start:].strip()
    if open_rules and open_rules[-1][0]:
        selectors, declarations = open_rules[-1]
        yield selectors or "", ";".join([*declarations, rest])


def _nested(around: str, selectors: str) -> str:
    """Return the selectors of a rule in another one."""
    if not around:
        return selectors
    made = []
    for text in split_list(selectors):
        parent = f":is({around})" if "," in around else around
        made.append(text.replace("&", parent) if "&" in text else f"{parent} {text}")
    return ", ".join(made)[:_LONGEST_SELECTORS]


def _unescape(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else 0
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else found[2] or ""
