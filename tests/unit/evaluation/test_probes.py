"""Sense probes: their patterns pass right drafts, and none that is wrong or beside the point."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

import pytest

from training.evaluation.probes import Probe, is_right, read_probes

PROBES = read_probes()
KINDS = {"role": 70, "yes-no": 30, "question": 30, "fact": 45, "revision": 25}
by_kind = pytest.mark.parametrize("kind", KINDS)

# What a draft may begin or end with, whatever it says.
OPENINGS = ["I hope this email finds you well. ", "How are you? "]
CLOSINGS = [
    "\n\nBest regards,\n[Your Name]",
    "\nThank you for your understanding.",
    "\nPlease let me know if you have any questions.",
    "\nI look forward to hearing from you.",
]


def of_kind(kind: str) -> list[Probe]:
    return [probe for probe in PROBES if probe.kind == kind]


def language(probe: Probe) -> str:
    end = re.search(r"-([a-z]{2})$", probe.id)
    return end[1] if end else "en"


def with_phrases(draft: str) -> Iterator[str]:
    yield from (opening + draft for opening in OPENINGS)
    yield from (draft + closing for closing in CLOSINGS)


def echoes(probe: Probe) -> Iterator[str]:
    """Drafts that repeat the prompt."""
    asked = probe.instruction
    yield asked
    yield asked[0].upper() + asked[1:]
    yield f"Please {asked}"
    yield f"Dear {probe.to},\n\n{asked}\n\nBest regards,\n[Your Name]"
    if probe.thread:
        yield probe.thread
    for turn in probe.turns:
        yield turn.text
        yield f"{turn.text}\n\n{asked}"


def test_counts() -> None:
    languages = Counter(map(language, PROBES))
    assert Counter(probe.kind for probe in PROBES) == KINDS
    assert languages == {"en": 180, "de": 4, "fr": 4, "es": 4, "it": 4, "nl": 4}
    assert sum(bool(probe.thread) for probe in PROBES) == 30
    assert len({probe.id for probe in PROBES}) == len(PROBES)
    assert len({probe.instruction.casefold() for probe in PROBES}) == len(PROBES)


@by_kind
def test_shape(kind: str) -> None:
    for probe in of_kind(kind):
        assert probe.id.startswith(kind + "-")
        assert bool(probe.turns) == (kind == "revision"), probe.id
        assert 1 <= len(probe.must) <= 4, probe.id
        assert 1 <= len(probe.must_not) <= 3, probe.id
        assert len(set(probe.right)) == len(set(probe.wrong)) == 3, probe.id


@by_kind
def test_right_and_wrong_drafts_are_told_apart(kind: str) -> None:
    for probe in of_kind(kind):
        assert [is_right(probe, draft) for draft in probe.right] == [True] * 3, probe.id
        assert [is_right(probe, draft) for draft in probe.wrong] == [False] * 3, probe.id


@by_kind
def test_phrases_that_say_nothing_change_no_verdict(kind: str) -> None:
    for probe in of_kind(kind):
        is_short = any(pattern.startswith("^.{") for pattern in probe.must)
        for draft in chain.from_iterable(map(with_phrases, probe.wrong)):
            assert not is_right(probe, draft), (probe.id, draft)
        if language(probe) == "en" and not is_short:
            for draft in chain.from_iterable(map(with_phrases, probe.right)):
                assert is_right(probe, draft), (probe.id, draft)


@by_kind
def test_an_empty_draft_or_a_repeated_prompt_is_wrong(kind: str) -> None:
    for probe in of_kind(kind):
        assert not is_right(probe, "")
        for draft in echoes(probe):
            assert not is_right(probe, draft), (probe.id, draft)


@by_kind
def test_a_right_draft_of_another_probe_is_wrong(kind: str) -> None:
    for probe in of_kind(kind):
        for other in PROBES:
            for draft in other.right if other is not probe else ():
                assert not is_right(probe, draft), (probe.id, other.id)


def test_line_breaks_and_typographic_apostrophes_do_not_matter() -> None:
    for probe in PROBES:
        for draft in probe.right:
            assert is_right(probe, draft.replace("'", "’").replace(" ", "\n ")), (probe.id, draft)
