"""Sizes of files in words: rounded, never truncated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sizes import format_size

_BYTES = {"byte": 1, "bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (1_949, "1.9 kB"),
        (9_960, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (144_811_232, "145 MB"),
        (1_900_000_000, "1.9 GB"),
        (1_999_999_999, "2 GB"),
        (5_368_709_120, "5.4 GB"),
        (12_000_000_000, "12 GB"),
        (3_400_000_000_000, "3.4 TB"),
        (12_345_000_000_000_000, "12345 TB"),
    ],
)
def test_a_size_in_words(count: int, words: str) -> None:
    assert format_size(count) == words


@given(st.integers(0, 10**15))
def test_a_size_is_right_within_five_percent(count: int) -> None:
    number, unit = format_size(count).split()
    assert abs(float(number) * _BYTES[unit] - count) <= 0.05 * count
    assert len(number) <= 4


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_a_larger_file_is_not_called_smaller(one: int, other: int) -> None:
    low, high = (
        float(number) * _BYTES[unit]
        for number, unit in (format_size(count).split() for count in sorted((one, other)))
    )
    assert low <= high
