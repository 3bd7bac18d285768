"""The split: the newest mails are held out, threads stay together, no mail is lost."""

from __future__ import annotations

import random

import pytest
from made_mails import stored_mail

from engine.mail.stored.store import StoredMail
from training.examples.split import split_by_date


def mail(number: int, date: int, thread: str | None = None) -> StoredMail:
    return stored_mail(number, date=date, thread=thread or str(number))


def test_the_newest_fifth_is_held_out_and_the_newest_of_the_rest_validates():
    split = split_by_date([mail(n, date=n) for n in range(1, 101)], 0.2, 0.1)
    assert split.held_out == tuple(range(81, 101))
    assert split.validation == tuple(range(73, 81))
    assert split.train == tuple(range(1, 73))


@pytest.mark.parametrize("seed", range(5))
def test_every_mail_is_on_one_side_with_its_whole_thread(seed):
    draw = random.Random(seed)
    mails = [mail(n, draw.randrange(1000), f"t{draw.randrange(40)}") for n in range(120)]
    split = split_by_date(mails, 0.2, 0.1)
    sides = [split.train, split.validation, split.held_out]
    assert sorted(sum(sides, ())) == list(range(120))
    threads = [{mails[n].thread for n in side} for side in sides]
    assert not threads[0] & threads[1]
    assert not threads[0] & threads[2]
    assert not threads[1] & threads[2]
    assert len(split.held_out) <= 24
    assert len(split.held_out) >= 20


def test_the_order_of_the_mails_does_not_matter():
    mails = [mail(n, date=n // 3, thread=f"t{n // 2}") for n in range(60)]
    shuffled = random.Random(1).sample(mails, 60)
    first, second = split_by_date(mails, 0.2, 0.1), split_by_date(shuffled, 0.2, 0.1)
    assert set(first.held_out) == set(second.held_out)
    assert set(first.validation) == set(second.validation)


def test_a_conversation_of_years_does_not_become_the_held_out_mails():
    mails = [mail(n, date=n, thread="long" if n % 2 else None) for n in range(100)]
    split = split_by_date(mails, 0.2, 0.0)
    assert len(split.held_out) == 20
    assert all(n % 2 == 0 for n in split.held_out)


def test_a_thread_is_as_new_as_its_newest_mail():
    mails = [mail(n, date=n) for n in range(1, 9)] + [mail(9, 0, "t"), mail(10, 99, "t")]
    assert set(split_by_date(mails, 0.2, 0.0).held_out) == {9, 10}


def test_a_share_of_zero_holds_nothing_out():
    split = split_by_date([mail(n, n) for n in range(10)], 0.0, 0.0)
    assert (split.held_out, split.validation, len(split.train)) == ((), (), 10)
