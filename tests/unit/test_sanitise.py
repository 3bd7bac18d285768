"""Sanitising hostile mail text for a terminal."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from panza_tui.terminal.sanitise import safe_line, safe_text

CORPORA = Path(__file__).resolve().parents[2].parent / "shared" / "corpora"


@pytest.mark.parametrize(
    ("hostile", "safe"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[38;2;1;2;3mred", "red"),
        ("\x1b[?1049hscreen", "screen"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;ZXZpbA==\x07text", "text"),
        ("\x1bP+q544e\x1b\\text", "text"),
        ("\x1b_Gi=1\x1b\\text", "text"),
        ("\x1bcreset", "reset"),
        ("\x1b(0lines\x1b(B", "lines"),
        ("\x1b#8text", "text"),
        ("\x1b\x1b[31mtwice", "twice"),
        ("\x1b[3\x1b[1m1mnested", "[31mnested"),
        ("\x9b31mC1", "31mC1"),
        ("bell\x07 back\x08space\x00 \x7f", "bell backspace "),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("\u2066isolate\u2069 \u061c\u200f", "isolate "),
        ("pass\u200bword\ufeff\u2060\u00ad", "password"),
        ("a\u200db\u200c c", "ab c"),
        ("a\ufe01\ufe0fb ❤\ufe0f\ufe01\U000e0101 ㅤ\ufff9", "ab ❤\ufe0f "),
        ("hidden" + "".join(chr(0xE0000 + ord(c)) for c in "obey"), "hidden"),
    ],
)
def test_nothing_that_a_terminal_interprets_or_hides_is_left(hostile: str, safe: str) -> None:
    assert safe_text(hostile) == safe


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hi Anna,\n\n\tsee you at 5.\n\nBest,\nSam\n-- \nSam Example",
        "5*3*2 [tomorrow] <b>&amp;</b> `code` C:\\new \\[x]",
        "Grüße, naïve café, e\u0301, Привет, שלום, こんにちは, 你好",
        "می\u200cخواهم",  # Persian needs the non-joiner,
        "क्\u200dष",  # Hindi the joiner,
        "\U0001f469\u200d\U0001f4bb ❤\ufe0f 1\ufe0f\u20e3 ❤\ufe0f\u200d\U0001f525",  # and emoji
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # a flag
        "葛\U000e0100",  # a form of the character
        "100\u00a0€ — “quoted” …",
    ],
)
def test_visible_characters_stay(text: str) -> None:
    assert safe_text(text) == text


def test_an_unterminated_escape_removes_nothing_else() -> None:
    assert safe_text("\x1b]0;title\nThe mail.") == "]0;title\nThe mail."
    assert safe_text("\x9dquoted” by mistake") == "quoted” by mistake"
    assert safe_text("ends in \x1b") == "ends in "
    assert safe_text("ends in \x1b[31") == "ends in [31"


def test_every_line_end_is_a_newline() -> None:
    assert safe_text("a\r\nb\rc\u2028d\u2029e\x0bf\x0cg") == "a\nb\nc\nd\ne\nf\ng"


def test_bytes_that_were_no_text_can_be_encoded() -> None:
    text = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert safe_text(text).encode() == "caf\ufffd".encode()


def test_cleaning_again_changes_nothing() -> None:
    pieces = [
        "\ufe0f",
        "\x1b",
        "[",
        "3",
        "m",
        "]",
        "\x07",
        "\\",
        "\n",
        "\r",
        "\u200d",
        "é",
        "\u202e",
        "P",
    ]
    for first in pieces:
        for second in pieces:
            for third in pieces:
                once = safe_text(first + second + third)
                assert safe_text(once) == once
                assert not any(unicodedata.category(c) == "Cc" and c != "\n" for c in once)


def test_a_line_has_no_line_ends() -> None:
    assert safe_line("  Re:\r\n\tlunch \x1b[5mnow\u2028? ") == "Re: lunch now ?"


@pytest.mark.parametrize(
    "unit", ["\x1b", "\x1b]", "\x1b[", "\x1b]x\n", "\x1b[1", "\u200d", "é\u200d"]
)
def test_long_hostile_runs_are_answered(unit: str) -> None:
    # Would take hours if the time grew with the square of the length.
    assert "\x1b" not in safe_text(unit * 400_000 + "end")


@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not here")
def test_sanitised_hostile_mails_contain_no_controls() -> None:
    files = [path for path in (CORPORA / "hostile").rglob("*") if path.is_file()]
    assert files
    for path in files:
        text = safe_text(path.read_bytes()[:200_000].decode("utf-8", "surrogateescape"))
        text.encode()
        assert not any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text), (
            path.name
        )


def test_what_is_said_on_stderr_has_no_escape_sequences(capsys) -> None:
    from panza_tui.terminal.narration import say

    say("written to /tmp/\x1b]0;x\x07\x1b[31mhome\u202e")
    assert capsys.readouterr().err == "written to /tmp/home\n"
