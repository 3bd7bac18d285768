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
_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{8}|[0-9a-f]{3}|[0-9a-f]{4})")
_FUNCTION = re.compile(r"(rgb|hsl)a?\(([^)]*)\)")
_MIN_CONTRAST = 1.1  # ratio as in WCAG 2; black on white has 21, and yellow on white still 1.07
_MIN_DIFFERENCE = 40  # of one channel, for colours of the same brightness


def parse_colour(text: str) -> Colour | None:
    """Return a colour; None if it is unknown."""
    text = text.strip().lower()
    if text in _NAMES:
        return _NAMES[text]
    if found := _HEX.fullmatch(text):
        digits = found[1]
        if len(digits) < 5:
            digits = "".join(digit * 2 for digit in digits)
        channels = tuple(int(digits[at : at + 2], 16) for at in range(0, len(digits), 2))
        return _with_alpha(channels[:3], channels[3] / 255 if len(channels) > 3 else 1.0)
    if found := _FUNCTION.fullmatch(text):
        return _parse_function(found[1], found[2])
    return None


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
