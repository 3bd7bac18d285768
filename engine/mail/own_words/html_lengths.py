"""Compute lengths of CSS, as a browser with a large window does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

WINDOW = 1200.0
"""Width and height of the window, in pixels, also of a box whose size is not known."""

_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "rem": 16.0, "rlh": 19.0}
_PIXELS |= {"cm": 37.8, "mm": 3.78, "q": 0.945, "vmin": WINDOW / 100, "vmax": WINDOW / 100}
_PIXELS |= {f"{kind}v{side}": WINDOW / 100 for kind in ("", "s", "l", "d") for side in "whib"}
_OF_FONT = {"em": 1.0, "lh": 1.2, "ex": 0.5, "ch": 0.5, "cap": 0.7, "ic": 1.0}
_SIMPLE = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?)([a-z]*|%)(?![^\s,/)])")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?)(?P<unit>[a-z]+|%)?"
    r"|(?P<function>calc|min|max|clamp|abs)?\(|(?P<sign>[-+*/),]))"
)
_FUNCTIONS: dict[str, Callable[[list[float]], float]] = {
    "": lambda values: values[-1],
    "calc": lambda values: values[-1],
    "min": min,
    "max": max,
    "clamp": lambda values: max(values[0], min(values[1:])),
    "abs": lambda values: abs(values[-1]),
}
_DEEPEST = 20
_LONGEST = 400


def pixels(value: str, *, whole: float = WINDOW, font_size: float = 16.0) -> float | None:
    """Return the pixels of a length; None for what is none, such as auto.

    whole: the pixels that 100 % are. font_size: of the element around, for em and the like.
    """
    value = value.strip()
    if found := _SIMPLE.match(value):
        return _times(float(found[1]), found[2], whole, font_size)
    if "(" not in value or len(value) > _LONGEST:
        return None
    try:
        return _sum(_tokens(value, whole, font_size), 0)[0]
    except (ValueError, ZeroDivisionError, StopIteration, OverflowError):
        return None


def share(value: str) -> float | None:
    """Return a number or percentage as a share of 1; None for what is neither."""
    return pixels(value, whole=1.0)


def _times(number: float, unit: str, whole: float, font_size: float) -> float | None:
    if unit == "%":
        return number / 100 * whole
    if unit in _OF_FONT:
        return number * _OF_FONT[unit] * font_size
    return number * _PIXELS[unit] if unit in _PIXELS else None


def _tokens(value: str, whole: float, font_size: float) -> Iterator[float | str]:
    place = 0
    while place < len(value.rstrip()):
        found = _TOKEN.match(value, place)
        if found is None:
            raise ValueError
        place = found.end()
        if found["number"]:
            length = _times(float(found["number"]), found["unit"] or "", whole, font_size)
            if length is None:
                raise ValueError
            yield length
        else:
            yield found["sign"] or f"{found['function'] or ''}("
    yield ")"


def _sum(tokens: Iterator[float | str], depth: int) -> tuple[float, str]:
    """Return the value up to the next comma or bracket, and which of them it was."""
    total, sign = 0.0, 1.0
    while True:
        product, end = _product(tokens, depth)
        total += sign * product
        if end in (",", ")"):
            return total, end
        sign = 1.0 if end == "+" else -1.0


def _product(tokens: Iterator[float | str], depth: int) -> tuple[float, str]:
    result = _factor(tokens, depth)
    while True:
        end = next(tokens)
        if end == "*":
            result *= _factor(tokens, depth)
        elif end == "/":
            result /= _factor(tokens, depth)
        elif isinstance(end, str) and not end.endswith("("):
            return result, end
        else:
            raise ValueError


def _factor(tokens: Iterator[float | str], depth: int) -> float:
    token = next(tokens)
    if isinstance(token, float):
        return token
    if token in ("-", "+"):
        return _factor(tokens, depth) * (-1.0 if token == "-" else 1.0)
    if not token.endswith("(") or depth > _DEEPEST:
        raise ValueError
    values, end = [], ","
    while end == ",":
        value, end = _sum(tokens, depth + 1)
        values.append(value)
    return _FUNCTIONS[token[:-1]](values)
