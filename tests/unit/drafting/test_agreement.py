"""How far a draft says what is to be said, and nothing else."""

from __future__ import annotations

from engine.checking.brief import Brief
from engine.direct_speech.agreement import FAITHFUL, agreement


def test_drafts_that_say_the_same_agree_and_others_do_not() -> None:
    direct = "I can't come fri. You bring the oars, mine are with Ann."

    brief = Brief("kim: can't come", "Kim Lee", "Tom Berry")

    def agrees(draft: str, text: str = direct) -> float:
        return agreement(text, draft, brief)[0]

    same = "Hi Kim,\n\nI can't come on Friday. Please bring the oars. Mine are with Ann.\n\nTom"
    assert agrees(same) > 0.85
    assert agreement(direct, same, brief)[1] <= FAITHFUL
    assert agrees(direct) == 1.0
    for wrong in (
        "You can't come on Friday. I bring the oars. Yours are with Ann.",
        "I can come on Friday. You bring the oars. Mine are with Ann.",
        "I can't come on Friday. Do you bring the oars? Mine are with Ann.",
        "I can't come on Friday. You bring the oars. Mine are with Ann. The boat is new.",
        "I can't come on Friday. Mine are with Ann.",
        "I can't come on Monday. You bring the oars. Mine are with Ann.",
    ):
        assert agrees(wrong) < agrees(same)
        assert agreement(direct, wrong, brief)[1] > FAITHFUL
    assert agrees("") == agrees("I can't come.", "") == 0.0
    # Who is hurt is another.
    hurt = "The walker has hurt her knee. You take the dog."
    assert agreement(hurt, f"Hi Kim,\n\n{hurt}", brief)[1] == 0.0
    assert agreement(hurt, hurt.replace("her", "your"), brief)[1] > FAITHFUL
