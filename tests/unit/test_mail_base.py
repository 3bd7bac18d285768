"""What the mail base learns from: conversations made of the corpus."""

from __future__ import annotations

import random

import pytest

from engine.prompt import ask_for_instruction
from engine.settings import Prompt
from training.corpus import CorpusMail, Revision
from training.mail_base.conversations import KINDS, by_writer, drafting, epoch_of, playback
from training.mail_base.foreign_orders import FOREIGN_ORDERS


def a_mail(number: int, **fields: object) -> CorpusMail:
    known = {
        "writer": "w-1",
        "name": "Ada Lund",
        "voice": "",
        "language": "en",
        "to": "Bo",
        "kind": "ask",
        "thread": "",
        "plain": f"Ask Bo for crate {number}.",
        "terse": f"bo: crate {number}?",
        "spoken": f"ask bo if i can have crate {number}",
        "mail": f"Bo, may I have crate {number}?\n\nAda",
        "changes": (),
    }
    return CorpusMail(**known | fields)  # type: ignore[arg-type]


MAILS = [a_mail(number) for number in range(6)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_draft_is_learnt_with_other_mails_of_its_writer_but_never_with_itself(kind):
    for seed in range(60):
        system, user, answer = drafting(MAILS[0], kind, MAILS[1:], Prompt(), random.Random(seed))
        assert "Ada Lund" in system.content
        assert answer.content == MAILS[0].mail
        assert "crate 0" in user.content.rpartition("Instruction:")[2]
        assert MAILS[0].mail not in user.content


def test_what_the_prompt_shows_varies():
    prompts = [
        drafting(a_mail(0, thread="Need one?"), "plain", MAILS[1:], Prompt(), random.Random(seed))[
            1
        ]
        for seed in range(60)
    ]
    shown = [prompt.content for prompt in prompts]
    for part in ("Mails the user wrote before", "The mail to answer", "To: Bo"):
        assert 0 < sum(part in text for text in shown) < 60
    assert {text.count("Bo, may I have crate") for text in shown} == {0, 1, 2, 3}


def test_orders_in_the_mails_of_others_change_nothing_that_is_learnt():
    orders = {order.partition("{")[0].strip() for order in FOREIGN_ORDERS} - {"Instruction:"}
    seen = 0
    for seed in range(300):
        mail = a_mail(0, thread="Need one?")
        _, user, answer = drafting(mail, "plain", MAILS[1:], Prompt(), random.Random(seed))
        assert answer.content == mail.mail
        assert (
            user.content.rpartition("\n")[2].lower().startswith("instruction: ask bo for crate 0")
        )
        seen += any(order and order in user.content for order in orders)
    assert seen > 5


def test_a_change_is_a_further_turn():
    mail = a_mail(0, changes=(Revision("shorter", "Crate 0?\n\nAda"),))
    *_, change, answer = drafting(mail, "terse", (), Prompt(), random.Random(1))
    assert (change.role, change.content) == ("user", "Change: shorter")
    assert answer.content == "Crate 0?\n\nAda"


def test_playback_asks_for_each_kind_once():
    messages = playback(MAILS[0], Prompt(), random.Random(2))
    assert [message.role for message in messages[1:]] == ["user", "assistant"] * 3
    for kind in KINDS:
        asked = next(
            index
            for index, m in enumerate(messages)
            if m.content.endswith(ask_for_instruction(kind))
        )
        assert messages[asked + 1].content == getattr(MAILS[0], kind)


def test_an_epoch_has_every_mail_in_both_directions_and_is_the_same_each_time():
    writers = by_writer(MAILS)
    first = epoch_of(writers, Prompt(), "1/0")
    assert first == epoch_of(writers, Prompt(), "1/0") != epoch_of(writers, Prompt(), "1/1")
    answers = [messages[2].content for messages in first]
    assert len(answers) == 2 * len(MAILS)
    assert {mail.mail for mail in MAILS} < set(answers)
