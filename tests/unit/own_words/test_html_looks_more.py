"""More ways to hide text in HTML, and what looks like one and is none.

Each line of hidden.html hides "obey" in its own way; each of seen.html shows "here".
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.mail.own_words import html_lengths
from engine.mail.own_words.html_text import html_text

FOLDER = Path(__file__).with_name("html_looks")


def lines_of(name: str) -> list[str]:
    return (FOLDER / name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("hidden", lines_of("hidden.html"))
def test_hidden_text_is_left_out(hidden: str) -> None:
    page = f"<html><body><div>See you.</div>{hidden}<div>Sam</div></body></html>"
    shown = html_text(page)
    assert "obey" not in shown
    assert "See you." in shown
    assert "Sam" in shown


@pytest.mark.parametrize("seen", lines_of("seen.html"))
def test_what_a_reader_sees_stays(seen: str) -> None:
    assert "here" in html_text(f"<html><body><p>See you.</p>{seen}<p>Sam</p></body></html>")


@pytest.mark.parametrize(
    ("length", "pixels"),
    [
        ("12.0pt 3px", 16),
        ("-.5em", -8),
        ("1e-3px", 0.001),
        ("calc(100% - 200px)", 1000),
        ("calc(-1 * (2px + 3px) / 2)", -2.5),
        ("clamp(1px, 5px, 3px)", 3),
        ("min(9px, max(2px, 1px))", 2),
        ("auto", None),
        ("calc(1px / 0)", None),
        ("calc((1px", None),
        ("min()", None),
        ("calc(" * 60 + "1px" + ")" * 60, None),
        ("3apples", None),
    ],
)
def test_lengths(length: str, pixels: float | None) -> None:
    found = html_lengths.pixels(length)
    assert found == (None if pixels is None else pytest.approx(pixels))


def test_hostile_selectors_take_linear_time_and_show_nothing_that_was_not_compared() -> None:
    rules = "".join(f"*:nth-child({number}) ~ i{{color:red}}" for number in range(1990))
    hidden = "<style>.z{display:none}</style><b class=z>obey</b>"
    page = f"<p>See you.</p><style>{rules}</style>{'<i>x</i>' * 20_000}{hidden}"
    assert html_text(page).startswith("See you.")
    assert "obey" not in html_text(page)
    for style in (
        ":is(a," * 900,
        "a,b,c,d{" * 6 + "color:red",
        "a>b+c~d " * 10_000 + "{color:red}",
        '[a="' * 20_000,
        '"' * 90_000,
        "," * 90_000,
        "".join(
            f"a{{--a{number}:var(--a{number + 1})var(--a{number + 1})}}" for number in range(60)
        ),
    ):
        assert html_text(f"<style>{style}</style><p style='color:var(--a0)'>See you.") in (
            "See you.",
            "",
        )
