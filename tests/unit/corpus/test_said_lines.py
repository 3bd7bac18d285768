"""The lines with what they say, of which a model learns."""

from __future__ import annotations

import re
from collections import Counter

from training.corpus import held_out_names, read_follow_ups, read_said_lines
from training.line_model import conversation, course, split

ROWS = list(read_said_lines())


def test_every_line_says_something_and_stands_once() -> None:
    assert all(row.name.strip() and row.line.strip() and row.said.strip() for row in ROWS)
    assert max(Counter(row.line for row in ROWS).values()) == 1


def test_what_is_said_is_sentences_without_greeting_and_closing() -> None:
    ends = [row.said.endswith((".", "?", "!", '"', ")", "'", "x")) for row in ROWS]
    assert sum(ends) >= 0.998 * len(ROWS)
    assert not any("\n" in row.said for row in ROWS)
    assert not any(re.match(r"(?:Dear|Hi|Hello|Hey) [A-Z]\w+,", row.said) for row in ROWS)


def test_hardly_a_number_is_made_up() -> None:
    """Those that are: "5k" is 5,000, "0700" is 07:00."""

    def numbers(text: str) -> set[str]:
        return set(re.findall(r"\d+", text.replace(",", "")))

    made_up = [row for row in ROWS if not numbers(row.said) <= numbers(row.line)]
    assert len(made_up) < 0.02 * len(ROWS)


def test_the_held_out_writers_are_not_learnt() -> None:
    names = held_out_names()
    learnt, judged = split(ROWS)
    assert len(learnt) + len(judged) == len(ROWS)
    assert names.isdisjoint(row.name for row in learnt)
    assert names.issuperset(row.name for row in judged)
    follow_ups, other_follow_ups = split(read_follow_ups())
    assert names.isdisjoint(row.name for row in follow_ups)
    assert min(len(judged) / len(ROWS), len(other_follow_ups) / len(follow_ups)) > 0.04


def test_a_course_has_each_row_once_and_half_of_them_twice() -> None:
    rows = ROWS[:40]
    items = course(rows)
    counts = Counter(item[-1].content for item in items if isinstance(item, list))
    assert sorted(counts.values()) == [1] * 20 + [2] * 20
    assert conversation(rows[0])[-1].content == rows[0].said
