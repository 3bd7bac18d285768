"""Drafts are compared by their checks and likelihoods, and the best one is taken."""

from __future__ import annotations

import pytest

from engine.checking.brief import Brief
from engine.checking.check import check_draft
from engine.drafting import score as draft_score
from engine.drafting.candidates import Body, differing, instruction_kind, rank
from engine.drafting.types import Candidate

BRIEF = Brief("Ask Denise to bring the bikes back by six on Friday.", "Denise Hall", "Ray Lund")
RIGHT = "Hi Denise,\n\nCould you bring the bikes back by 6 on Friday?\n\nRay"


class Heard:
    """A channel that hears the instruction in some drafts better than in others."""

    def __init__(self, **likelihoods: float) -> None:
        self.likelihoods = likelihoods
        self.texts: list[str] = []

    def log_likelihood(self, text: str) -> float:
        self.texts.append(text)
        return next(found for word, found in self.likelihoods.items() if word in text)


def order(*texts: str, channel: Heard | None = None) -> list[str]:
    bodies = [Body(text, -1.0) for text in texts]
    return [one.text for one in rank(bodies, BRIEF, channel)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        "Hi Denise,\n\nThanks for bringing the bikes back.\n\nRay",
        "Hi Denise,\n\nI'll bring the bikes back by 6 on Friday.\n\nRay",
        "Hi Denise,\n\nCould you bring the bikes back by 7 on Monday?\n\nRay",
        "Hi Denise,\n\nCould you ask Denise to bring the bikes by 6 on Friday?\n\nRay",
        "Hi Denise,\n\nCould you bring the bikes back by 6 on Friday? Tom and Ann ask.\n\nDenise",
        "",
    ],
)
def test_a_draft_that_says_it_wrongly_is_replaced(wrong: str) -> None:
    assert order(wrong, RIGHT) == [RIGHT, wrong]
    assert order(RIGHT, wrong) == [RIGHT, wrong]


def test_a_draft_that_changes_nothing_is_no_follow_up() -> None:
    earlier = RIGHT.replace("6 on Friday", "five")
    bodies = [Body(earlier.replace("\n\n", "\n"), -0.1), Body(RIGHT, -2.0)]
    assert rank(bodies, BRIEF, None, earlier)[0].text == RIGHT
    unheard = Heard(five=-0.1, Friday=-4.0)
    assert rank(bodies, BRIEF, unheard, earlier)[0].text == RIGHT  # type: ignore[arg-type]
    assert rank(bodies[:1], BRIEF, None, earlier)[0].text == bodies[0].text


def test_each_text_is_heard_once() -> None:
    channel = Heard(Could=-0.1, Thanks=-4.0)
    thanks = "Hi Denise,\n\nThanks for the bikes.\n\nRay"
    assert order(thanks, RIGHT, thanks, RIGHT, channel=channel)[0] == RIGHT
    assert channel.texts == [thanks, RIGHT]


def test_the_first_stays_unless_another_is_clearly_better() -> None:
    alike = RIGHT.replace("Could you", "Can you")
    assert order(alike, RIGHT)[0] == alike
    assert order(RIGHT, alike)[0] == RIGHT


def test_the_channel_outweighs_words() -> None:
    paraphrase = "Hi Denise,\n\nI need both bikes Fri at 6 sharp, please return them.\n\nRay"
    assert order(RIGHT, paraphrase)[0] == RIGHT
    assert order(RIGHT, paraphrase, channel=Heard(Could=-3.0, return_=-1.0, need=-1.0))[0] == (
        paraphrase
    )


def test_likelihoods_that_are_unknown_for_one_count_for_none() -> None:
    bodies = [Body("Fine."), Body("Fine!", -0.1), Body("Fine?", -9.0)]
    scores = {one.text: one.score for one in rank(bodies, Brief("Say that it's fine."), None)}
    assert scores["Fine."] == scores["Fine!"]


def test_a_long_draft_is_not_judged_by_its_length() -> None:
    many = " ".join(f"Then {number}0 more." for number in range(2, 40))
    few = "Then 20 more. Then 30 more. Then 40 more."
    found = [draft_score.score(text, check_draft(text, BRIEF), -1.0, None) for text in (many, few)]
    assert found[0] == pytest.approx(found[1])


def test_variants_differ_in_substance() -> None:
    texts = [RIGHT, RIGHT.replace("Ray", "Ray L."), "", "Bikes back by 6 on Friday please. Ray"]
    checks = check_draft("", BRIEF)
    candidates = [Candidate(text, checks, 0.0) for text in texts]
    assert [one.text for one in differing(candidates)] == [texts[0], texts[3]]


@pytest.mark.parametrize(
    ("instruction", "kind"),
    [
        ("Ask Denise to bring the bikes back.", "plain"),
        ("denise: bikes back by 6", "terse"),
        ("bikes back fri", "terse"),
        ("tell denise i need the bikes back by six on friday", "spoken"),
        ("", "terse"),
    ],
)
def test_the_kind_of_an_instruction(instruction: str, kind: str) -> None:
    assert instruction_kind(instruction) == kind


def test_no_drafts_have_no_order() -> None:
    assert rank([], BRIEF, None) == []


LONG, SHORT = "The key is under the mat by the door of the house.", "The key is under the mat."


@pytest.mark.parametrize(("length", "best"), [(-1, SHORT), (1, LONG), (0, LONG)])
def test_a_shorter_or_longer_draft_than_the_earlier_one_is_better_where_it_is_wanted(
    length: int, best: str
) -> None:
    brief = Brief("Say that the key is under the mat.", own=(LONG,))
    bodies = [Body(LONG), Body(SHORT)]
    assert rank(bodies, brief, None, "The key is under the mat. Bye.", length)[0].text == best
    assert rank(bodies, brief, None, " \n", length)[0].text == LONG


def test_a_draft_written_anew_has_to_be_clearly_better_than_a_revision() -> None:
    brief = Brief("Say that the key is under the mat.")
    right, poor = SHORT, "The key is there."
    assert rank([Body(right), Body(right, is_anew=True)], brief, None)[1].score == pytest.approx(
        rank([Body(right)], brief, None)[0].score - draft_score.ANEW
    )
    assert rank([Body(poor), Body(right, is_anew=True)], brief, None)[0].text == right
