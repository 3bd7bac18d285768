"""Decide how the text of an HTML element looks: hidden, preformatted, or in a font of symbols."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree  # type: ignore[import-untyped]

from engine.lazy import lazy
from engine.mail.own_words.html_colours import Colour, are_alike, blend, parse_colour
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
_SPECIAL_ATTRIBUTES = frozenset(("hidden", "background", *_ATTRIBUTES))
_NUMBER = re.compile(r"(-?\d*\.?\d+)\s*([a-z%]*)")
# The largest sizes that nobody can read, by unit; those of relative units keep a parent's size.
_TINY = {"": 0.0, "px": 1.0, "pt": 1.0, "em": 0.1, "rem": 0.1, "ex": 0.2, "%": 10.0, "in": 0.01}
_RELATIVE = frozenset(("em", "ex", "%"))
_PIXELS = {"": 1, "px": 1, "pt": 1.3, "em": 16, "rem": 16, "ex": 8, "in": 96, "cm": 38, "mm": 4}
_OFF_SCREEN = -400  # pixels
_FAR_RIGHT = 3000
_PERCENT_OFF_SCREEN = -90  # also of the window's width or height
_MIN_OPACITY = 0.05
_SHIFTED = re.compile(r"translate(?:3d|x|y)?\(([^)]*)\)")
_SCALED_AWAY = re.compile(
    r"scale(?:3d|x|y)?\(\s*0?\.?0+\s*[,)]|matrix\(\s*0?\.?0+\s*,\s*0?\.?0+\s*,"
    r"|rotate[xy]\(\s*-?(?:90|270)deg\s*\)"
)
_CONSTANT = re.compile(r"calc\(\s*(-?\d*\.?\d+[a-z%]*)\s*\)|calc\(\s*(0)[a-z%]*\s*\*[^()]*\)")
_CLIPPED = re.compile(
    r"rect\(\s*(?:[01](?:px|pt)?[\s,]+){3}[01](?:px|pt)?\s*\)|inset\(\s*(?:[5-9]\d|100)%"
    r"|circle\(\s*0|polygon\(\s*0[^,]*(?:,\s*0(?:px|%)?\s+0(?:px|%)?)*\s*\)"
)
_FILTERED = re.compile(
    r"opacity\(\s*(?:opacity\s*=\s*)?0*\.?0*%?\s*\)|alpha\(\s*opacity\s*=\s*0\s*\)"
)
_FONT_SIZE = re.compile(r"(?:^|\s)(\d*\.?\d+(?:px|pt|em|rem|ex|%|in)?)(?:/\S+)?\s+\S")
_BACKGROUND_IMAGE = re.compile(r"url\(|gradient\(|image-set\(")
_PRESERVED = ("pre", "pre-wrap", "break-spaces", "preserve", "nowrap preserve")
_CLIPPING = ("hidden", "clip", "auto", "scroll")
_SYMBOL_FONTS = ("wingdings", "webdings")
_NO_CHANGE = ("none", "inherit", "initial", "unset")  # of the background, which shows through
_LINK_COLOUR: Colour = (0, 0, 238)


@dataclass(frozen=True, eq=False)  # compared by identity, for speed: equal looks are one object
class Look:
    """How text looks; an element's children inherit it. Made by `make_look`.

    white_space: "pre" keeps spaces and line ends, "lines" only line ends, "" neither. symbols: in a
    font of symbols. tiny: too small to be read. invisible: visibility is hidden.
    """

    white_space: str = ""
    symbols: bool = False
    tiny: bool = False
    invisible: bool = False
    colour: Colour | None = (0, 0, 0)
    background: Colour | None = (255, 255, 255)

    @lazy
    def is_readable(self) -> bool:
        """Whether it can be seen, apart from its colours."""
        return not (self.tiny or self.invisible)

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
    if element.get("hidden") is not None:
        declared.append(("display", "none"))
    return tuple(declared)


@lru_cache(maxsize=8192)
def _changed_look(look: Look, tag: str, declared: Declarations) -> Look | None:
    """Return the look of an element with these declarations; None if all of it is hidden."""
    style = dict(declared)
    if _is_hidden(style):
        return None
    colour, background = _colours(look, tag, style)
    visibility = style.get("visibility", "")
    white_space = style.get("white-space-collapse") or style.get("white-space") or ""
    return make_look(
        _white_space(white_space, look.white_space),
        _in_symbols(style, look.symbols),
        _is_tiny(style, look.tiny),
        visibility in ("hidden", "collapse") or (look.invisible and not visibility),
        colour,
        background,
    )


def _is_hidden(style: dict[str, str]) -> bool:
    get = style.get
    return (
        get("display", "").startswith("none")
        or get("mso-hide") == "all"
        or get("content-visibility") == "hidden"
        or ("opacity" in style and _is_transparent(style["opacity"]))
        or ("filter" in style and _FILTERED.search(style["filter"]) is not None)
        or ("zoom" in style and _number(style["zoom"])[0] == 0)
        or _CLIPPED.search(get("clip-path", "") or get("clip", "")) is not None
        or _is_off_screen(style)
        or _is_empty_box(style)
    )


def _is_transparent(opacity: str) -> bool:
    number, unit = _number(opacity)
    return number is not None and (number / 100 if unit == "%" else number) <= _MIN_OPACITY


def _is_off_screen(style: dict[str, str]) -> bool:
    transform = style.get("transform", "")
    shift = _SHIFTED.search(transform)
    moved = shift[1].split(",") if shift else []
    moved += style.get("margin", "").split()
    moved += [style.get(name, "") for name in ("margin-left", "margin-top", "text-indent")]
    if style.get("position") in ("absolute", "fixed", "relative"):
        sides = [style.get(name, "") for name in ("left", "top", "right", "bottom")]
        moved += sides
        if any(_pixels(side) >= _FAR_RIGHT for side in sides[:2]):
            return True
    if _SCALED_AWAY.search(transform):
        return True
    return any(_is_far_away(value) for value in moved if "-" in value)


def _is_far_away(value: str) -> bool:
    number, unit = _number(value)
    if number is not None and unit in ("%", "vw", "vh"):
        return number <= _PERCENT_OFF_SCREEN
    return _pixels(value) <= _OFF_SCREEN


def _is_empty_box(style: dict[str, str]) -> bool:
    """Return whether a box of no size hides what would stand out of it."""
    overflow = " ".join(style.get(name, "") for name in ("overflow", "overflow-x", "overflow-y"))
    if not any(word in overflow for word in _CLIPPING):
        return False
    for name in ("height", "max-height", "width", "max-width"):
        number, unit = _number(style.get(name, ""))
        if number == 0 or (
            number is not None and unit in _PIXELS and 0 <= _pixels(style[name]) <= 1
        ):
            return True
    return False


def _is_tiny(style: dict[str, str], inherited: bool) -> bool:
    size = style.get("font-size", "")
    if not size and (short := _FONT_SIZE.search(style.get("font", ""))):
        size = short[1]
    number, unit = _number(size)
    if not size or size == "inherit" or (number is not None and unit in _RELATIVE and inherited):
        return inherited
    return number is not None and unit in _TINY and number <= _TINY[unit]


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
            background = None
        elif value and name != "background-image" and value not in _NO_CHANGE:
            found = [colour for colour in map(parse_colour, _words(value)) if colour is not None]
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


def _words(value: str) -> list[str]:
    return re.findall(r"[^\s(]+(?:\([^)]*\))?", value)


def _number(value: str) -> tuple[float | None, str]:
    value = value.strip()
    if value.startswith("calc(") and (constant := _CONSTANT.fullmatch(value)):
        value = constant[1] or constant[2]
    found = _NUMBER.match(value)
    return (float(found[1]), found[2]) if found else (None, "")


def _pixels(value: str) -> float:
    number, unit = _number(value)
    return (number or 0.0) * _PIXELS.get(unit, 0)
