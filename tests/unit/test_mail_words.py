"""The date and the recipients of a mail, as they are shown."""

from __future__ import annotations

from datetime import datetime

import pytest

from panza_tui.terminal.mail_words import day_month_year, first_recipients, mail_date


def test_a_date_is_shown_as_a_local_day():
    noon = datetime(2024, 5, 3, 12).timestamp()
    assert mail_date(noon) == "2024-05-03"
    assert day_month_year(noon) == "3 May 2024"


@pytest.mark.parametrize("seconds", [10**12, -(10**12), 10**18, -(10**18), 10**30, float("nan")])
def test_a_date_that_is_no_date_is_shown_as_such(seconds):
    assert mail_date(seconds) == "no date"
    assert day_month_year(seconds) == "no date"


def test_the_first_three_recipients_are_shown_by_name_or_address():
    people = [("Anna", "anna@a.org"), ("", "ben@b.org"), ("Cy", "cy@c.org"), ("Di", "di@d.org")]
    assert first_recipients(people) == "Anna, ben@b.org, Cy"
    assert first_recipients([]) == ""
