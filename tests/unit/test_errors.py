"""What a library says of an error, as part of a line for the user."""

from __future__ import annotations

import pytest

from engine.errors import explain, one_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("size mismatch:\n\tweight is (3, 4)."), "size mismatch: weight is (3, 4)"),
        (ValueError("  \n"), "ValueError"),
        ("no answer", "no answer"),
        (ValueError("letters " * 100), "letters letters letters letters letters"),
    ],
)
def test_an_error_is_one_line_that_fits_into_a_sentence(error: Exception | str, line: str) -> None:
    assert one_line(error, most=40) == line


def test_an_unexpected_error_is_one_line() -> None:
    line = explain(RuntimeError("first\nsecond."))
    assert "(RuntimeError: first second). What was stored is kept." in line
    assert "\n" not in line
