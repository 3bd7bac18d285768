"""What is learnt from drafts that a reader found right or wrong."""

from __future__ import annotations

from dataclasses import replace

from engine.prompt.prompt import Message
from engine.settings import Prompt
from training.corpus import JudgedDrafts, read_judged_drafts
from training.corpus.contrast_sets import ContrastSet
from training.corpus.judged_sets import judged_items, right_drafts

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
            if isinstance(item, ContrastSet):
                found.setdefault(item.task, []).append(item)
    return found


def test_a_right_draft_is_preferred_to_a_wrong_one():
    (drafting,) = sets_of(JUDGED)["drafting"]
    assert drafting.answers == ("I can't.", "You can't.")
    (prompt,) = drafting.prompts
    for shown in ("Say I can't.", "Need one?", "A past mail.", "To: Bo"):
        assert shown in prompt[-1].content


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
    assert found.keys() == {"revision", "playback of revisions"}
    for one in found["revision"]:
        assert [m.content for m in one.prompts[0] if m.role == "assistant"] == ["I can."]
    for one in found["playback of revisions"]:
        assert all("I can." in read[-1].content for read in one.prompts)


def test_another_wrong_draft_is_compared_in_another_epoch():
    many = replace(JUDGED, wrong=tuple(f"{n} can't." for n in range(3)))
    compared = [one.answers[1] for one in sets_of(many, seeds=30)["drafting"]]
    assert len(compared) == 30
    assert set(compared) == set(many.wrong)


def test_drafts_that_were_all_right_are_learnt_as_they_are():
    conversation, _ = judged_items([replace(JUDGED, wrong=())], Prompt(), "1")
    assert isinstance(conversation, list)
    assert conversation[-1] == Message("assistant", "I can't.")


def test_what_an_understood_instruction_says_is_written_out_without_the_mail_to_answer():
    told = replace(JUDGED, instruction="Tell Bo that I can't.")
    *_, conversation = judged_items([told], Prompt(), "1")
    assert isinstance(conversation, list)
    assert conversation[-1] == Message("assistant", "I can't.")
    assert conversation[-2].content.endswith("To: Bo\n\nInstruction: Write this: I can't.")
    assert "Need one?" not in conversation[-2].content
    unclear = replace(JUDGED, instruction="A short line.")
    assert all(isinstance(item, ContrastSet) for item in judged_items([unclear], Prompt(), "1"))


def test_a_follow_up_is_put_into_its_instruction_and_written_out():
    revised = replace(JUDGED, earlier=("Tell Bo that I can't.", "I can't."), instruction="i can")
    revised = replace(revised, thread="", right=("I can.",))
    *_, conversation = judged_items([revised], Prompt(), "1")
    assert isinstance(conversation, list)
    assert conversation[-2].content.endswith("Instruction: Write this: I can.")
    assert conversation[-1] == Message("assistant", "I can.")
    tone = replace(revised, instruction="friendlier")
    assert all(isinstance(item, ContrastSet) for item in judged_items([tone], Prompt(), "1"))


def test_what_only_the_mail_to_answer_has_is_not_to_be_written_out():
    told = replace(JUDGED, instruction="yes tuesday, my car", thread="Will you fetch the organ?")
    invented = replace(told, right=("Yes, I'll fetch the organ on Tuesday in my car.",))
    items = judged_items([invented], Prompt(), "1")
    assert all(isinstance(item, ContrastSet) for item in items)
    *_, conversation = judged_items([replace(told, right=("Yes, on Tuesday.",))], Prompt(), "1")
    assert isinstance(conversation, list)
    assert "Write this: " in conversation[-2].content


def test_what_is_signed_with_a_nickname_is_not_to_be_written_out():
    told = replace(JUDGED, instruction="Tell Bo that I can't.", sources=())
    for signed, is_written in (("Ada", 1), ("Ada Lund", 1), ("Addie xx", 0)):
        items = judged_items([replace(told, right=(f"I can't.\n\n{signed}",))], Prompt(), "1")
        written = [one for one in items if isinstance(one, list)]
        assert len(written) == is_written
    shown = replace(told, sources=("Hi,\nall fine.\nAddie xx",), right=("I can't.\n\nAddie xx",))
    assert any(isinstance(one, list) for one in judged_items([shown], Prompt(), "1"))


def test_right_drafts_are_conversations_many_of_them_with_a_follow_up():
    drafts = right_drafts(300, Prompt(), "1")
    assert drafts == right_drafts(300, Prompt(), "1")
    assert drafts != right_drafts(300, Prompt(), "2")
    right = {text for one in read_judged_drafts() for text in one.right}
    assert all(messages[-1].role == "assistant" for messages in drafts)
    assert {messages[-1].content for messages in drafts} <= right
    revised = {text for one in read_judged_drafts() if one.earlier for text in one.right}
    assert 90 <= sum(messages[-1].content in revised for messages in drafts) <= 180
    assert 20 <= sum(len(messages) > 3 for messages in drafts) <= 90
