"""The writer's name below a draft."""

from __future__ import annotations

import pytest

from engine.drafting.own_name import with_own_name


@pytest.mark.parametrize(
    ("last", "name", "signed"),
    [
        ("Oluwace", "Oluwaseun Ade", "Oluwaseun"),
        ("Territe Ade", "Terrence Ade", "Terrence Ade"),
        # What is no misspelled name stays.
        ("Terry", "Tom Berry", "Terry"),
        ("Kind regards", "Kim Berg", "Kind regards"),
        ("Terrence", "Terrence Ade", "Terrence"),
        ("T. A.", "Terrence Ade", "T. A."),
        ("See you there", "Sean Ade", "See you there"),
        ("Dad", "Terrence Ade", "Dad"),
        ("Oluwace", "", "Oluwace"),
    ],
)
def test_a_misspelled_name_is_put_right(last, name, signed):
    assert with_own_name(f"Hi Bo,\n\nI can't come.\n\n{last}", name) == (
        f"Hi Bo,\n\nI can't come.\n\n{signed}"
    )


def test_a_draft_of_one_line_stays():
    assert with_own_name("Oluwace", "Oluwaseun Ade") == "Oluwace"
