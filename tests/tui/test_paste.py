"""What a terminal sends for a paste, split at any point."""

from __future__ import annotations

import pytest
from textual import events

from panza_tui.shell.paste import PasteParser, pasted_text

PASTE = "one\x1b[31m red\r two\x1b\x1b[A three\x1b[2\rfour and more words than an escape has"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_a_paste_with_escapes_is_one_paste_and_no_key(size: int) -> None:
    sent = f"a\x1b[200~{PASTE}\x1b[201~b\x1b[A\x1b[200~x\x1b[201~c"
    parser = PasteParser()
    got = [
        event
        for start in range(0, len(sent), size)
        for event in parser.feed(sent[start : start + size])
    ]
    said = [one.text if isinstance(one, events.Paste) else one.key for one in got]
    assert said == ["a", PASTE.replace("\x1b", ""), "b", "up", "x", "c"]


def test_a_paste_has_the_line_ends_of_a_text() -> None:
    assert pasted_text("a\rb\r\nc\nd") == "a\nb\nc\nd"
