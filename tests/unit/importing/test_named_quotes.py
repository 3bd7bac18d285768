"""A quote without marks below "On 3 May 2021 Ann Lee wrote:", which might be a citation, too."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from engine.mail.own_words import own_words
from importing.mailboxes import mail, only, run, write_mbox

OWN = "Yes, gladly.\n\nSee you at the lake,\nIda"
QUOTE = "Shall we meet at the lake on Friday?\n\nI bring the boat.\n\nAnn"
ANN = "Ann Lee <alee@example.org>"
LEAD_INS = [
    "On 3 May 2021 Ann Lee wrote:",
    "On Monday, May 3, 2021, Ann Lee wrote:",
    "Am 3. Mai 2021 schrieb Ann Lee:",
    "Le 3 mai 2021, Ann Lee a écrit :",
]


def reply(lead_in: str, quote: str = QUOTE, to: str = ANN, **headers: str) -> str:
    fields = {"To": to, "Subject": "Re: lake", **headers}
    return mail(f"{OWN}\n\n{lead_in}\n\n{quote}", **fields)


@pytest.mark.parametrize("lead_in", LEAD_INS)
@pytest.mark.parametrize(
    ("to", "headers"),
    [
        (ANN, {}),
        ("ann.lee@example.org", {}),
        (f"Bo <bo@example.org>, {ANN}", {"Subject": "lake", "In_Reply_To": "<q@x>"}),
    ],
)
def test_a_quote_of_somebody_of_the_mail_goes(
    database: apsw.Connection, box: Path, lead_in: str, to: str, headers: dict[str, str]
) -> None:
    text = reply(lead_in, to=to, **headers)
    assert own_words(text, "eml") == OWN
    run(database, write_mbox(box, text))
    assert only(database).body == OWN


def test_a_quote_of_the_writers_own_earlier_mail_goes() -> None:
    text = reply("On 3 May 2021 Ida Moor wrote:", "Shall we meet at the lake?", to="bo@example.org")
    assert own_words(text, "eml") == OWN


def test_a_signature_above_the_quote_goes_too() -> None:
    text = reply(f"Ida Moor | Lake Ltd\nTel. 020 7946 0123\n\n{LEAD_INS[0]}")
    assert own_words(text, "eml") == OWN


@pytest.mark.parametrize(
    ("lead_in", "quote", "headers"),
    [
        ("On 3 May 2021 Ann Lee wrote:", QUOTE, {"Subject": "lake"}),  # no reply
        ("On 3 May 2021 Bo Berg wrote:", QUOTE, {}),  # nobody of the mail
        ("On 3 May 2021 Ann wrote:", QUOTE, {}),  # not a full name
        ("Ann Lee wrote:", QUOTE, {}),  # no date
        ("On 3 May 2021 Ann Lee wrote:", f"{QUOTE}\n\nI don't think so.\n\nIda", {}),  # goes on
        ("As I said, on 3 May 2021 Ann Lee wrote:", QUOTE, {}),
    ],
)
def test_a_citation_stays(lead_in: str, quote: str, headers: dict[str, str]) -> None:
    text = reply(lead_in, quote, **headers)
    assert own_words(text, "eml") == f"{OWN}\n\n{lead_in}\n\n{quote}"


@pytest.mark.parametrize("lead_in", ["On 3 May Ann wrote:", "Ann wrote:", *LEAD_INS])
def test_the_answered_mail_in_the_archive_goes(
    database: apsw.Connection, box: Path, lead_in: str
) -> None:
    question = mail(QUOTE, From="Ann Lee <alee@example.org>", Message_ID="<q@x>")
    answer = reply(lead_in, to="bo@example.org", In_Reply_To="<q@x>", Message_ID="<a@x>")
    run(database, write_mbox(box, question, answer))
    stored = only(database)
    assert stored.body == OWN
    assert stored.answered is not None
    assert stored.answered.known_from == "archive"


def test_another_text_below_such_a_line_stays(database: apsw.Connection, box: Path) -> None:
    question = mail(QUOTE, From="Ann Lee <alee@example.org>", Message_ID="<q@x>")
    answer = reply("On 3 May Ann wrote:", "The bridge is closed.", In_Reply_To="<q@x>")
    run(database, write_mbox(box, question, answer))
    assert only(database).body.endswith("The bridge is closed.")
