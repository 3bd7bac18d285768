"""Repetitions within a line are cut off; what people write is not."""

from __future__ import annotations

import pytest

from engine.drafting.body import StreamedBody, repetition_start, without_doubled_sentences


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Hi, all is well here. all is well here. all is well here. I", "Hi, all is well here."),
        ("see you at the gate at the gate at the gate at", "see you at the gate"),
        ("and so on and so on and so on", "and so on"),
        ("so so so so so so so so", "so"),
        ("One. Two three. One. Two three. One. Two three.", "One. Two three."),
    ],
)  # fmt: skip
def test_a_phrase_that_repeats_is_kept_once(text: str, kept: str) -> None:
    start = repetition_start(text)
    assert start is not None
    assert text[:start].strip() == kept


@pytest.mark.parametrize(
    "text",
    [
        "No, no, no! It is very, very, very late, and it gets later and later and later.",
        "ha ha ha ha, bye bye bye",
        "0 0 0 0 0 0 0 0 0 0\n- - - - - - - - -\n| 1 2 3 | 1 2 3 | 1 2 3 |",
        "Monday from 9 to 12, Tuesday from 9 to 12, Friday from 9 to 12",
        "Thank you for the bread. Thank you for the wine. Thank you for the cheese.",
    ],
)
def test_ordinary_repetition_stays(text: str) -> None:
    assert repetition_start(f"{text}\n") is None


def test_writing_stops_soon_after_a_phrase_loops() -> None:
    body = StreamedBody(lambda text: None)
    given = 0
    for piece in ["Hi", " Bo", "\n", *[" we", " meet", " at", " noon"] * 50]:
        body.add(piece)
        given += 1
        if body.repeats:
            break
    assert body.text == "Hi Bo\n we meet at noon"
    assert given < 20


def test_a_sentence_that_stands_twice_in_a_row_stands_once():
    said = "No meeting today. Slides with Elena."
    assert without_doubled_sentences(f"{said}\nSlides with Elena.\n\nTom") == f"{said}\n\nTom"
    for kept in (
        said,
        "Yes. Yes. I can.",
        "Slides with Elena. And tea. Slides with Elena.",
        "Slides with Elena. Slides with Elena and Bo.",
        "Is it mine? Is it mine, or his?",
    ):
        assert without_doubled_sentences(kept) == kept
