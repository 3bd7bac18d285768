"""The packaged model puts follow-ups into instructions of which the rules make two statements."""

from __future__ import annotations

from contextlib import closing

from engine.follow_ups.rewriter import Rewriter
from engine.follow_ups.standalone import standalone
from engine.home.home import Home

ROWS = [
    (
        "Tell the Year 4 parents that the trip to the farm is off because the coach has "
        "broken down, "
        "and that we will refund the 12 pounds.",
        "it's not the coach, the farm has bird flu",
        "Tell the Year 4 parents that the trip to the farm is off because the farm has bird flu, "
        "and that we will refund the 12 pounds.",
    ),
    (
        "Let the residents of Fern Court know that the water will be off on Monday from 9 until 1 "
        "while the pump is replaced.",
        "Tuesday, 10 till 3",
        "Let the residents of Fern Court know that the water will be off on Tuesday from "
        "10 until 3 "
        "while the pump is replaced.",
    ),
    (
        "let the surgery know i need my blood pressure tabs again, amlodipine, pick up at boots",
        "can they be delivered, i cant get out",
        "let the surgery know i need my blood pressure tabs again, amlodipine, can they "
        "be delivered, "
        "i cant get out",
    ),
    (
        "Otto - honey order: 24 jars heather, 12 clover. Collect Sat at market.",
        "swap the numbers round",
        "Otto - honey order: 12 jars heather, 24 clover. Collect Sat at market.",
    ),
    (
        "Say to Mrs Drummond that the piano tuner is coming on Wednesday at 2 and ask "
        "her to let him "
        "in through the vestry door.",
        "I'll let him in myself",
        "Say to Mrs Drummond that the piano tuner is coming on Wednesday at 2 and that "
        "I'll let him "
        "in myself.",
    ),
    (
        "write to sandra tomorrow delivery come 6 morning, she must open back door",
        "ali will open, she only sign paper",
        "write to sandra tomorrow delivery come 6 morning, ali will open back door, she only sign "
        "paper",
    ),
    (
        "Ask Hamish if the ram lambs can go in his lower field for a fortnight while ours is "
        "reseeded.",
        "ours is flooded, we're not reseeding",
        "Ask Hamish if the ram lambs can go in his lower field for a fortnight while ours is "
        "flooded, as we're not reseeding.",
    ),
    (
        "Ravi - server move Sat 22:00, back by Sun 06:00, no logins. Any trouble call me",
        "call Ewan, I'm on leave",
        "Ravi - server move Sat 22:00, back by Sun 06:00, no logins. Any trouble call Ewan, I'm on "
        "leave",
    ),
]


def test_most_of_what_a_stranger_typed_is_put_together_rightly(tmp_path):
    with closing(Rewriter(Home(tmp_path / "home").prepare(), lambda: 1)) as rewriter:
        made = [rewriter(instruction, follow_up) for instruction, follow_up, _ in ROWS]
    right = [text == wanted for text, (*_, wanted) in zip(made, ROWS, strict=True)]
    by_rules = [standalone(instruction, asked) == wanted for instruction, asked, wanted in ROWS]
    # Processors compute a little differently, and so some of what is sampled differs, too.
    assert sum(right) >= len(ROWS) - 3, made
    assert not any(by_rules)
