"""Splitting a mail into greeting, sentences and closing, and joining some of them again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.mail.mail_parts import split_mail

BODY = (
    "Ahoy Kim,\n\nthe boat needs new oars. Before June!\n\nWould Monday suit you? I cannot\n"
    "wait longer.\n\n- paint\n- rope\n\nFair winds,\nRo"
)


def test_a_mail_has_a_greeting_sentences_and_a_closing():
    parts = split_mail(f"\n{BODY}\n")
    assert parts.greeting == "Ahoy Kim,"
    assert parts.closing == "Fair winds,\nRo"
    assert parts.sentences == (
        "the boat needs new oars.",
        "Before June!",
        "Would Monday suit you?",
        "I cannot\nwait longer.",
        "- paint",
        "- rope",
    )


@pytest.mark.parametrize(
    ("body", "sentences"),
    [
        ("", ("",)),
        ("Yes!", ("Yes!",)),
        ("Ahoy,\n\nRo", ("Ro",)),
        ("Ahoy ro@quay.example,\n\nIt works!\n\nRo", ("It works!",)),
        ("It is ro@quay.example\n\nRo", ("It is ro@quay.example",)),
        ("Ahoy,\n\nIt works!\n\nRo", ("It works!",)),
        ("It works. Thanks.\nSee you on Monday!", ("It works.", "Thanks.", "See you on Monday!")),
        ("We need some more things:\n1. two oars\n2) paint", None),
        ("Come on 3. May, the boat is in.\nRo", ("Come on 3. May, the boat is in.",)),
        ("The boat is in.\n\nP.S. Bring the paint for it.", None),
        ("好的。明天见。\n\n我", ("好的。", "明天见。")),
        ("Is that all?\nWhy not?", ("Is that all?", "Why not?")),
    ],
)
def test_where_sentences_end(body, sentences):
    expected = sentences or tuple(line for line in body.splitlines() if line)
    assert split_mail(body).sentences == expected


def test_paragraphs_stay_where_sentences_go():
    parts = split_mail(BODY)
    assert parts.keep([1, 2]) == (
        "Ahoy Kim,\n\nBefore June!\n\nWould Monday suit you?\n\nFair winds,\nRo"
    )
    assert parts.keep([0, 3]) == (
        "Ahoy Kim,\n\nthe boat needs new oars.\n\nI cannot\nwait longer.\n\nFair winds,\nRo"
    )


LINES = st.lists(
    st.sampled_from(["Hi Kim,", "One. Two! Three?", "", "a b c d e", "- x", "Best", "wait. é。f"])
    | st.text(max_size=12),
    max_size=8,
)


@given(LINES.map("\n".join))
def test_all_sentences_together_reproduce_the_mail(body):
    parts = split_mail(body)
    assert len(parts.gaps) == len(parts.sentences) + 1
    assert parts.keep(range(len(parts.sentences))) == body.strip()
    assert all(map(str.strip, parts.sentences)) or not body.strip()


@given(LINES.map("\n".join), st.data())
def test_a_mail_with_fewer_sentences_is_its_words_in_their_order(body, data):
    parts = split_mail(body)
    places = data.draw(st.sets(st.sampled_from(range(len(parts.sentences))), min_size=1))
    kept = [parts.greeting, *(parts.sentences[place] for place in sorted(places)), parts.closing]
    assert "".join(parts.keep(places).split()) == "".join("".join(kept).split())
