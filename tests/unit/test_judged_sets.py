"""What is learnt from drafts that a reader found right or wrong."""

from __future__ import annotations

from dataclasses import replace

from engine.prompt import Message
from engine.settings import Prompt
from training.corpus import JudgedDrafts
from training.corpus.contrast_sets import ContrastSet
from training.corpus.judged_sets import judged_items

JUDGED = JudgedDrafts(
    "Ada Lund",
    "en",
    "Bo",
    "Need one?",
    ("A past mail.",),
    (),
    "Say I can't.",
    ("I can't.",),
    ("You can't.",),
)


def sets_of(judged: JudgedDrafts, seeds: int = 1) -> dict[str, list[ContrastSet]]:
    found: dict[str, list[ContrastSet]] = {}
    for seed in range(seeds):
        for item in judged_items([judged], Prompt(), str(seed)):
            assert isinstance(item, ContrastSet)
            found.setdefault(item.task, []).append(item)
    return found


def test_a_right_draft_is_preferred_to_a_wrong_one():
    (drafting,) = sets_of(JUDGED)["drafting"]
    assert drafting.answers == ("I can't.", "You can't.")
    (prompt,) = drafting.prompts
    for shown in ("Say I can't.", "Need one?", "A past mail.", "To: Bo"):
        assert shown in prompt[-1].content


def test_a_right_draft_is_told_from_a_wrong_one():
    (judging,) = sets_of(JUDGED)["judging"]
    assert [prompt[-2].content for prompt in judging.prompts] == ["I can't.", "You can't."]
    assert judging.answers == ("yes", "no")


def test_the_instruction_is_played_back_from_the_right_one_now_and_then():
    playback = sets_of(JUDGED, seeds=20)["playback"]
    assert 3 <= len(playback) <= 17
    for one in playback:
        assert one.answers == ("Say I can't.",)
        for mail, read in zip(("I can't.", "You can't."), one.prompts, strict=True):
            assert mail in read[-1].content


def test_a_judged_revision_keeps_its_earlier_mail():
    revised = replace(JUDGED, earlier=("Say I can.", "I can."), instruction="no, not me")
    found = sets_of(revised, seeds=10)
    assert found.keys() == {"revision", "judging", "playback of revisions"}
    for one in found["revision"]:
        assert [m.content for m in one.prompts[0] if m.role == "assistant"] == ["I can."]
    for one in found["judging"]:
        drafts = [[m.content for m in p if m.role == "assistant"] for p in one.prompts]
        assert drafts == [["I can.", "I can't."], ["I can.", "You can't."]]
    for one in found["playback of revisions"]:
        assert all("I can." in read[-1].content for read in one.prompts)


def test_at_most_two_wrong_drafts_are_compared_in_an_epoch():
    many = replace(JUDGED, wrong=tuple(f"{n} can't." for n in range(5)))
    compared = [
        [one.answers[1] for one in judged_items([many], Prompt(), str(seed)) if one_drafts(one)]
        for seed in range(20)
    ]
    assert all(len(set(wrong)) == 2 for wrong in compared)
    assert {text for wrong in compared for text in wrong} == set(many.wrong)


def one_drafts(item: object) -> bool:
    return isinstance(item, ContrastSet) and item.task == "drafting"


def test_drafts_that_were_all_right_are_learnt_as_they_are():
    (conversation,) = judged_items([replace(JUDGED, wrong=())], Prompt(), "1")
    assert isinstance(conversation, list)
    assert conversation[-1] == Message("assistant", "I can't.")
