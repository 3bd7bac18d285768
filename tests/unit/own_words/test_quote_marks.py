"""Quote marks that programs lost, moved, or put on the writer's own lines."""

import pytest

from engine.mail.own_words import own_words
from engine.mail.own_words.quotes import quoted_mail

HEAD = "On 3/4/24 09:12, Ada Byron wrote:\n"


def test_a_quoted_paragraph_wrapped_without_marks_is_removed():
    body = (
        f"Yes.\n\n{HEAD}"
        "> During the last test we ran the pumps at the old mill for a week, and then two of them\n"
        "were taken out of the plan. The rest of the pumps were set up again, with no trouble at\n"
        "all for anybody. The two that had been taken out before (by turning them off at the\n"
        "gate) were brought back by starting them with the right numbers. We found that nothing\n"
        "agreed until we had set up all of them again.\n"
        ">\n> Ada\n"
    )
    assert own_words(body) == "Yes."


def test_a_word_that_did_not_fit_the_quoted_line_is_removed():
    body = (
        f"Yes.\n\n{HEAD}>> so we turn the handle until the water comes out of the pipe again.\n"
        "After that\n>> I\n>> clean the pipe\n"
    )
    assert own_words(body) == "Yes."


def test_a_short_answer_between_quotes_stays():
    question = "Do you think that the water will come out of the pipe again soon?"
    body = f"{HEAD}> {question}\nYes\n> When?\nNoon"
    assert own_words(body) == "Yes\n\nNoon"


def test_the_first_line_of_a_quote_without_its_mark_is_removed():
    body = (
        f"{HEAD}\n> Thanks!\n>\n\nGlad it worked.\n\n"
        "Pumps are not my trade, but I work with another person here who has\n"
        "> experience. We are glad about any advice.\n>\n\nGood luck.\nSam"
    )
    assert own_words(body) == "Glad it worked.\n\nGood luck.\nSam"


def test_an_own_paragraph_whose_first_line_got_the_mark_stays():
    body = (
        f"{HEAD}\n> Where do the stops come from?\n>\n"
        "> I do not know what the mill does about the water above the wheel (and\n"
        "am more at home with what comes out below it). I can only say that the\n"
        "one has always been harder for me than the other.\n\nSam"
    )
    assert own_words(body) == (
        "I do not know what the mill does about the water above the wheel (and\n"
        "am more at home with what comes out below it). I can only say that the\n"
        "one has always been harder for me than the other.\n\nSam"
    )


def test_quotes_marked_with_their_writers_name_are_removed():
    body = (
        '>>>>> "Ada" == Ada Byron <ada@example.org> writes:\n\n'
        "    Ada> Noon?\n    Ada> At the mill.\n\nYes.\n"
    )
    assert own_words(body) == "Yes."
    assert own_words(f"{HEAD}\nAda> Noon?\nAda> At the mill.\n\nYes.") == "Yes."


def test_a_prompt_is_no_quote():
    body = "Then type this:\n\nsql> select name from pumps;\nsql> quit\n\nSam"
    assert own_words(body) == body


def test_a_line_without_its_mark_within_a_quoted_sentence_is_removed():
    body = (
        f"Yes.\n\n{HEAD}>> The pumps are started in the open() call.\nBut seen from the mill\n"
        ">> they should have been started before.\n"
    )
    assert own_words(body) == "Yes."


def test_quotes_with_bars_go_and_boxes_stay():
    assert own_words("Ada Byron wrote:\n| Noon?\n| At the mill?\n\nYes.") == "Yes."
    box = "The plan:\n\n| pump | 3 |\n| gate | 1 |\n\nSam"
    assert own_words(box) == box


@pytest.mark.parametrize(
    "elision", ["[...]", "[snip]", "<snip>", "< ... cut for brevity ... >", "[lost]", "(...)"]
)
def test_an_elision_in_a_quote_is_removed_and_the_reply_kept(elision):
    assert own_words(f"{HEAD}\n{elision}\n\n> Noon?\n\nYes.\n") == "Yes."
    assert own_words(f"{HEAD}> Noon?\n\nYes.\n\n{elision}\n\n> Rain?\n\nNo.") == "Yes.\n\nNo."


def test_a_name_above_its_quote_is_removed():
    body = "[ Ada writes on Mon 4.Mar'24 at 09:12 ]\n> Hm.\n\n"
    body += "Quoting Ada (2024-03-04 09:12)\n> Hm.\n\n[Ada Byron]\n> Noon?\n\nYes.\n\n"
    body += "Charles Babbage:\n> Rain?\n\nNo.\n\nAda B. said:\n> Why?\n\nWell."
    assert own_words(body) == "Yes.\n\nNo.\n\nWell."


def test_a_greeting_over_a_quote_stays():
    assert own_words("Dear Ada:\n> Noon?\nYes.") == "Dear Ada:\n\nYes."


def test_replies_below_the_headers_that_mh_copies_are_kept():
    head = (
        "    Date:        Mon, 4 Mar 2024 09:12:00 +0100\n    From:        Ada <ada@example.org>\n"
    )
    head += "    Message-ID:  <12345@example.org>\n\n"
    assert own_words(f"{head}  | Noon?\n\nYes, at the mill.\n\n  | Rain?\n\nNo.\n") == (
        "Yes, at the mill.\n\nNo."
    )
    assert own_words(f"{head}What I said was\nwrong.") == "What I said was\nwrong."


def test_quotes_behind_a_name_go():
    body = "    >> Noon?\n\n    Ada> I turn the handle\n    Ada> at one.\n\nGood.\n"
    assert own_words(body) == "Good."
    assert own_words("AB>> Noon?\nAB>> Or one?\n\nOne.") == "One."
    assert own_words("Ada> Noon?\n\nOne.\n\nAda> Rain?\n\nNo.") == "One.\n\nNo."
    assert own_words(" АБ> Noon?\n\nOne.") == "One."
    assert own_words("On 4 Mar 2024, Ada wrote:\n\nAB>Noon?\n\nOne.") == "One."


def test_bars_at_the_head_of_a_mail_are_a_quote_and_a_box_is_none():
    assert own_words("| Noon?\n|\n| Or one?\n\nOne.") == "One."
    box = "| mill | 3 |\n| gate | 4 |\n\nThat is all."
    assert own_words(box) == box


def test_bars_below_who_wrote_are_a_quote_on_single_lines_too():
    body = "Ada Byron wrote:\n| Is it Friday?\n\nNo, Thursday.\n\n| At four?\n\nAt five.\n"
    assert own_words(body) == "No, Thursday.\n\nAt five."


def test_a_reply_below_what_aol_quotes_stays():
    body = (
        "In a message dated 3/4/2024 9:12:00 AM Eastern Standard Time,\nada@example.org writes:\n"
        "\n<< Shall we meet at noon?\n At the mill. >>\n\nFine by me.\n"
    )
    assert own_words(body) == "Fine by me."


def test_double_brackets_that_nobody_wrote_below_are_no_quote():
    body = "The title reads:\n<< Nothing new\nunder the sun >>\nIs that not sad?"
    assert own_words(body) == body


def test_a_reply_stays_below_a_quote_that_ends_in_an_attribution():
    body = (
        "On 3/4/24 09:12, Ada Byron wrote:\n> That is so.\n> On 3/3/24 10:00, Sam Ray wrote:\n"
        "\nI agree.\n"
    )
    assert own_words(body) == "I agree."


@pytest.mark.parametrize("mark", ["＞", "＞ ", "＞＞", "> ＞"])
def test_a_quote_with_wide_marks_is_removed(mark):
    body = f"{mark}金曜日に来られますか。\n\nはい、行きます。\n\n{mark}何時ですか。\n\n十時です。"
    assert own_words(body) == "はい、行きます。\n\n十時です。"


def test_the_mail_with_wide_marks_is_what_is_answered():
    assert quoted_mail("はい。\n\n＞金曜日に来られますか。\n＞よろしく。") == (
        "金曜日に来られますか。\nよろしく。"
    )


def test_a_face_of_wide_characters_is_no_quote():
    assert own_words("今日は寒いですね。\n＞＜ 風邪をひきました。") == (
        "今日は寒いですね。\n＞＜ 風邪をひきました。"
    )
