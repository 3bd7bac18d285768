"""A fragment takes the place of what it is like, and what stands behind it is kept."""

from __future__ import annotations

import pytest

from engine.follow_ups.standalone import standalone

HUT = "Ask Ida to paint 20 chairs in green and to put them behind the hut."
SHED = "tell ida the goats need feeding by six and there's hay in the red shed and say thanks"


@pytest.mark.parametrize(
    ("instruction", "follow_up", "right"),
    [
        # A time behind the same little word, with its day; an hour for a bare number.
        ("mr ek, car ready, £80, shop open till 5.30", "till 7 tonight",
         "mr ek, car ready, £80, shop open till 7 tonight"),
        ("tell ida we meet at mine friday at six", "start at half seven",
         "tell ida we meet at mine friday at half seven"),
        ("Tell Ida the ram comes at 10.30 and the old ewe at noon.", "the ewe is at half past one",
         "Tell Ida the ram comes at 10.30 and the old ewe at half past one."),
        # A colour, and where something is put.
        (HUT, "White ones, and she should put them in the barn.",
         HUT.replace("green", "white").replace("behind the hut", "in the barn")),
        # Of what is said with the new word, only that takes the old one's place.
        ("quote is fine, £340, start mon", "£430 not 340", "quote is fine, £430, start mon"),
        ("Tell Ida that I booked a room for six at the inn.", "A room for five people, not six.",
         "Tell Ida that I booked a room for five at the inn."),
        # Two changes, each of its kind, and why.
        (SHED, "Blue shed not red and feed them by five its a holiday",
         "tell ida the goats need feeding by five, its a holiday, and there's hay in the blue shed "
         "and say thanks"),
        ("tell ida the wake's on the tenth at two and the tea's after at the inn",
         "its the ninth and the tea is at ours now",
         "tell ida the wake's on the ninth at two and the tea's after at ours"),
        ("ask bo for eric's number for the church fair",
         "its arik with an a and its for the school fair",
         "ask bo for arik's number for the school fair"),
        ("tell ida practice is at my barn friday at six and the tea is hot",
         "start at half seven cos the cows need milking",
         "tell ida practice is at my barn friday at half seven cos the cows need milking, "
         "and the tea is hot"),
        ("tell ida the match is at the town hall tonight at eight and we're two short",
         "its at the gym tonight the town halls wet",
         "tell ida the match is at the gym tonight at eight, the town halls wet, "
         "and we're two short"),
        # A sentence that only begins like one stays whole.
        ("bo: bread sold out. cake instead", "found bread in the other shop so i bring that",
         "bo: bread sold out. cake instead. found bread in the other shop so i bring that"),
    ],
)  # fmt: skip
def test_a_fragment_is_put_where_it_belongs(instruction: str, follow_up: str, right: str) -> None:
    assert standalone(instruction, follow_up) == right
