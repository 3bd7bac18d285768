"""Below the name that signs a mail, the same name in full starts a signature."""

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words

SIGNED = "Hi Ann,\n\nthe tent is dry, so come on Friday.\n\nBest regards,\nSam"


@pytest.mark.parametrize(
    "signature",
    [
        "Sam Roe | Miller | The Old Mill",
        "Sam Roe\nshe/her\nMiller",
        "Sam Roe (he/him)\nMiller, The Old Mill",
        "Sam Roe\nMiller\n[A picture containing text Description automatically generated]",
        "[signature_123456]\nSam Roe\nMiller",
        "Sam Roe\nMeunier chez soi",
    ],
)
def test_a_repeated_name_starts_the_signature(signature):
    assert own_words(f"{SIGNED}\n\n{signature}") == SIGNED


@pytest.mark.parametrize(
    "below",
    [
        "Sam Roe is what they call me at work, so ask for that.",
        "Samuel and Ann Lee\ncome, too.",
        "Sam says that it rains, so bring a coat.",
    ],
)
def test_other_lines_below_the_name_stay(below):
    assert own_words(f"{SIGNED}\n\n{below}") == f"{SIGNED}\n\n{below}"
