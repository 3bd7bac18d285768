"""Passages of a draft that are copied from its sources."""

from __future__ import annotations

from engine.retrieval.copied_passages import copied_passages

SOURCES = ["Hi Al,\nthe wheel is ready on Friday.\nBest, Lo", "I'll be in the shop till six then."]


def marked(text: str, *sources: str) -> list[tuple[str, int]]:
    return [(text[s.start : s.end], s.source) for s in copied_passages(text, sources)]


def test_runs_of_words_are_marked_with_their_source() -> None:
    text = "Hello Bo, The wheel is\nready on Friday! I’ll be late. I'll be in the shop, Lo"
    assert marked(text, *SOURCES) == [
        ("The wheel is\nready on Friday", 0),
        ("I'll be in the shop", 1),
    ]


def test_common_phrases_are_not_marked_as_copied() -> None:
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
