"""A scripted generator, a mail, and instructions for it."""

from __future__ import annotations

import dataclasses

from made_mails import stored_mail

from engine.generators import Sampling, Written
from engine.generators.side_by_side import finish_side_by_side
from engine.mail.stored.store import StoredMail
from engine.prompt.prompt import Message
from engine.settings import load_settings
from training.playback.playback import Instruction, playing_back

SETTINGS = load_settings(environment={})
TRUE = "Tell Kim that the boat needs new oars before June, and ask whether Monday would suit."
BETTER = "Ask Kim whether Monday would suit, since the boat needs new oars before June."
WRONG = "Say that Peter is ill."
TERSE = "kim: boat needs oars before june. mon ok?"
SPOKEN = "can you ask kim if monday suits, the boat needs oars by june"
BODY = "Ahoy Kim,\n\nthe boat needs new oars before June. Would Monday suit you?\n\nFair winds,\nRo"
NONE: frozenset[str] = frozenset()


def mail(body: str = BODY, **changes) -> StoredMail:
    made = stored_mail(
        1,
        message_id=None,
        recipients=(("Kim Lee", "kim@example.org"),),
        subject="Oars",
        body=body,
        original=body,
    )
    return dataclasses.replace(made, **changes)


def many(count: int = 30) -> list[StoredMail]:
    words = ["violin", "garden", "invoice", "roof", "harbour"]
    bodies = [
        f"Ahoy Kim,\nthe {words[n % 5]}{n} is not ready.\nFair winds,\nRo" for n in range(count)
    ]
    return [mail(body, id=n, fingerprint=str(n)) for n, body in enumerate(bodies)]


def attempts(count: int, **changes):
    playback = dataclasses.replace(SETTINGS.playback, attempts=count, **changes)
    return dataclasses.replace(SETTINGS, playback=playback)


def once(**changes):
    return attempts(1, **changes)


class Scripted:
    """A generator whose answers are its lines, one after another; records the prompts.

    Answers are equally likely; given an instruction, a mail is `likelihoods[instruction]` likely.
    """

    backend = "scripted"

    def __init__(self, *lines: str, likelihoods: dict[str, float] | None = None) -> None:
        self.lines = list(lines)
        self.likelihoods = likelihoods or {}
        self.asked: list[tuple[list[Message], list[Sampling]]] = []
        self.scored: list[tuple[list[Message], str]] = []

    def stream_several(self, messages, samplings, on_text):
        self.asked.append((messages, samplings))
        for index, _ in enumerate(samplings):
            for piece in self.lines.pop(0).partition(" "):
                on_text(index, piece)
        return [Written(True, -1.0)] * len(samplings)

    def log_likelihood(self, messages, answer):
        self.scored.append((messages, answer))
        said = messages[-1].content.rpartition("Instruction: ")[2]
        return self.likelihoods.get(said, -1.0 if said else -3.0)


def play_back(mail, generator, settings, common, user_name="") -> Instruction:
    """The instructions for one mail."""
    work = playing_back(mail, generator, settings, common, user_name)
    return next(finish_side_by_side([work], generator))
