"""Sets of prompts and answers that are told apart: what is in them, and their loss."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch
from tiny_models import tiny_model, tiny_tokenizer

from engine.prompt.prompt import Message
from engine.settings import Prompt
from training.corpus import CorpusMail, Revision
from training.corpus.contrast_sets import ContrastSet, contrast_sets
from training.loop.micro_batches import example_losses
from training.mail_base.contrast_loss import contrast_loss, encode_set, told_apart

CHANGES = tuple(Revision(f"make it {n}", f"Lamp {n}.\nAda") for n in range(5))


def a_mail(to: str, text: str, **fields: object) -> CorpusMail:
    known = {"plain": f"Say {text}.", "terse": text, "spoken": f"say {text} ok", "changes": ()}
    mail = f"{text}\nAda"
    about = ("w-1", "Ada Lund", "", "en", to, "ask", "")
    return CorpusMail(*about, mail=mail, **known | fields)  # type: ignore[arg-type]


def test_a_set_holds_mails_about_one_matter_each_with_its_own_instruction():
    mails = [a_mail("Bo", f"lamp {n}") for n in range(5)] + [
        a_mail("Cy", f"oar {n}") for n in (1, 2)
    ]
    sets = contrast_sets({"w-1": mails}, Prompt(), "1")
    drafting = [one for one in sets if one.task == "drafting"]
    assert sorted(len(one.prompts) for one in drafting) == [2, 2, 3]
    for one in drafting:
        assert len({answer.split()[0] for answer in one.answers}) == 1
        for prompt, answer in zip(one.prompts, one.answers, strict=True):
            assert answer.split("\n")[0] in prompt[-1].content.rpartition("Instruction:")[2].lower()
    answers = Counter(answer for one in drafting for answer in one.answers)
    assert answers == Counter(mail.mail for mail in mails)


def test_a_past_mail_is_never_one_of_the_set():
    mails = [a_mail("Bo", f"lamp {n}") for n in range(3)] + [
        a_mail("Cy", f"oar {n}") for n in (1, 2)
    ]
    shown = 0
    for seed in range(40):
        for one in contrast_sets({"w-1": mails}, Prompt(), str(seed)):
            if one.task == "drafting":
                above = [p[-1].content.rpartition("Instruction:")[0] for p in one.prompts]
                assert not any(answer in text for answer in one.answers for text in above)
                assert len(set(above)) == 1
                shown += any(mail.mail in above[0] for mail in mails)
    assert shown > 5


def test_the_mail_as_it_was_is_wrong_for_every_change():
    mail = a_mail("Bo", "lamp 9", changes=CHANGES)
    sets = contrast_sets({"w-1": [mail]}, Prompt(), "1")
    revisions = [one for one in sets if one.task == "revision"]
    assert sorted(len(one.prompts) for one in revisions) == [2, 3]
    for one in revisions:
        assert len(one.answers) == len(one.prompts) + 1
        assert one.answers[-1] == mail.mail
        for prompt in one.prompts:
            assert [m.content for m in prompt if m.role == "assistant"] == [mail.mail]
    asked = [prompt[-1].content for one in revisions for prompt in one.prompts]
    assert {text.lower().rstrip(". ") for text in asked} == {
        f"change: make it {n}" for n in range(5)
    }


def test_a_single_mail_without_changes_makes_no_set():
    assert contrast_sets({"w-1": [a_mail("Bo", "lamp 1")]}, Prompt(), "1") == []


def test_an_epoch_is_the_same_each_time():
    mails = {"w-1": [a_mail("Bo", f"lamp {n}") for n in range(6)]}
    assert contrast_sets(mails, Prompt(), "1") == contrast_sets(mails, Prompt(), "1")
    assert contrast_sets(mails, Prompt(), "1") != contrast_sets(mails, Prompt(), "2")


@pytest.fixture(scope="module")
def tokenizer():
    return tiny_tokenizer()


@pytest.fixture
def model(tokenizer):
    torch.manual_seed(3)
    return tiny_model(tokenizer)


def a_set(*answers: str) -> ContrastSet:
    return ContrastSet("drafting", tuple([Message("user", f"write {n}")] for n in (1, 2)), answers)


def test_the_loss_is_likelihood_and_the_choice_along_both_axes(tokenizer, model):
    rows = encode_set(tokenizer, a_set("one", "two", "neither"))
    losses = torch.tensor([example_losses(model, row, 512) for row in rows])
    apart = -torch.log_softmax(-losses, 1)[[0, 1], [0, 1]].sum()
    apart -= torch.log_softmax(-losses[:, :2], 0)[[0, 1], [0, 1]].sum()
    expected = losses[0, 0] + losses[1, 1] + 0.5 * apart
    torch.testing.assert_close(
        contrast_loss(model, rows, 0.5).float(), expected, rtol=1e-3, atol=1e-3
    )
    alone = contrast_loss(model, rows, 0.0).float()
    torch.testing.assert_close(alone, losses[0, 0] + losses[1, 1], rtol=1e-3, atol=1e-3)


def test_learning_a_set_tells_its_answers_apart(tokenizer, model):
    rows = encode_set(tokenizer, a_set("one", "two", "neither"))
    crossed = encode_set(tokenizer, a_set("two", "one", "neither"))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(40):
        contrast_loss(model, rows, 2.0).backward()
        optimizer.step()
        optimizer.zero_grad()
    assert told_apart(model, rows) == (2, 2, 2)
    assert told_apart(model, crossed)[0] == 0


@pytest.mark.parametrize("prompts", [1, 2])
def test_a_set_may_have_one_pair_and_a_wrong_prompt_or_answer(tokenizer, model, prompts):
    whole = a_set("one", "two")
    one = replace(whole, prompts=whole.prompts[:prompts], answers=whole.answers[: 3 - prompts])
    rows = encode_set(tokenizer, one)
    right, wrong = torch.tensor([example_losses(model, row, 512) for row in rows]).flatten()
    expected = right - 3.0 * torch.log_softmax(torch.stack([-right, -wrong]), 0)[0]
    torch.testing.assert_close(
        contrast_loss(model, rows, 3.0).float(), expected, rtol=1e-3, atol=1e-3
    )
    assert told_apart(model, rows)[2] == 1


def test_a_set_whose_answer_is_empty_is_left_out(tokenizer):
    assert encode_set(tokenizer, a_set("one", "")) == []
    whole = replace(a_set("one", "two"), task="playback")
    assert [len(row) for row in encode_set(tokenizer, whole)] == [2, 2]
