"""Worked examples that show a base model what an instruction is. Written for this project.

They differ in purpose, length and formality. All instructions start with the same words, which are
also given as the start of the model's own: otherwise a small model answers the mail instead.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WorkedExample:
    """A mail, the name that its instruction addresses ('' when unknown), and the instruction."""

    mail: str
    name: str
    instruction: str


WORKED_EXAMPLES: tuple[WorkedExample, ...] = (
    WorkedExample(
        "Hi Carla, the second table still has last year's numbers, I think. Could you send me the "
        "new version by Thursday? Best, Jonas",
        "Carla",
        "say that the second table still has last year's numbers, and ask for the new version by "
        "Thursday.",
    ),
    WorkedExample(
        "Dear Professor Lindqvist, Thank you for the kind invitation. Unfortunately I am away from "
        "3 to 14 May and can't come to Uppsala. I would be happy to speak in the autumn. Kind "
        "regards, Priya",
        "Professor Lindqvist",
        "say thanks for the invitation, that you can't come to Uppsala because you are away from "
        "3 to 14 May, and that you would be happy to speak in the autumn.",
    ),
    WorkedExample(
        "Works for me, see you at 6!",
        "",
        "say that it works and that you will be there at 6.",
    ),
    WorkedExample(
        "Hello, I ordered a coffee grinder three weeks ago (order 88121) and it still has not "
        "arrived. Can you find out where it is? M. Brandt",
        "",
        "say that the coffee grinder from order 88121 has not arrived after three weeks, and ask "
        "where it is.",
    ),
)
