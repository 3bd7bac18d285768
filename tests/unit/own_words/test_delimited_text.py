"""A letter below the delimiter "-- " is the writer's; a signature there is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine.mail.own_words import delimited_text, own_words

QUOTE = "On Mon, 3 Feb 2020 at 10:11, Ann Lee <ann@example.org> wrote:\n> Tea?\n> -- \n> Ann\n\n"
LETTER = "the kettle is mended, so come for tea on Friday. Bring the two cups along."


@pytest.mark.parametrize(
    ("body", "own"),
    [
        (f"-- \nHi Ann,\n\n{LETTER}\n\nVera", f"Hi Ann,\n\n{LETTER}\n\nVera"),
        (f"--\nHallo Ute,\n{LETTER}\n\nGruß\nVera", f"Hallo Ute,\n{LETTER}\n\nGruß\nVera"),
        (f"-- \nVera Kern\nMill Road 4\n\nDear Ann!\n\n{LETTER}", f"Dear Ann!\n\n{LETTER}"),
        (f" __\nHi Ann,\n\n{LETTER}\n\nVera", f"Hi Ann,\n\n{LETTER}\n\nVera"),
        (f"See below.\n\n-- \n\nHi Ann,\n\n{LETTER}", f"See below.\n\nHi Ann,\n\n{LETTER}"),
        (f"-- \nAt four, since {LETTER}\n\nVera", f"At four, since {LETTER}\n\nVera"),
        (
            f"Tea.\n\n-- \n\nTwo: {LETTER}\n\n-- \n\nThree: {LETTER}\n\nVera\n-- \nV. Kern",
            f"Tea.\n\nTwo: {LETTER}\n\nThree: {LETTER}\n\nVera",
        ),
    ],
)
def test_a_letter_below_the_delimiter_stays(body: str, own: str) -> None:
    assert own_words(body) == own
    assert own_words(QUOTE + body) == own


@pytest.mark.parametrize(
    "signature",
    [
        "Vera Kern\nMill Road 4",
        "Vera Kern,\nTea Taster,\nMill Road 4.",
        "Fair winds,\nVera\n\nThe mill turns while you sleep.",
        "Best regards,\n\nVera Kern\nTea and cups, at any time of the day.",
        "Vera\n\nPeople forget what you said, but not how you made them feel.\n\nOld Saying",
        '"People forget what you said, but not how you made them feel."\n\nAnon',
        "Vera Kern | Tea taster since 2010, and glad of it.",
    ],
)
def test_a_signature_below_the_delimiter_goes(signature: str) -> None:
    assert own_words(f"Dear Ann,\n\n{LETTER}\n\nVera\n-- \n{signature}").endswith("along.\n\nVera")
    assert own_words(f"-- \n{signature}") == ""


def test_a_letter_below_many_delimiters_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    is_sentence = delimited_text.has_sentence

    def count(paragraph: Sequence[str]) -> bool:
        nonlocal looks
        looks += 1
        return is_sentence(paragraph)

    monkeypatch.setattr(delimited_text, "has_sentence", count)
    for delimiters in (["--"] * 500, ["-- ", ""] * 500):
        for letter in ([LETTER, "", "Vera"], [LETTER], ["Hi Ann,", LETTER]):
            delimited_text.without_upper_signature([*delimiters, *letter])
    assert looks <= 20
