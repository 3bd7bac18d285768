"""Whether the style of an element lets nobody see any of it, apart from its letters' looks."""

from __future__ import annotations

import re

from engine.mail.own_words.html_colours import colours_in
from engine.mail.own_words.html_lengths import WINDOW, pixels, share

_FAR = 400  # pixels to the left or up
_FAR_RIGHT = 3000  # or down
_SMALLEST = 1.0  # pixels of a box
_FAINTEST = 0.05
_BLURRED = 20  # pixels
_CLIPPING = ("hidden", "clip", "auto", "scroll")
_CALL = re.compile(r"([a-z0-9-]+)\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)")
_AXIS_ACROSS = re.compile(r"[xy]\b|\s*[^,]*[1-9][^,]*,|[^,]*,[^,]*[1-9]")
_DRAWN = re.compile(r"[lhvcsqta]")
_SIDES = ("left", "top", "right", "bottom")


def is_hidden(style: dict[str, str], font_size: float) -> bool:
    """Return whether an element with these declarations is not seen, nor what is in it.

    font_size: in pixels. Transparency is no part of it.
    """
    get = style.get
    return (
        get("display", "").startswith("none")
        or get("mso-hide") == "all"
        or get("content-visibility") == "hidden"
        or ("filter" in style and _is_blurred(style["filter"]))
        or ("clip-path" in style and _is_clipped(style["clip-path"]))
        or ("clip" in style and _is_clipped(style["clip"]))
        or any(name in style and _is_masked(style[name]) for name in ("mask", "mask-image"))
        or ("mask-size" in style and share(style["mask-size"]) == 0)
        or _is_scaled_away(style)
        or _is_off_screen(style)
        or _is_empty_box(style, font_size)
        or _are_letters_on_each_other(style, font_size)
    )


def opacity(style: dict[str, str]) -> float:
    """Return how opaque an element is by itself, from 0 to 1."""
    found = 1.0
    if "opacity" in style and (number := share(style["opacity"])) is not None:
        found = number
    for name, given in _CALL.findall(style.get("filter", "")):
        value = given.rpartition("=")[2]
        if name == "opacity" and (number := share(value)) is not None:
            found *= number
        elif name == "alpha" and (number := share(value)) is not None:
            found *= number / 100
    return min(1.0, max(0.0, found))


def _lengths(text: str) -> list[float]:
    """Return the lengths in a text, without those that are none."""
    parts = re.split(r"[\s,/]+(?![^(]*\))", text.strip())
    return [length for part in parts if (length := pixels(part)) is not None]


def _is_blurred(value: str) -> bool:
    calls = _CALL.findall(value)
    return any(name == "blur" and (pixels(given) or 0) >= _BLURRED for name, given in calls)


def _is_clipped(value: str) -> bool:
    """Return whether a shape lets nothing be seen."""
    for name, given in _CALL.findall(value):
        numbers = _lengths(given.partition(" round ")[0].partition(" at ")[0])
        if name == "inset" and numbers:
            top, right, bottom, left = _four(numbers)
            if top + bottom >= 0.99 * WINDOW or left + right >= 0.99 * WINDOW:
                return True
        elif name == "rect" and len(numbers) == 4:
            top, right, bottom, left = numbers
            if bottom - top <= _SMALLEST or right - left <= _SMALLEST:
                return True
        elif (
            (name in ("circle", "ellipse") and numbers and min(numbers[:2]) <= 0)
            or (name == "polygon" and _has_no_area(given))
            or (name == "path" and not _DRAWN.search(given))
            or (name == "xywh" and len(numbers) == 4 and min(numbers[2:]) <= _SMALLEST)
        ):
            return True
    return False


def _four(numbers: list[float]) -> tuple[float, float, float, float]:
    top = numbers[0]
    right = numbers[1] if len(numbers) > 1 else top
    bottom = numbers[2] if len(numbers) > 2 else top
    return top, right, bottom, numbers[3] if len(numbers) > 3 else right


def _has_no_area(points: str) -> bool:
    pairs = [_lengths(point) for point in points.split(",")]
    places = [pair for pair in pairs if len(pair) == 2]
    return bool(places) and any(len({place[side] for place in places}) == 1 for side in (0, 1))


def _is_masked(value: str) -> bool:
    """Return whether a mask has only colours that let nothing through."""
    colours = colours_in(value)
    return "gradient(" in value and bool(colours) and all(colour == () for colour in colours)


def _is_scaled_away(style: dict[str, str]) -> bool:
    transform = style.get("transform", "")
    sizes = [share(style[name]) for name in ("zoom", "scale") if name in style]
    sizes += [share(size) for size in style.get("scale", "").split()]
    for name, given in _CALL.findall(transform):
        numbers = [share(number) for number in given.split(",")]
        if name.startswith("scale"):
            sizes += numbers
        elif name in ("matrix", "matrix3d"):
            columns = (numbers[:2], numbers[2:4]) if name == "matrix" else (numbers[:4],)
            sizes += [max((abs(number or 0) for number in one), default=1) for one in columns]
        elif _is_edge_on(name, given):
            return True
    if _is_edge_on("rotate3d", style.get("rotate", "")):
        return True
    return any(size is not None and abs(size) <= _FAINTEST for size in sizes)


def _is_edge_on(name: str, given: str) -> bool:
    """Return whether an element is turned so that only its edge is seen."""
    angle = re.search(r"-?(?:90|270)deg|-?0?\.[27]5turn|-?(?:100|300)grad", given)
    if not angle or name not in ("rotatex", "rotatey", "rotate3d", "skew", "skewx", "skewy"):
        return False
    return name != "rotate3d" or _AXIS_ACROSS.match(given) is not None


def _is_off_screen(style: dict[str, str]) -> bool:
    get = style.get
    moved = [*get("margin", "").split(), get("margin-left", ""), get("margin-top", "")]
    moved += [get("text-indent", ""), *get("translate", "").split()]
    for name, given in _CALL.findall(get("transform", "")):
        if name.startswith("translate"):
            moved += given.split(",")
    right = [get("padding-left", ""), get("margin-left", ""), get("text-indent", "")]
    if get("position") in ("absolute", "fixed", "relative"):
        sides = [get(name, "") for name in _SIDES]
        if "inset" in style and (inset := style["inset"].split()):
            sides += [inset[-1] if len(inset) != 3 else inset[1], inset[0]]
        moved += sides
        right += [sides[0], sides[1], *sides[4:]]
        if any(_is_out_of_window(side) for side in sides[2:4]):
            return True
    return any(_is_far_away(value) for value in moved if "-" in value) or any(
        _is_far_right(value) for value in right if value
    )


def _is_far_away(value: str) -> bool:
    length = pixels(value)
    if length is None:
        return False
    is_share = value.rstrip().endswith(("%", "vw", "vh"))
    return length <= (-0.9 * WINDOW if is_share else -_FAR)


def _is_far_right(value: str) -> bool:
    return (pixels(value) or 0) >= _FAR_RIGHT or _is_out_of_window(value)


def _is_out_of_window(value: str) -> bool:
    """Return whether a share of the window is all of it."""
    is_share = value.rstrip().endswith(("vw", "vh"))
    return is_share and (pixels(value) or 0) >= WINDOW


def _is_empty_box(style: dict[str, str], font_size: float) -> bool:
    """Return whether a box of no size hides what would stand out of it."""
    overflow = " ".join(style.get(name, "") for name in ("overflow", "overflow-x", "overflow-y"))
    if not any(word in overflow for word in _CLIPPING):
        return False
    names = ["height", "max-height", "width", "max-width"]
    if "height" not in style and "min-height" not in style:
        names.append("line-height")
    for name in names:
        value = style.get(name, "")
        # The height of lines may be a multiple of the font's.
        is_multiple = name == "line-height" and re.fullmatch(r"[\d.]+", value)
        size = pixels(f"{value}em" if is_multiple else value, font_size=font_size)
        if size is not None and 0 <= size <= _SMALLEST:
            return True
    return False


def _are_letters_on_each_other(style: dict[str, str], font_size: float) -> bool:
    spacing = pixels(style.get("letter-spacing", ""), font_size=font_size)
    return spacing is not None and spacing <= -0.45 * font_size
