"""Write several drafts for one prompt, and choose the best of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.direct_speech.agreement import FAITHFUL, agreement
from engine.direct_speech.greeting import with_greeting_of
from engine.direct_speech.understood import NOTHING, Understood
from engine.drafting.body import StreamedBody
from engine.drafting.score import (
    AGREEMENT,
    ANEW,
    DIRECT,
    DIRECT_ELSEWHERE,
    MARGIN,
    NOTES,
    OTHERWISE,
    score,
)
from engine.drafting.types import Candidate, Prepared
from engine.errors import PanzaError
from engine.generators import Generator, Sampling
from engine.mail.types import Received
from engine.prompt.prompt import InstructionKind, Message, build_playback_prompt
from engine.retrieval.near_copies import are_near_copies, shingles
from engine.settings import Drafting, Prompt

if TYPE_CHECKING:
    from engine.checking.brief import Brief

VARIANT_TEMPERATURE = 0.7
"""The minimum temperature of further drafts for one request.

Chosen by hand, high enough for them to differ; PanzaMail samples its instructions at 0.7, too.
"""

_TERSE_WORDS = 6  # An instruction of fewer words is taken for notes.


@dataclass(frozen=True)
class Body:
    """The text of a draft. log_likelihood: the mean over its tokens in nats, None if unknown.

    is_anew: whether it was written anew where the others revise a draft. is_direct: whether it is
    what the instruction says, as it is, which no model wrote.
    """

    text: str
    log_likelihood: float | None = None
    is_anew: bool = False
    is_direct: bool = False


@dataclass(frozen=True)
class Channel:
    """The direction from a mail to its instruction, of a model that was trained for it.

    The likelihood of the instruction given a draft tells how well the draft says it. The fields are
    those of the draft's prompt.
    """

    generator: Generator
    instruction: str
    prompt: Prompt
    user_name: str = ""
    recipient: str = ""
    thread: tuple[Received, ...] = ()

    def log_likelihood(self, text: str) -> float:
        """Return the instruction's mean log-likelihood given a draft. Raises PanzaError."""
        messages = build_playback_prompt(
            text,
            kind=instruction_kind(self.instruction),
            prompt=self.prompt,
            user_name=self.user_name,
            recipient=self.recipient,
            thread=self.thread,
        )
        return self.generator.log_likelihood(messages, self.instruction)


def instruction_kind(instruction: str) -> InstructionKind:
    """Return whether an instruction is plain sentences, notes, or typed in a hurry."""
    text = instruction.strip()
    words = text.split()
    if text[:1].isupper() and text.endswith((".", "!", "?")):
        return "plain"
    if len(words) < _TERSE_WORDS or any(word.endswith(":") for word in words[:3]):
        return "terse"
    return "spoken"


def sampling_of(drafting: Drafting) -> Sampling:
    """Return how the settings sample a draft."""
    return Sampling(
        max_tokens=drafting.max_tokens,
        temperature=drafting.temperature,
        top_p=drafting.top_p,
        repeat_penalty=drafting.repeat_penalty,
        seed=drafting.seed,
    )


def write_candidates(
    text: str,
    generator: Generator,
    prepared: Prepared,
    drafting: Drafting,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Body]:
    """Write further drafts, and return the first one with the complete ones of them.

    text: the first. Some are written from its prompt. In an answer, one is written without the mail
    to answer, which no order in that mail can have steered; in a revision, one is written anew.
    Where the first writes out what the instruction says, one is written from the instruction
    itself. What it says, as it is, stands in for one, with greeting and closing of the first.
    """
    if drafting.candidates == 1:
        return [Body(text)]
    sampling = sampling_of(drafting)
    warm = replace(sampling, temperature=max(sampling.temperature, VARIANT_TEMPERATURE))
    others_of = [prepared.messages] if prepared.writing_out else [prepared.without_thread]
    others_of = [messages for messages in (*others_of, prepared.anew) if messages]
    count = drafting.candidates - 1 - len(others_of)
    direct = prepared.understood.sentences if count > 0 else ""
    count = max(0, count - bool(direct))
    samplings = [replace(warm, seed=sampling.seed + 1 + number) for number in range(count)]
    others = _write(generator, prepared.first, samplings, stopped)
    if stopped():
        return [Body(text)]
    first = Body(text, log_likelihood(generator, prepared.first, text))
    if direct:
        said = with_greeting_of(direct, text)
        likelihood = log_likelihood(generator, prepared.first, said)
        others.append(Body(said, likelihood, is_direct=True))
    likeliest = replace(sampling, temperature=0.0)
    # Last, since their prompts replace the other in the generator's cache.
    for messages in others_of:
        written = _write(generator, messages, [likeliest], stopped)
        others += [replace(body, is_anew=messages is prepared.anew) for body in written]
    return [first, *others]


def rank(
    bodies: Sequence[Body],
    brief: Brief,
    channel: Channel | None,
    earlier: str = "",
    length: int = 0,
    understood: Understood = NOTHING,
) -> list[Candidate]:
    """Return the drafts with their checks, the best first.

    The first one stays first unless another is clearly better. earlier: in a follow-up, the draft
    that the instruction changes. length: -1 if a shorter one than that is wanted, 1 for a longer.
    understood: what the instruction says, with which a good draft agrees.
    """
    from engine.checking.check import check_draft

    channels = _channels(bodies, channel)
    is_measured = all(body.log_likelihood is not None for body in bodies)
    candidates = []
    for body, heard in zip(bodies, channels, strict=True):
        checks = check_draft(body.text, brief)
        likelihood = body.log_likelihood if is_measured else None
        points = score(body.text, checks, likelihood, heard, earlier, length)
        agrees, apart = agreement(understood.said, body.text, brief)
        points += AGREEMENT * agrees - OTHERWISE * (apart > FAITHFUL)
        points -= ANEW * body.is_anew
        points -= body.is_direct * (NOTES if understood.is_notes else DIRECT)
        points += DIRECT_ELSEWHERE * (body.is_direct and brief.words.language != "en")
        candidates.append(Candidate(body.text, checks, points))
    return sorted(
        candidates,
        key=lambda one: one.score + (MARGIN if one is candidates[0] else 0),
        reverse=True,
    )


def differing(ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates without those that say the same as a better one in much the same words.

    Empty ones are left out, too.
    """
    kept: list[tuple[Candidate, frozenset[str]]] = []
    for candidate in ranked:
        found = shingles(candidate.text)
        if candidate.text and not any(are_near_copies(found, other) for _, other in kept):
            kept.append((candidate, found))
    return [candidate for candidate, _ in kept]


def _write(
    generator: Generator,
    messages: Sequence[Message],
    samplings: Sequence[Sampling],
    stopped: Callable[[], bool],
) -> list[Body]:
    """Write drafts at once, one for each of `samplings`. Returns the complete ones."""
    bodies = [StreamedBody(lambda text: None) for _ in samplings]

    def grow(number: int, piece: str) -> bool:
        bodies[number].add(piece)
        return not bodies[number].repeats

    written = generator.stream_several(messages, samplings, grow, stopped)
    return [
        Body(body.text, ended.log_likelihood)
        for body, ended in zip(bodies, written, strict=True)
        if ended.is_complete
    ]


def log_likelihood(generator: Generator, messages: Sequence[Message], text: str) -> float | None:
    """Return a draft's mean log-likelihood, None if prompt and draft do not fit the context."""
    try:
        return generator.log_likelihood(messages, text)
    except PanzaError:
        return None


def _channels(bodies: Sequence[Body], channel: Channel | None) -> list[float | None]:
    """Return the likelihood of the instruction given each text; None for all if one is too long.

    Drafts for one prompt are often the same, and each text is listened to once.
    """
    if channel is None:
        return [None] * len(bodies)
    try:
        texts = dict.fromkeys(body.text for body in bodies)
        heard = {text: channel.log_likelihood(text) for text in texts}
        return [heard[body.text] for body in bodies]
    except PanzaError:
        return [None] * len(bodies)
