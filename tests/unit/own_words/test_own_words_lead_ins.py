"""A writer's line above something cited without quote marks is no program's attribution line."""

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words

ABOVE = "Dear Tess,\n\nthe ferry is late again."
BELOW = "The pier is closed until June. We are sorry.\n\nWhat shall we do?\n\nSam"


@pytest.mark.parametrize(
    "lead_in",
    [
        "This is what the town wrote to us on 3 March 2023:",
        "The town wrote on 3 March 2023:",
        "Here is what the vet wrote on 3.3.2023:",
        "In her letter of 3 March 2023 Nora Hill wrote:",
        "On 3 March 2023 the town wrote:",
        "As Nora Hill wrote in 2020:",
        "In 2020, Nora wrote:",
        "What Nora wrote on Sunday, 3 March:",
        "At 9:40 the vet wrote:",
        "On Sunday at 9:40 my aunt wrote:",
        "On 3 March at 9:40 our landlord wrote:",
        "Gestern um 21:40 schrieb Nora:",
        "Hier à 21h40, Nora a écrit :",
        "Das hat die Stadt am 3.3.2023 geschrieben:",
        "The address is nora@example.org, as Nora wrote:",
        "As Nora Hill wrote on 3 March 2023 at 9:40:",
        "Here is what Nora wrote on 3 March 2023, 9:40:",
        "Wie Nora am 3. März 2023 um 9:40 Uhr schrieb:",
        "Comme Nora a écrit le 3 mars 2023 à 9:40 :",
        "Zoals Nora op 3 maart 2023 om 9:40 schreef:",
        "Am 3. März 2023 um 9:40 schrieb Nora dem Rat:",
    ],
)
def test_a_lead_in_to_a_citation_without_marks_stays_with_all_below_it(lead_in):
    body = f"{ABOVE}\n\n{lead_in}\n\n{BELOW}"
    assert own_words(body) == body


@pytest.mark.parametrize(
    "attribution",
    [
        "On Sunday, March 3, 2023 at 9:40 Nora Hill wrote:",
        "On Sun, 3 Mar 2023, Nora Hill wrote:",
        "Am 03.03.23 um 9:40 schrieb Nora Hill:",
        "Am 03.03.23 um 9:40 schrieb Nora von dem Hügel:",
        "Op 3 maart 2023 om 9:40 schreef Nora den Berg:",
        "Nora Hill <nora@example.org> wrote:",
        "Nora Hill <nora@example.org> a écrit :",
        "2023年3月3日 9:40，Nora Hill <nora@example.org> 写道：",
    ],
)
def test_an_attribution_line_covers_a_quote_without_marks(attribution):
    assert own_words(f"{ABOVE}\n\n{attribution}\n\nIs it?\nNora") == ABOVE


@pytest.mark.parametrize(
    "plan",
    [
        "Van: Utrecht\nNaar: Gent\nDatum: 3 maart 2023 9:40",
        "Od: Kraków\nDo: Gdańsk\nData: 3 marca 2023 9:40",
        "From: Vienna (VIE) 9:40\nTo: Graz (GRZ) 10:20\nDate: 3 March 2023",
        "From: us, 3 Pier Road\nTo: Nora, 5 Hill Road\nSent: 3 March 2023 9:40",
    ],
)
def test_a_plan_with_day_and_time_is_no_header(plan):
    body = f"{ABOVE}\n\n{plan}\n\n{BELOW}"
    assert own_words(body) == body
