"""Signatures learnt from repetition, also those of some years only."""

import pytest

from engine.mail.importing.repetition import learn_signatures, remove_signature

DAY = 86_400


def mails(signature, first_day, count, every=3):
    """Made-up mails that differ except at the end."""
    return [
        (
            "sam@example.org",
            "Sam Hill",
            f"Subject {first_day} {number}",
            f"Text number {number} of {first_day}.\n\nBest,\nSam\n{signature}",
            (first_day + number * every) * DAY,
        )
        for number in range(count)
    ]


def test_each_period_has_its_signature():
    old, new = "Hill & Sons\nthe garden", "Mill & Sons\nthe wood"
    others = [(a, n, s, "\n".join(b.split("\n")[:4]), d) for a, n, s, b, d in mails("", 9000, 200)]
    learned = learn_signatures([*mails(new, 5000, 12), *others, *mails(old, 100, 12)])
    assert learned == {"sam@example.org": [tuple(old.split("\n")), tuple(new.split("\n"))]}


def test_lines_repeated_for_some_days_among_many_others_are_no_signature():
    others = [(a, n, s, "\n".join(b.split("\n")[:4]), d) for a, n, s, b, d in mails("", 9000, 200)]
    assert learn_signatures([*others, *mails("See the plan.\nIt is new.", 5000, 8, every=1)]) == {}


def test_a_learnt_signature_is_removed_and_the_closing_kept():
    blocks = [("Hill & Sons", "the garden")]
    body = "Yes.\n\nBest,\nSam\nHill  & Sons\n\nthe garden"
    assert remove_signature(body, blocks) == ("Yes.\n\nBest,\nSam", "Hill & Sons\nthe garden")
    assert remove_signature("Yes.\n\nBest,\nSam", blocks) == ("Yes.\n\nBest,\nSam", None)
    assert remove_signature("", blocks) == ("", None)


def _signed(ending: str, count: int = 12) -> list[tuple[str, str, str, str, int]]:
    return [
        (
            "sam@example.org",
            "Sam Hill",
            f"Subject {number}",
            f"Text number {number} has this one to say.\n\n{ending}",
            number * 3 * DAY,
        )
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("ending", "learnt"),
    [
        ("Fair winds,\nSam\n\nThe mill turns at night.", ["The mill turns at night."]),
        ("Best,\nBert\n\nHill & Sons\nthe garden", ["Hill & Sons", "the garden"]),
        ("Write if you need me.\n\nSam\n\nHill & Co\nthe garden", ["Hill & Co", "the garden"]),
        ("Fair winds,\nSam", None),
        ("Call me on 020 7946 0123 if it does not work.\n\nSam", None),
        ("I am always glad to help.\nWrite me if you need more.", None),
        ("Best,\nSam\n\nP.S. Our gate is new.", None),
    ],
)  # fmt: skip
def test_the_closing_the_name_and_a_habitual_sentence_are_never_learnt(ending, learnt):
    expected = {} if learnt is None else {"sam@example.org": [tuple(learnt)]}
    assert learn_signatures(_signed(ending)) == expected
