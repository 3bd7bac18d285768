"""What a request asks for, as one instruction."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from difflib import SequenceMatcher

from engine.checking.lexicon import lexicon_of
from engine.drafting.types import DraftRequest
from engine.prompt.prompt import Turn

_WORD = re.compile(r"\w+")
_FEWEST_WORDS, _SHARE = 3, 0.5
"""Words of an earlier instruction that are still there, in order, and their share. Of the corpus's
first 2,986 follow-ups one is taken for an edited instruction, of their edited ones 134 are not."""


Rewrite = Callable[[str, str], str]
"""Makes one instruction of an earlier one and its follow-up."""


def as_asked(request: DraftRequest, rewrite: Rewrite | None = None) -> DraftRequest:
    """Return the request as if all that its turns asked for had been typed at once.

    rewrite: None for that by rules alone.

    Of a fact that is taken back in the same line, the one that is meant instead stays.
    An earlier instruction that was edited and sent again asks for the whole mail by itself; a
    follow-up is put into the instruction that it changes. A draft that the user edited by hand is
    kept, as only the turns have it: then the model is asked to change that. So it is where only the
    tone shall be another, which instructions hardly tell.
    """
    from engine.follow_ups.taken_back import without_taken_back

    meant, *earlier = (
        without_taken_back(text, lexicon_of(text))
        for text in (request.instruction, *(turn.instruction for turn in request.turns))
    )
    if meant != request.instruction:
        request = dataclasses.replace(request, instruction=meant)
    if not request.turns:
        return request
    if any(_keeps(one, request.instruction) for one in earlier):
        return dataclasses.replace(request, turns=())
    if any(turn.is_edited for turn in request.turns):
        return request
    # Most requests are no follow-ups.
    from engine.follow_ups.standalone import only_tone, standalone

    rewrite = rewrite or standalone
    before = asked = ""
    for number, instruction in enumerate((*earlier, request.instruction)):
        is_whole = not asked or any(_keeps(one, instruction) for one in earlier[:number])
        before, asked = asked, instruction if is_whole else rewrite(asked, instruction)
    last = request.turns[-1].text
    if tone := only_tone(before, request.instruction):
        turn = Turn(before, last)
        return dataclasses.replace(request, turns=(turn,), changed=asked, length=tone.length)
    return dataclasses.replace(request, instruction=asked, turns=(), unlike=last)


def _keeps(earlier: str, instruction: str) -> bool:
    """Whether an instruction still has most words of an earlier one, in their order."""
    before, after = (_WORD.findall(text.casefold()) for text in (earlier, instruction))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    kept = sum(block.size for block in matcher.get_matching_blocks())
    return kept >= max(_FEWEST_WORDS, _SHARE * len(before))
