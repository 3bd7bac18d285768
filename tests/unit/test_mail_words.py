"""The date and the recipients of a mail, as they are shown."""

from __future__ import annotations

from datetime import datetime

import pytest

from panza_tui.terminal.mail_words import first_recipients, mail_date


def test_a_date_is_shown_as_a_local_day():
    assert mail_date(datetime(2024, 5, 31, 12).timestamp()) == "2024-05-31"


@pytest.mark.parametrize("seconds", [10**12, -(10**12), 10**18, -(10**18), 10**30, float("nan")])
def test_a_date_that_is_no_date_is_shown_as_such(seconds):
    assert mail_date(seconds) == "no date"


def test_the_first_three_recipients_are_shown_by_name_or_address():
    people = [("Anna", "anna@a.org"), ("", "ben@b.org"), ("Cy", "cy@c.org"), ("Di", "di@d.org")]
    assert first_recipients(people) == "Anna, ben@b.org, Cy"
    assert first_recipients([]) == ""
