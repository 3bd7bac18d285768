"""Write a draft: stream the first, choose the best of several, keep the result."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from contextlib import closing

import apsw

from engine.base_models.resolve import BUNDLED_BASES
from engine.drafting import drafts
from engine.drafting.body import StreamedBody
from engine.drafting.candidates import (
    VARIANT_TEMPERATURE,
    Body,
    Channel,
    differing,
    rank,
    sampling_of,
    write_candidates,
)
from engine.drafting.preparing import as_user_writes, brief_of, prepare
from engine.drafting.types import Candidate, Draft, DraftRequest, Prepared, Seconds, Tokens
from engine.follow_ups.requests import as_asked
from engine.follow_ups.rewriter import rewriter
from engine.generators import Generator
from engine.generators.loading import LoadedGenerator
from engine.home.home import Home
from engine.mail.replies.compose import reply_subject
from engine.mail.stored.people import address_of
from engine.prompt.prompt import Message
from engine.retrieval.shown_sources import shown_sources
from engine.settings import Drafting, Settings

_AT_END = 2
"""Tokens of white space that a model may write last, which are removed."""


def draft(
    request: DraftRequest,
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
    loaded: LoadedGenerator,
    *,
    asked: float | None = None,
    on_text: Callable[[str], None] = lambda text: None,
    on_written: Callable[[], None] = lambda: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Draft:
    """Write drafts for one request, and save the best one in the database.

    The first is drafted by the settings, and replaced if one of the others is clearly better.

    Args:
        asked: when the user asked for it, by time.monotonic(); None for now.
        on_text: gets the text of the first draft in pieces as they are generated.
        on_written: called when the first draft is written, before others are compared with it.
        stopped: polled after each piece. A stopped draft is returned and saved with its text.

    Raises PanzaError when the instruction does not fit the context.
    """
    loading_done = time.monotonic()
    asked = loading_done if asked is None else asked
    generator = loaded.generator
    sources = shown_sources(settings, loaded.sources)
    settings = dataclasses.replace(
        settings, retrieval=dataclasses.replace(settings.retrieval, sources=sources)
    )
    asked_for = as_asked(request, rewriter(loaded.lines))
    understood = asked_for.changed or asked_for.instruction
    # A larger base reads better than the small model for lines.
    lines = loaded.lines if loaded.base in BUNDLED_BASES else None
    prepared = prepare(asked_for, connection, home, settings, generator.count_tokens, lines)
    retrieved = time.monotonic()
    first: list[float] = []

    def show(piece: str) -> None:
        first.append(time.monotonic())
        on_text(piece)

    text = write_body(generator, prepared.first, settings.drafting, on_text=show, stopped=stopped)
    ranked: list[Candidate] = []
    if not request.fast and not stopped():
        on_written()
        ranked = best_first(text, asked_for, prepared, settings, loaded, stopped)
    best = ranked[0] if ranked else None
    final = best.text if best else text
    ended = time.monotonic()
    made = Draft(
        text=final,
        recipient=_known_address(request, connection),
        subject=request.subject or _subject(request),
        request=request,
        prepared=prepared,
        model=loaded.model_name,
        base=loaded.base,
        backend=generator.backend,
        seed=settings.drafting.seed,
        tokens=Tokens(prepared.tokens, _count_text(generator.count_tokens, final)),
        seconds=Seconds(
            start=loading_done - asked,
            retrieve=retrieved - loading_done,
            first_token=(first[0] if first else ended) - asked,
            total=ended - asked,
        ),
        id=None,
        checks=best.checks if best else None,
        others=tuple(differing(ranked)[1:]),
        is_replacement=final not in (text, as_user_writes(text, asked_for, prepared)),
        asked=understood if understood != request.instruction else "",
    )
    return _kept(made, connection)


def next_best(made: Draft, connection: apsw.Connection) -> Draft | None:
    """Save the best of a draft's others, and return it with the rest; None without any."""
    if not made.others:
        return None
    best, *rest = made.others
    other = dataclasses.replace(
        made, text=best.text, checks=best.checks, others=tuple(rest), is_replacement=False
    )
    return _kept(other, connection)


def variant_settings(settings: Settings, attempt: int) -> Settings:
    """Return the settings for attempt number `attempt` at one request, counted from 0.

    Attempts after the first are sampled, each with its own seeds, as greedy decoding would give the
    same draft again.
    """
    drafting = settings.drafting
    if attempt:
        drafting = dataclasses.replace(
            drafting,
            seed=drafting.seed + attempt * drafting.candidates,
            temperature=max(drafting.temperature, VARIANT_TEMPERATURE),
        )
    return dataclasses.replace(settings, drafting=drafting)


def write_body(
    generator: Generator,
    messages: Sequence[Message],
    drafting: Drafting,
    *,
    on_text: Callable[[str], None] = lambda text: None,
    stopped: Callable[[], bool] = lambda: False,
) -> str:
    """Return the body that a model writes for a prompt, without saving anything."""
    body = StreamedBody(on_text)
    pieces = generator.stream(messages, sampling_of(drafting), stopped)
    with closing(pieces):  # type: ignore[type-var]
        for piece in pieces:
            body.add(piece)
            if body.repeats or stopped():
                break
    return body.text


def best_first(
    text: str,
    request: DraftRequest,
    prepared: Prepared,
    settings: Settings,
    loaded: LoadedGenerator,
    stopped: Callable[[], bool],
) -> list[Candidate]:
    """Write further drafts, as many as the settings say, and return all, the best first.

    text: the first draft, which the settings gave. Where several are written, all greet and close
    as the user does; one that is taken as it is may have been shown while it was written.
    """
    brief, drafting = brief_of(request, prepared), settings.drafting
    generator = loaded.generator
    earlier = request.turns[-1].text if request.turns else request.unlike
    written = write_candidates(text, generator, prepared, drafting, stopped)
    if len(written) == 1 or stopped():
        return rank([Body(text)], brief, None)
    most = drafting.max_tokens - _AT_END
    # What is cut off has no end, and gets none.
    bodies = [
        dataclasses.replace(body, text=as_user_writes(body.text, request, prepared))
        if _count_text(generator.count_tokens, body.text) < most
        else body
        for body in written
    ]
    channel = None
    # The likelihood of a follow-up given both drafts chose worse than the checks alone.
    if loaded.knows_playback and (request.changed or not request.turns):
        channel = Channel(
            generator,
            request.said,
            settings.prompt,
            prepared.user_name,
            prepared.recipient,
            request.thread,
        )
    return rank(bodies, brief, channel, earlier, request.length, prepared.understood)


def _kept(made: Draft, connection: apsw.Connection) -> Draft:
    """Save a draft; return it with its id."""
    key = drafts.keep_draft(
        connection,
        conversation=made.request.conversation,
        instruction=made.request.instruction,
        recipient=made.request.recipient,
        thread=made.request.thread,
        sources=[hit.id for hit in made.prepared.sources],
        draft=made.text,
        model=made.model,
        backend=made.backend,
        seed=made.seed,
    )
    return dataclasses.replace(made, id=key)


def _known_address(request: DraftRequest, connection: apsw.Connection) -> str:
    if not request.recipient or "@" in request.recipient:
        return request.recipient
    return address_of(connection, request.recipient) or request.recipient


def _subject(request: DraftRequest) -> str:
    return reply_subject(request.thread[-1].subject) if request.thread else ""


def _count_text(count_tokens: Callable[[Sequence[Message]], int], text: str) -> int:
    """Count the tokens that a text adds to a prompt."""
    return count_tokens([Message("user", text)]) - count_tokens([Message("user", "")])
