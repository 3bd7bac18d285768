"""Text in format=flowed (RFC 3676): paragraphs, depths of quotes, and lines begun with ">"."""

from __future__ import annotations

import pytest

from engine.mail.message.flowed import unflow
from engine.mail.message.message import read_message
from engine.mail.own_words.message_text import read_own_words


def test_flowed_text_is_unwrapped_and_quotes_keep_their_depth() -> None:
    text = "One \nparagraph.\n\n> quoted \n> text\n>> deeper\n From here.\n-- \nIda"
    assert unflow(text) == ("One paragraph.\n\n> quoted text\n>> deeper\nFrom here.\n-- \nIda")
    assert unflow("一 \n二", delete_space=True) == "一二"


@pytest.mark.parametrize(
    ("body", "own"),
    [
        (
            " > 5 is too much, and \n< 3 too little.\n\nIda",
            "> 5 is too much, and < 3 too little.\n\nIda",
        ),
        ("Hello.\n\n >From there it is easy.\n", "Hello.\n\n>From there it is easy."),
        ("Bo wrote:\n\n > Tea?\n > At four?\n\nYes.", "Yes."),
        ("> Tea?\n > At four?\n\nYes.", "Yes."),
    ],
)
def test_a_single_line_that_its_writer_began_with_a_quote_mark_is_own(body: str, own: str) -> None:
    header = "Content-Type: text/plain; format=flowed\n\n"
    assert read_own_words(read_message(f"{header}{body}".encode()))[0] == own
