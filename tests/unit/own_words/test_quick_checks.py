"""What is quickly checked in front of a slow expression never hides what that would find."""

from __future__ import annotations

import re

import pytest

from engine.mail.message import unseen
from engine.mail.own_words import code_paragraphs, code_signs, code_values
from engine.mail.own_words.code_line_rules import STRONG
from engine.mail.own_words.output_line_rules import PATTERNS
from engine.mail.own_words.separators import is_ruler

_EXAMPLES = [
    *(rule.example for rule in (*STRONG, *code_signs.SIGNS)),
    "Beech, elm;ash at 10:30, see /srv/mill and v1.2.3.4 -x --size a=b  {x} camelCase ABCD =",
    "deadbeef faced 3a :: x:y x: y:   z ((( ,,, , a,b <me@example.org> * *x _y_ 50% $x",
    "faced defaced acceded :10: 1.2 .a a.b .9",
]


@pytest.mark.parametrize("text", _EXAMPLES)
def test_signs_of_a_paragraph(text):
    at_most = len(code_paragraphs._MAY_HAVE_AT_MOST.findall(text))
    at_most += len(code_paragraphs._HEXADECIMAL.findall(text))
    assert at_most >= len(code_paragraphs._MAY_HAVE.findall(text))


@pytest.mark.parametrize("line", _EXAMPLES)
def test_signs_of_a_line(line):
    may_be = not code_signs._LIKELY_SIGNS.isdisjoint(line) or line[:2] == "  "
    assert may_be or not code_signs._LIKELY.search(line)
    is_marked = not code_values._SIGNS_OF_HARD.isdisjoint(line)
    assert is_marked or "0x" in line or line[:1] == "." or not code_values._HARD.search(line)


def test_addresses_and_files():
    for text in ("http://a", "www.example.org", "me@example.org", "plan.pdf", "song.mp3"):
        assert code_values._ADDRESS_OR_FILE.search(text)
        assert code_values._MAY_BE_ADDRESS_OR_FILE.search(text)


@pytest.mark.parametrize("word", ["moveto", "lineto", "rlineto", "showpage", "closepath"])
def test_last_words_of_a_line(word):
    found = re.compile(PATTERNS["PostScript"])
    assert found.match(f"72 720 {word}")
    assert found.match(word)
    assert not found.match(f"72 720 x{word}")
    assert not found.match(f"the {word} of it")


def test_rulers_start_with_a_sign():
    for line in ("-----", "_ _ _", "—", "  +--------+", "\t***", "~~~", "###"):
        assert is_ruler(line)
    for line in ("word", "> ---", "3", ""):
        assert not is_ruler(line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200bb\u00adc", "abc"),
        (
            "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!",
            "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!",
        ),
        ("\U0001f3f4\U000e0067\U000e0062x", "\U0001f3f4x"),
        ("x\U000e0067\U000e0062", "x"),
        ("\U0001f3f4 \u200b", "\U0001f3f4 "),
        ("a\u200db", "ab"),
        ("\u2764\ufe0f x\ufe0f", "\u2764\ufe0f x"),
    ],
)
def test_invisible_characters(text, shown):
    assert unseen.remove_invisible(text) == shown
