"""A mail's text as it is typed in a hurry."""

from __future__ import annotations

import random
import re

from training.corpus.roughening import roughened

MAIL = (
    "Dear Ann,\n\nI'm bringing two cases of wine on Friday. Could you bring the cups, please?\n"
    "We don't need the tent, and Tom has 14 chairs.\n\nKind regards,\nHeather"
)


def test_greeting_and_closing_go_and_every_fact_stays():
    for seed in range(100):
        text = roughened(MAIL, "en", random.Random(seed))
        assert "\n" not in text
        assert not re.search("dear|regards|heather", text, re.IGNORECASE)
        for fact in ("wine", "cups", "tent", "tom", "14 chairs"):
            assert fact in text.lower()
        assert re.search(r"\bdo?n['’]?t\b", text.lower())


def test_the_same_seed_gives_the_same_text_and_others_differ():
    texts = [roughened(MAIL, "en", random.Random(seed)) for seed in range(30)]
    assert texts == [roughened(MAIL, "en", random.Random(seed)) for seed in range(30)]
    assert len(set(texts)) > 20


def test_english_loses_little_words_and_gets_shorthand_and_other_languages_do_not():
    texts = [roughened(MAIL, "en", random.Random(seed)) for seed in range(60)]
    assert any("fri" in re.findall(r"\w+", text.lower()) for text in texts)
    assert any("bringing" in text and "I'm" not in text for text in texts)
    german = "Hallo Ann,\n\nich bringe den Wein am Friday to the Haus, and Tom kommt.\n\nBo"
    for seed in range(60):
        words = re.findall(r"\w+", roughened(german, "de", random.Random(seed)).lower())
        assert words == [
            "ich",
            "bringe",
            "den",
            "wein",
            "am",
            "friday",
            "to",
            "the",
            "haus",
            "and",
            "tom",
            "kommt",
        ]


def test_a_mail_without_a_word_stays_empty():
    assert roughened("", "en", random.Random(1)) == ""
