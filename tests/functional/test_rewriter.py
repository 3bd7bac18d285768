"""The packaged model puts follow-ups into instructions of which the rules make two statements."""

from __future__ import annotations

from contextlib import closing

from engine.follow_ups.rewriter import rewritten
from engine.follow_ups.standalone import standalone
from engine.home.home import Home
from engine.mail_base.line_model import LineModel

ROWS = [
    (
        "Sanjay: freezer 2 not freezer 3 for the new aliquots, label both sides, log by fri",
        "other way round",
        "Sanjay: freezer 3 not freezer 2 for the new aliquots, label both sides, log by fri",
    ),
    (
        "hanne yes to the new fume hood quote, 8.9k, pay from the core acct, fit it over easter",
        "budget's frozen so no",
        "hanne no to the new fume hood quote, budget's frozen",
    ),
    (
        "email my niece tilly she can start saturdays from the 14th, 9 to 1, and i'll "
        "teach her the till and the wrapping",
        "not the till, she's only 13",
        "email my niece tilly she can start saturdays from the 14th, 9 to 1, and i'll "
        "teach her the wrapping",
    ),
    (
        "Artist – Wilf: prints sold 7 of 10, owe him £84, want seascapes next",
        "8 sold so 96. no seascapes though, boats",
        "Artist – Wilf: prints sold 8 of 10, owe him £96, want boats next",
    ),
    (
        "Tell Connor from down the hall that his speaker is too loud after midnight and "
        "that the RA is going to write him up.",
        "I'm not snitching, leave her out",
        "Tell Connor from down the hall that his speaker is too loud after midnight.",
    ),
    (
        "tesco - crates: 12 bread, 6 milk, collect fri 4pm, side door",
        "the 12 is fruit",
        "tesco - crates: 12 fruit, 6 milk, collect fri 4pm, side door",
    ),
    (
        "Tell the Year 4 parents that the trip to the farm is off because the coach has "
        "broken down, and that we will refund the 12 pounds.",
        "it's not the coach, the farm has bird flu",
        "Tell the Year 4 parents that the trip to the farm is off because the farm has "
        "bird flu, and that we will refund the 12 pounds.",
    ),
    (
        "Say to Mrs Drummond that the piano tuner is coming on Wednesday at 2 and ask her"
        " to let him in through the vestry door.",
        "I'll let him in myself",
        "Say to Mrs Drummond that the piano tuner is coming on Wednesday at 2 and that "
        "I'll let him in myself.",
    ),
]


def test_most_of_what_a_stranger_typed_is_put_together_rightly(tmp_path):
    with closing(LineModel(Home(tmp_path / "home").prepare(), lambda: 1)) as lines:
        made = [rewritten(instruction, follow_up, lines) for instruction, follow_up, _ in ROWS]
    right = [text == wanted for text, (*_, wanted) in zip(made, ROWS, strict=True)]
    by_rules = [standalone(instruction, asked) == wanted for instruction, asked, wanted in ROWS]
    # Processors compute a little differently, and so some of what is sampled differs, too.
    assert sum(right) >= len(ROWS) - 3, made
    assert not any(by_rules)
