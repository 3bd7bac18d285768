"""Decide how the text of an HTML element looks: hidden, preformatted, or in a font of symbols."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]

from engine.lazy import lazy
from engine.mail.own_words.html_colours import (
    Colour,
    are_alike,
    blend,
    colours_in,
    parse_colour,
)
from engine.mail.own_words.html_hiding import is_hidden, opacity
from engine.mail.own_words.html_lengths import pixels
from engine.mail.own_words.html_styles import Declarations, StyleSheet, parse_declarations

TAGS_WITH_LOOK = frozenset(("pre", "listing", "xmp", "plaintext", "textarea", "dialog"))
"""The tags of elements that look different from the text around them without any attribute."""

_PRESERVING: Declarations = (("white-space", "pre"),)
# Attribute -> the property that it sets.
_ATTRIBUTES = {
    "bgcolor": "background-color",
    "color": "color",
    "text": "color",
    "face": "font-family",
}
_SPECIAL_ATTRIBUTES = frozenset(("hidden", "popover", "background", *_ATTRIBUTES))
_UNREADABLE = 1.6
"""Pixels of a font that nobody can read."""

_FAINTEST = 0.05
_FONT_SIZES = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "initial": 16.0}
_FONT_SIZES |= {"large": 18.0, "x-large": 24.0, "xx-large": 32.0, "xxx-large": 48.0}
_RELATIVE_SIZES = {"smaller": 0.83, "larger": 1.2, "inherit": 1.0, "unset": 1.0}
_FONT_SIZE = re.compile(r"(?:^|\s)(\d*\.?\d+(?:[a-z]{1,5}|%)?)(?:/\S+)?\s+\S")
_BACKGROUND_IMAGE = re.compile(r"url\(|gradient\(|image-set\(")
_PRESERVED = ("pre", "pre-wrap", "break-spaces", "preserve", "nowrap preserve")
_SYMBOL_FONTS = ("wingdings", "webdings")
_NO_CHANGE = ("none", "inherit", "initial", "unset")  # of the background, which shows through
_LINK_COLOUR: Colour = (0, 0, 238)


@dataclass(frozen=True, eq=False)  # compared by identity, for speed: equal looks are one object
class Look:
    """How text looks; an element's children inherit it. Made by `make_look`.

    white_space: "pre" keeps spaces and line ends, "lines" only line ends, "" neither. symbols: in a
    font of symbols. font_size: in pixels. opacity: from 0 to 1. invisible: visibility is hidden.
    """

    white_space: str = ""
    symbols: bool = False
    font_size: float = 16.0
    opacity: float = 1.0
    invisible: bool = False
    colour: Colour | None = (0, 0, 0)
    background: Colour | None = (255, 255, 255)

    @lazy
    def is_readable(self) -> bool:
        """Whether it can be seen, apart from its colours."""
        return not (self.font_size <= _UNREADABLE or self.invisible)

    @lazy
    def has_contrast(self) -> bool:
        """Whether it can be told from its background."""
        return not are_alike(self.colour, self.background)

    @lazy
    def is_plain(self) -> bool:
        """Whether its text is read as it is, with white space collapsed."""
        return self.is_readable and self.has_contrast and not (self.symbols or self.white_space)


make_look = lru_cache(maxsize=4096)(Look)

PLAIN_LOOK = make_look()


def element_look(
    look: Look, element: etree._Element, names: str, style: str, sheet: StyleSheet | None
) -> Look | None:
    """Return the look of an element; None if a reader does not see any of it.

    look: that of the element around it. names: its class, id and name. style: its style attribute.
    """
    tag = element.tag
    declared = parse_declarations(style) if style else ()
    if sheet is not None:
        if sheet.work.left < 0:
            return None  # What is hidden there can't be told.
        declared = sheet.declarations(element, names) + declared
    keys = element.keys()
    if not _SPECIAL_ATTRIBUTES.isdisjoint(keys):
        declared = _declared_by_attributes(element) + declared
    if tag in TAGS_WITH_LOOK:
        if tag == "dialog" and "open" not in keys:
            return None
        declared = _PRESERVING + declared
    if declared or (tag == "a" and not look.has_contrast):
        return _changed_look(look, tag, declared)
    return look


def _declared_by_attributes(element: etree._Element) -> Declarations:
    declared = [
        (name, value.lower())
        for attribute, name in _ATTRIBUTES.items()
        if (value := element.get(attribute))
    ]
    if element.get("background"):
        declared.append(("background-image", "url()"))
    if element.get("hidden") is not None or element.get("popover") is not None:
        declared.append(("display", "none"))
    return tuple(declared)


@lru_cache(maxsize=8192)
def _changed_look(look: Look, tag: str, declared: Declarations) -> Look | None:
    """Return the look of an element with these declarations; None if all of it is hidden."""
    style = dict(declared)
    font_size = _font_size(style, look.font_size)
    opaque = look.opacity * opacity(style)
    if opaque <= _FAINTEST or is_hidden(style, font_size):
        return None
    colour, background = _colours(look, tag, style)
    visibility = style.get("visibility", "")
    white_space = style.get("white-space-collapse") or style.get("white-space") or ""
    return make_look(
        _white_space(white_space, look.white_space),
        _in_symbols(style, look.symbols),
        font_size,
        opaque,
        visibility in ("hidden", "collapse") or (look.invisible and not visibility),
        colour,
        background,
    )


def _font_size(style: dict[str, str], inherited: float) -> float:
    """Return the size of letters in pixels."""
    size = style.get("font-size", "")
    if not size and (short := _FONT_SIZE.search(style.get("font", ""))):
        size = short[1]
    if not size or size in _RELATIVE_SIZES:
        return inherited * _RELATIVE_SIZES.get(size, 1.0)
    found = pixels(size, whole=inherited, font_size=inherited)
    return _FONT_SIZES.get(size, 16.0) if found is None else found


def _in_symbols(style: dict[str, str], inherited: bool) -> bool:
    family = style.get("font-family", "")
    if family:
        return family.lstrip("\"' ").startswith(_SYMBOL_FONTS)
    font = style.get("font", "")
    return any(name in font for name in _SYMBOL_FONTS) if font else inherited


def _white_space(value: str, inherited: str) -> str:
    if value in ("", "inherit"):
        return inherited
    if value in _PRESERVED:
        return "pre"
    return "lines" if value in ("pre-line", "preserve-breaks") else ""


def _colours(look: Look, tag: str, style: dict[str, str]) -> tuple[Colour | None, Colour | None]:
    """Return the colours of text and background; None for one that is unknown."""
    background = look.background
    for name in ("background", "background-color", "background-image"):
        value = style.get(name, "")
        if _BACKGROUND_IMAGE.search(value):
            background = _only_colour(value, background)
        elif value and name != "background-image" and value not in _NO_CHANGE:
            found = [colour for colour in colours_in(value) if colour is not None]
            background = blend(found[0], background) if found else None
    is_link = tag == "a" and not look.has_contrast
    colour = _LINK_COLOUR if is_link else look.colour
    for name in ("color", "-webkit-text-fill-color"):
        value = style.get(name, "")
        if value in ("inherit", "currentcolor", "unset"):
            colour = look.colour
        elif value:
            found_colour = parse_colour(value)
            colour = blend(found_colour, background) if found_colour else found_colour
    return colour, background


def _only_colour(image: str, background: Colour | None) -> Colour | None:
    """Return the colour of a gradient that has only one; None for another image."""
    colours = set(colours_in(image))
    if len(colours) != 1 or "gradient(" not in image or "url(" in image:
        return None
    colour = colours.pop()
    return blend(colour, background) if colour is not None else None
