"""Words of a draft that stand in its sources."""

from __future__ import annotations

from engine.retrieval.borrowed import borrowed_spans

SOURCES = ["Hi Al,\nthe wheel is ready on Friday.\nBest, Lo", "I'll be in the shop till six then."]


def marked(text: str, *sources: str) -> list[tuple[str, int]]:
    return [(text[s.start : s.end], s.source) for s in borrowed_spans(text, sources)]


def test_runs_of_words_are_marked_with_their_source() -> None:
    text = "Hello Bo, The wheel is\nready on Friday! I’ll be late. I'll be in the shop, Lo"
    assert marked(text, *SOURCES) == [
        ("The wheel is\nready on Friday", 0),
        ("I'll be in the shop", 1),
    ]


def test_what_anybody_says_is_not_borrowed() -> None:
    assert marked("the wheel is fine", *SOURCES) == []
    assert marked("", *SOURCES) == []
    assert marked("the wheel is ready on Friday") == []


def test_the_longest_run_counts_and_spans_do_not_overlap() -> None:
    short, long = "we meet at the gate", "so we meet at the gate at noon today"
    text = "Then we meet at the gate at noon and we meet at the gate"
    assert marked(text, short, long) == [
        ("we meet at the gate at noon", 1),
        ("we meet at the gate", 0),
    ]


def test_other_scripts_and_repetitive_text() -> None:
    assert marked("να είσαι εδώ στις πέντε", "Να είσαι εδώ στις πέντε!") == [
        ("να είσαι εδώ στις πέντε", 0)
    ]
    assert marked("la " * 50, "la " * 50) == [(("la " * 50).strip(), 0)]
