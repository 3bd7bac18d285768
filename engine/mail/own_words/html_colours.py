"""Parse the colours of HTML and CSS, and compare them."""

from __future__ import annotations

import colorsys
import re

Colour = tuple[float, ...]
"""Red, green and blue from 0 to 255, and how opaque it is from 0 to 1 if it is not; () for none."""

# Light and basic colours; the text of another one can be seen on any background.
_NAMES: dict[str, Colour] = {
    "transparent": (),
    "white": (255, 255, 255),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "ghostwhite": (248, 248, 255),
    "floralwhite": (255, 250, 240),
    "mintcream": (245, 255, 250),
    "azure": (240, 255, 255),
    "whitesmoke": (245, 245, 245),
    "seashell": (255, 245, 238),
    "honeydew": (240, 255, 240),
    "aliceblue": (240, 248, 255),
    "lavenderblush": (255, 240, 245),
    "oldlace": (253, 245, 230),
    "lightyellow": (255, 255, 224),
    "lightcyan": (224, 255, 255),
    "beige": (245, 245, 220),
    "linen": (250, 240, 230),
    "cornsilk": (255, 248, 220),
    "gainsboro": (220, 220, 220),
    "lightgray": (211, 211, 211),
    "lightgrey": (211, 211, 211),
    "silver": (192, 192, 192),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "lime": (0, 255, 0),
    "blue": (0, 0, 255),
    "navy": (0, 0, 128),
    "yellow": (255, 255, 0),
}
_SYSTEM: dict[str, Colour] = {
    **dict.fromkeys(("canvas", "field", "window", "infobackground"), (255, 255, 255)),
    **dict.fromkeys(("canvastext", "fieldtext", "windowtext", "buttontext", "menutext"), (0, 0, 0)),
}
_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{8}|[0-9a-f]{3}|[0-9a-f]{4})")
_FUNCTION = re.compile(r"(rgb|hsl)a?\(([^)]*)\)")
_OTHER_FUNCTION = re.compile(r"(color|hwb|lab|lch|oklab|oklch)\(([^()]*)\)")
_OF_OTHERS = re.compile(r"([a-z-]+)\((.*)\)")
_WORD = re.compile(r"[^\s,(]+(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?")
_MIN_CONTRAST = 1.1  # ratio as in WCAG 2; black on white has 21, and yellow on white still 1.07
_MIN_DIFFERENCE = 40  # of one channel, for colours of the same brightness


def parse_colour(text: str) -> Colour | None:
    """Return a colour; None if it is unknown."""
    text = text.strip().lower()
    if text in _NAMES or text in _SYSTEM:
        return _NAMES[text] if text in _NAMES else _SYSTEM[text]
    if found := _HEX.fullmatch(text):
        digits = found[1]
        if len(digits) < 5:
            digits = "".join(digit * 2 for digit in digits)
        channels = tuple(int(digits[at : at + 2], 16) for at in range(0, len(digits), 2))
        return _with_alpha(channels[:3], channels[3] / 255 if len(channels) > 3 else 1.0)
    if (found := _FUNCTION.fullmatch(text)) and "from" not in found[2]:
        return _parse_function(found[1], found[2])
    return _parse_newer_function(text)


def colours_in(value: str) -> list[Colour | None]:
    """Return the colours that a value consists of, also those of its gradients.

    None stands for a word that is no known colour, but for a function of several colours nothing.
    """
    found: list[Colour | None] = []
    for word in _WORD.findall(value):
        colour = parse_colour(word)
        if colour is None and "gradient(" in word:
            parts = [parse_colour(part) for part in _WORD.findall(word.partition("(")[2][:-1])]
            found += [part for part in parts if part is not None]
        else:
            found.append(colour)
    return found


def blend(colour: Colour, background: Colour | None) -> Colour | None:
    """Return how a colour looks on a background; None if that is unknown."""
    if len(colour) == 3:
        return colour
    if not colour or background is None:
        return background
    channels = zip(colour[:3], background, strict=True)
    return tuple(round(colour[3] * top + (1 - colour[3]) * under) for top, under in channels)


def are_alike(text: Colour | None, background: Colour | None) -> bool:
    """Return whether text can't be read on a background; None: an unknown colour."""
    if not text or background is None:
        return text == ()
    if max(abs(one - other) for one, other in zip(text, background, strict=True)) > _MIN_DIFFERENCE:
        return False
    dark, light = sorted((_luminance(text), _luminance(background)))
    return (light + 0.05) / (dark + 0.05) < _MIN_CONTRAST


def _parse_function(name: str, arguments: str) -> Colour | None:
    values = re.findall(r"-?\d*\.?\d+%?", arguments)
    if len(values) not in (3, 4):
        return None
    numbers = [float(value.rstrip("%")) for value in values]
    alpha = 1.0
    if len(values) == 4:
        alpha = numbers[3] / 100 if values[3].endswith("%") else numbers[3]
    if name == "hsl":
        hue, saturation, lightness = numbers[0] / 360, numbers[1] / 100, numbers[2] / 100
        shares = colorsys.hls_to_rgb(hue, lightness, saturation)
        return _with_alpha(tuple(_channel(255 * share) for share in shares), alpha)
    scale = 2.55 if values[0].endswith("%") else 1.0
    return _with_alpha(tuple(_channel(scale * number) for number in numbers[:3]), alpha)


def _parse_newer_function(text: str) -> Colour | None:
    """Return the colour of the functions that came with CSS Color 4 and 5, of some but its grey."""
    if found := _OTHER_FUNCTION.fullmatch(text):
        name = found[1]
        parts = re.findall(r"-?(?:\d+\.?\d*|\.\d+)%?", found[2].partition("/")[0])
        shares = [_share(part, 100 if name in ("lab", "lch", "hwb") else 1) for part in parts]
        alpha = _share(found[2].partition("/")[2].strip() or "1", 1)
        if len(shares) != 3:
            return None
        if name == "color":
            return _with_alpha(tuple(_channel(255 * one) for one in shares), alpha)
        if name == "hwb":
            grey = shares[1] / max(1.0, shares[1] + shares[2])
            is_grey = shares[1] + shares[2] > 0.95
        else:  # The lightness alone tells white and black, and no other colour.
            grey = shares[0]
            is_grey = not 0.03 < grey < 0.97
        return _with_alpha((_channel(255 * grey),) * 3, alpha) if is_grey else None
    if found := _OF_OTHERS.fullmatch(text):
        words = _WORD.findall(found[2])
        if found[1] == "color-mix":
            colours = [colour for word in words if (colour := parse_colour(word)) is not None]
            return colours[0] if len(set(colours)) == 1 else None
        if found[1] == "light-dark" and words:
            return parse_colour(words[0])
        if words[:1] == ["from"] and words[2:] == [*found[1][:3]]:
            return parse_colour(words[1])
    return None


def _share(value: str, whole: float) -> float:
    try:
        return float(value.rstrip("%")) / (100 if value.endswith("%") else whole)
    except ValueError:
        return 1.0


def _channel(value: float) -> int:
    return min(255, max(0, round(value)))


def _with_alpha(colour: Colour, alpha: float) -> Colour:
    if alpha <= 0.1:
        return ()
    return colour if alpha >= 1 else (*colour, alpha)


def _luminance(colour: Colour) -> float:
    """Return the relative luminance (WCAG 2) of a colour, from 0 to 1."""
    linear = [((channel / 255 + 0.055) / 1.055) ** 2.4 for channel in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
