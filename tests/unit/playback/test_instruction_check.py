"""The reasons for which an instruction is rejected."""

from __future__ import annotations

import pytest

from playback.scripted import BODY, TRUE, mail
from training.playback.instruction_check import rejection_reason


@pytest.mark.parametrize(
    ("instruction", "kind", "name"),
    [
        (TRUE, "plain", None),
        ("kim: boat needs oars before june. mon ok?", "terse", None),
        ("can you ask kim if monday suits, the boat needs oars by june", "spoken", None),
        ("Tell Kim that Peter needs new oars for the boat.", "plain", "invented"),
        ("Tell Kim that the boat needs 12 new oars before June.", "plain", "invented"),
        ("Tell Kim that the car wants petrol and tyres, and lunch.", "plain", "invented"),
        ("Tell my boss that the boat needs new oars before June.", "plain", "invented"),
        ("Ask the captain whether Monday suits, the boat needs new oars.", "plain", "invented"),
        ("gordon: boat needs oars before june. mon ok?", "terse", "invented"),
        ("ask the kim if monday suits, the boat needs new oars by june", "spoken", None),
        ("Tell Kim about June.", "plain", "vague"),
        ("Say before before before before before June.", "plain", "repetitive"),
        ("Tell Kim the boat needs oars, and that the boat needs oars.", "plain", "repetitive"),
        ("Say that the boat needs new oars, " * 12, "plain", "endless"),
        ("Tell Kim \ufffd boat oars June Monday", "plain", "endless"),
        ("Tell Kim that the boat needs new oars before June and that Monday suits.", "plain", None),
        ("", "plain", "endless"),
        ("Tell them that the boat needs new oars before June.", "plain", None),
        ("Tell the them that the boat needs new oars before June.", "plain", "invented"),
        ("Tell Kim that the boat doesn't need new oars before June.", "plain", "opposite"),
        ("kim: boat needs no oars before june. mon ok?", "terse", "opposite"),
        ("Let me know whether Monday suits, the boat needs new oars.", "plain", "role"),
        ("Tell Kim the boat needs new oars. Ask if Monday suits you.", "plain", "role"),
        ("could you tell kim the boat needs oars by june, does monday suit", "spoken", None),
    ],
)
def test_the_reason_for_rejecting_an_instruction(instruction, kind, name):
    longer = f"{BODY[:-17]} Before that the paint has to dry outside.\n\nFair winds,\nRo"
    assert rejection_reason(instruction, mail(longer if name == "vague" else BODY), kind) == name


def test_swapped_roles_are_rejected():
    body = "Hi Kim,\n\nI can't come on Friday because my car is broken.\n\nRo"
    assert (
        rejection_reason(
            "Tell Kim that I can't come on Friday, my car is broken.", mail(body), "plain"
        )
        is None
    )
    for wrong in (
        "Tell Kim that you can't come on Friday, your car is broken.",
        "Tell Kim that she can't come on Friday, my car is broken.",
        "Tell Kim that I can't come on Friday, his car is broken.",
    ):
        assert rejection_reason(wrong, mail(body), "plain") == "role", wrong


def test_a_third_person_in_the_mail_is_not_its_reader():
    body = "Hi Kim,\n\ncould you push your code? Soroush would need it for his project.\n\nRo"
    said = "Ask Kim to push his code. Soroush would need it for his project."
    assert rejection_reason(said, mail(body), "plain") is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Ask them if it's fine that Bernie sends us a mail once the runs are done.", None),
        ("Ask Kim if it's fine that Bernie sends us a mail once the runs are done.", None),
        ("Ask Bernie if it's fine to send us a mail once the runs are done.", "role"),
        ("Ask Ro if it's fine that Bernie sends us a mail once the runs are done.", "role"),
    ],
)
def test_an_instruction_is_for_the_mails_reader(said, reason):
    body = "Would it be fine if Bernie sends us a mail once the runs are done?\n\nRo"
    assert rejection_reason(said, mail(body), "plain", "Ro Moor") == reason


def test_the_reader_may_be_named_by_the_address_or_the_greeting():
    said = "Tell Valerie that the boat needs new oars before June."
    body = "the boat needs new oars before June"
    for to, text in (
        ("valerie.lee@example.org", body),
        ("vl@example.org", f"Hi Valerie,\n\n{body}"),
        ("vl@example.org", f"Valerie, {body}"),
    ):
        assert rejection_reason(said, mail(text, recipients=(("", to),)), "plain") is None, text
    assert rejection_reason(said, mail(body, recipients=(("", "v@e.org"),)), "plain") == "invented"


def test_a_reader_of_the_writers_name_is_accepted():
    body = "Would it be fine to send us a mail once the runs are done?\n\nRo"
    said = "Ask Ro if it's fine to send us a mail once the runs are done."
    to_ro = mail(body, recipients=(("Ro Lee", "rl@example.org"),))
    assert rejection_reason(said, to_ro, "plain", "Ro Moor") is None


@pytest.mark.parametrize(
    ("verb", "sign"),
    [
        ("Thank Kim for", "Cheers for"),
        ("Apologise to Kim for", "Sorry for"),
        ("Congratulate Kim on", "Well done on"),
        ("Complain to Kim about", "I am fed up with"),
        ("Cancel with Kim", "I have to call off"),
    ],
)
def test_the_purpose_of_an_instruction_shows_in_its_mail(verb, sign):
    said = f"{verb} the long boat trip to the harbour of Norwick."
    with_sign = mail(f"Hi Kim,\n\n{sign} the long boat trip to the harbour of Norwick.\n\nRo")
    without = mail("Hi Kim,\n\nThe long boat trip was to the harbour of Norwick.\n\nRo")
    assert rejection_reason(said, with_sign, "plain") is None
    assert rejection_reason(said, without, "plain") == "purpose"


def test_what_is_asked_is_not_told():
    body = "Hi Kim,\n\nplease let me know when the copy is done.\n\nRo"
    for said, reason in (
        ("Ask Kim to let me know when the copy is done.", None),
        ("Tell Kim to let me know when the copy is done.", None),
        ("Ask Kim when the copy is done.", None),
        ("Let Kim know when the copy is done.", "role"),
        ("Tell them when the copy is done.", "role"),
    ):
        assert rejection_reason(said, mail(body), "plain") == reason, said


def test_a_copy_of_the_mail_is_rejected():
    body = "the boat needs new oars before June because the old ones broke on the long rocky trip"
    assert rejection_reason(f"Say that {body}", mail(body), "plain") == "copy"


def test_a_name_from_the_recipients_or_subject_is_accepted():
    about = mail(BODY, recipients=(("Kim Lee", ""),), subject="Regatta")
    said = "Tell Kim Lee for the Regatta that the boat needs new oars before June."
    assert rejection_reason(said, about, "plain") is None
