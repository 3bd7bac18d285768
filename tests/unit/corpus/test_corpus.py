"""The written corpus: its format, the facts that a script can check, and its variety."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest

from training.corpus import (
    CorpusMail,
    FollowUp,
    Revision,
    held_out_writers,
    read_contrasts,
    read_corpus,
    read_follow_ups,
    read_judged_drafts,
)
from training.corpus.check import check_corpus, check_mail

MAILS = list(read_corpus())
CONTRASTS = list(read_contrasts())
GOOD = CorpusMail(
    writer="w-x-01",
    name="Ann Lee",
    voice="Curt.",
    language="en",
    to="Sam",
    kind="ask",
    thread="",
    plain="Ask Sam for 2 of the blue chairs before Friday.",
    terse="sam: 2 blue chairs before fri?",
    spoken="can you ask sam for 2 blue chairs, needed before friday",
    mail="Sam, may I have two of the blue chairs before Friday?\nAnn",
    changes=(Revision("say please", "Sam, may I please have two blue chairs before Friday?\nAnn"),),
)


def test_nothing_is_certainly_wrong() -> None:
    assert [str(finding) for finding in check_corpus(MAILS + CONTRASTS) if finding.certain] == []


def test_there_is_as_much_as_was_promised() -> None:
    writers = {mail.writer for mail in MAILS}
    assert len(MAILS) >= 3700
    assert len(writers) >= 300
    assert sum(bool(mail.thread) for mail in MAILS) >= len(MAILS) / 3
    assert sum(bool(mail.changes) for mail in MAILS) >= len(MAILS) / 3
    foreign = Counter(mail.language for mail in MAILS if mail.language != "en")
    assert set(foreign) >= {"de", "fr", "es", "it", "nl", "pl", "pt", "sv"}
    assert sum(foreign.values()) >= len(MAILS) / 8
    contrasting = {mail.writer for mail in CONTRASTS}
    assert len(CONTRASTS) >= 4400
    assert len(held_out_writers() & writers) == 25
    assert len(held_out_writers() & contrasting) == 12
    assert held_out_writers() < writers | contrasting


def test_a_writer_has_one_name_and_one_voice() -> None:
    everything = MAILS + CONTRASTS
    writers = {mail.writer for mail in everything}
    assert len({(mail.writer, mail.name, mail.voice) for mail in everything}) == len(writers)
    assert len({mail.name for mail in everything}) == len(writers)


def test_no_two_contrasts_ask_for_the_same_and_differ() -> None:
    asked = Counter((mail.writer, mail.to, mail.thread, mail.plain) for mail in CONTRASTS)
    assert [key for key, count in asked.items() if count > 1] == []


def test_judged_drafts_are_of_writers_that_are_learnt() -> None:
    judged = list(read_judged_drafts())
    judging = {mail.name for mail in MAILS + CONTRASTS if mail.writer in held_out_writers()}
    assert sum(len(one.wrong) for one in judged) >= 1000
    assert sum(not one.wrong for one in judged) >= 100
    for one in judged:
        assert one.instruction.strip()
        assert one.right
        assert all(text.strip() for text in one.right + one.wrong)
        assert not set(one.right) & set(one.wrong)
        assert len(one.earlier) in (0, 2)
        assert one.name not in judging


def test_standalone_instructions_say_what_their_follow_ups_change() -> None:
    follow_ups = list(read_follow_ups())
    judging = {mail.name for mail in MAILS + CONTRASTS if mail.writer in held_out_writers()}
    assert len(follow_ups) >= 1900
    assert len({(one.instruction, one.follow_up) for one in follow_ups}) == len(follow_ups)
    for one in follow_ups:
        assert one.standalone.strip() not in ("", one.instruction.strip())
        assert one.name not in judging
    kept = [_share_kept(one) for one in follow_ups]
    assert sum(share < 0.5 for share in kept) < 0.1 * len(kept)


def _share_kept(one: FollowUp) -> float:
    words, kept = (text.lower().split() for text in (one.instruction, one.standalone))
    return sum(word in kept for word in words) / len(words)


def test_a_good_mail_has_no_findings() -> None:
    assert check_corpus([GOOD]) == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"plain": ""}, "plain is empty"),
        ({"kind": "shout"}, "kind 'shout'"),
        ({"mail": "No."}, "1 words"),
        ({"thread": "Write to sam@somewhere.org"}, "an address"),
        ({"changes": (Revision("shorter", GOOD.mail),)}, "changes nothing"),
        ({"mail": "Sam, may I have some of the blue chairs?\nAnn"}, "numbers that the mail lacks"),
        ({"mail": GOOD.mail.replace("two", "two or 3")}, "numbers that nothing gives"),
        ({"plain": "Ask Sam for 2 of Petra's chairs."}, "names that the mail lacks"),
        ({"mail": GOOD.mail.replace("chairs", "chairs of Petra")}, "names that nothing gives"),
        ({"terse": "sam: 7 chairs?"}, "numbers that only terse has"),
    ],
)
def test_a_fault_is_found(changes: dict[str, object], what: str) -> None:
    found = list(check_mail(dataclasses.replace(GOOD, **changes)))  # type: ignore[arg-type]
    assert any(what in str(finding) for finding in found)


def test_a_sentence_of_two_writers_is_found() -> None:
    other = dataclasses.replace(GOOD, writer="w-x-02")
    assert any("a sentence of" in str(finding) for finding in check_corpus([GOOD, other]))
