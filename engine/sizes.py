"""Format numbers for the user."""

from __future__ import annotations

_UNITS = ("kB", "MB", "GB", "TB")


def format_size(count: int) -> str:
    """Return a number of bytes in words, rounded to two digits or more: 7 bytes, 1.9 GB, 145 MB."""
    if count == 1:
        return "1 byte"
    size, unit = float(count), "bytes"
    for larger in _UNITS:
        if round(size) < 1000:
            break
        size, unit = size / 1000, larger
    decimals = 1 if unit != "bytes" and round(size, 1) < 10 else 0
    return f"{size:.{decimals}f} {unit}".replace(".0 ", " ")


def counted(number: int, what: str) -> str:
    """Return a number of things in words: 1 mail, 2 mails."""
    return f"{number} {what}{'' if number == 1 else 's'}"
