"""Lead-ins of quotes that name a person only, or are in a language that is not in the lists."""

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words

REPLY = "Fine by me, see you there."


@pytest.mark.parametrize(
    "lead_in",
    ["According to Tess Moor:", "From Tess Moor:", "Laut Tess Moor:", "Selon Tess Moor:"],
)
def test_a_person_named_right_above_a_quote_goes(lead_in):
    assert own_words(f"{lead_in}\n> Noon?\n\n{REPLY}") == REPLY
    assert own_words(f"{lead_in}\n>Noon?\n\n{REPLY}") == REPLY


def test_a_name_and_verb_need_no_break_above():
    above = "Have a good trip,\nSam (https://example.org/sam)"
    assert own_words(f"{above}\nTess Moor wrote:\n\n> Noon?\n") == above


def test_a_gateway_with_bars_goes():
    quote = "| tess wrote in 'Mill gate' on Pond Talk:\n| -----------\n|\n| Noon?\n| -----------"
    assert own_words(f"{REPLY}\n\n2015/4/8 tess via Pond <pond@example.org>\n\n{quote}") == REPLY


def test_bare_marks_with_initials_go():
    assert own_words(f"TM> Noon?\nTM>\nTM> Or one?\n\n{REPLY}\n\nTM>\n") == REPLY


@pytest.mark.parametrize(
    "lead_in",
    [
        "នៅថ្ងៃទី ព្រហ, 6 ធ្នូ 2018 ម៉ោង 1:30 ល្ងាច Tess <tess@example.org> បានសរសេរ៖",
        "በ3 ሜይ 2021 10:00 ላይ Tess <tess@example.org> የጻፈው፡",
        "Вы писали 3 мая 2021 г., 10:00:12:",
        "2021 оны 5 сарын 3, 10:00 Tess <tess@example.org> бичсэн нь:",
    ],
)
def test_an_attribution_in_a_language_that_is_not_in_the_lists_goes(lead_in):
    assert own_words(f"{REPLY}\n\n{lead_in}\n\n> Noon?\n> At the mill.") == REPLY


@pytest.mark.parametrize(
    "banner", ["---- 回复的原邮件 ----", "---- Replied Message ----", "---- Unbekannt ----"]
)
def test_a_header_in_a_table_goes(banner):
    rows = (
        "| From | Tess<tess@example.org> |\n| Date | 5/3/2021 10:00 |\n| To | <sam@example.org> |"
    )
    rows += "\n| Cc | |\n| Subject | mill |"
    assert own_words(f"{REPLY}\n\n\n{banner}\n{rows}\nNoon?\nAt the mill.") == REPLY


def test_the_writers_address_above_a_header_goes():
    header = "发件人： Tess\n发送时间： 2024-01-05 10:00\n收件人： sam\n主题： mill\nNoon?"
    assert own_words(f"好的。\n\n\n\nsam@example.org\n \n{header}") == "好的。"
    assert own_words("My new address:\n\nsam@example.org") == "My new address:\n\nsam@example.org"


def test_what_mailman_puts_in_place_of_a_part_goes():
    ruler = "-" * 14
    part = (
        f"{ruler} next part {ruler}\nAn HTML attachment was scrubbed...\nURL: <http://x.org/a.htm>"
    )
    assert own_words(f"{REPLY}\n{part}\n") == REPLY
    named = (
        f"{ruler} next part {ruler}\nA non-text attachment was scrubbed...\nName: a.png\nType: x\n"
    )
    assert own_words(f"{REPLY}\n{named}URL: <http://x.org/a.png>\n") == REPLY
    assert own_words(f"{REPLY}\n{ruler} next part {ruler}\nSee you!") == f"{REPLY}\nSee you!"
