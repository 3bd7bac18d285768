"""Write a draft: find sources, fit the prompt, stream the text, keep the result."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from contextlib import closing

import apsw

from engine import drafts
from engine.body import StreamedBody
from engine.database import read_fact
from engine.draft_types import Draft, DraftRequest, Prepared, Seconds, Tokens
from engine.generators import Generator, Sampling
from engine.generators.loading import LoadedGenerator
from engine.home import Home
from engine.mail.message.addresses import parse_addresses
from engine.mail.own_words.pasted_code import without_code
from engine.mail.replies.compose import reply_subject
from engine.mail.stored.people import address_of
from engine.mail.stored.store import name_of
from engine.prompt import Message, build_prompt
from engine.retrieval.facts import relevant_facts
from engine.retrieval.search import Hit, search
from engine.settings import Drafting, Settings

_VARIANT_TEMPERATURE = 0.7
"""The minimum temperature of further drafts for one request.

Chosen by hand, high enough for them to differ; PanzaMail samples its instructions at 0.7, too.
"""

_QUERY_THREAD_WORDS = 40
"""Words of the answered mail in a query; the embedder reads 256 tokens, about 200 words, in all."""


def prepare(
    request: DraftRequest,
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
    count_tokens: Callable[[Sequence[Message]], int],
) -> Prepared:
    """Find the sources and fit the prompt into the context, with room for the draft.

    What does not fit is dropped in this order: sources from the last one, then the thread by
    halves. The instruction is never cut; if it alone is too long, the generator raises PanzaError.
    """
    drafting = settings.drafting
    room = drafting.context_tokens - min(drafting.max_tokens, drafting.context_tokens // 2)
    recipient = _addressee(request, connection)
    sources = _sources(request, recipient, connection, home, settings)
    facts = relevant_facts(connection, request.instruction) if request.retrieval else []
    prompt = settings.prompt
    while True:
        messages = build_prompt(
            request.instruction,
            prompt=prompt,
            user_name=settings.user.name or read_fact(connection, "user.name") or "",
            recipient=recipient,
            thread=request.thread,
            sources=[without_code(hit.body) for hit in sources],
            turns=request.turns,
            facts=facts,
        )
        tokens = count_tokens(messages)
        thread_words = prompt.thread_words if request.thread else 0
        if tokens <= room or not (sources or thread_words):
            return Prepared(tuple(messages), tuple(sources), tokens, tuple(facts))
        if sources:
            sources = sources[:-1]
        else:
            prompt = dataclasses.replace(prompt, thread_words=thread_words // 2)


def draft(
    request: DraftRequest,
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
    loaded: LoadedGenerator,
    *,
    asked: float | None = None,
    on_text: Callable[[str], None] = lambda text: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Draft:
    """Write one draft and save it in the database.

    Args:
        asked: when the user asked for it, by time.monotonic(); None for now.
        on_text: gets the text in pieces as they are generated. The text of the returned draft is
            the final one: repetitions at its end are cut off.
        stopped: polled after each piece. A stopped draft is returned and saved with its text.

    Raises PanzaError when the instruction does not fit the context.
    """
    loading_done = time.monotonic()
    asked = loading_done if asked is None else asked
    generator = loaded.generator
    prepared = prepare(request, connection, home, settings, generator.count_tokens)
    retrieved = time.monotonic()
    first: list[float] = []

    def show(piece: str) -> None:
        first.append(time.monotonic())
        on_text(piece)

    text = write_body(
        generator, prepared.messages, settings.drafting, on_text=show, stopped=stopped
    )
    ended = time.monotonic()
    key = drafts.keep_draft(
        connection,
        conversation=request.conversation,
        instruction=request.instruction,
        recipient=request.recipient,
        thread=request.thread,
        sources=[hit.id for hit in prepared.sources],
        draft=text,
        model=loaded.model_name,
        backend=generator.backend,
        seed=settings.drafting.seed,
    )
    return Draft(
        text=text,
        recipient=_known_address(request, connection),
        subject=request.subject or _subject(request),
        request=request,
        prepared=prepared,
        model=loaded.model_name,
        base=loaded.base,
        backend=generator.backend,
        seed=settings.drafting.seed,
        tokens=Tokens(prepared.tokens, _count_text(generator.count_tokens, text)),
        seconds=Seconds(
            start=loading_done - asked,
            retrieve=retrieved - loading_done,
            first_token=(first[0] if first else ended) - asked,
            total=ended - asked,
        ),
        id=key,
    )


def variant_settings(settings: Settings, attempt: int) -> Settings:
    """Return the settings for attempt number `attempt` at one request, counted from 0.

    Attempts after the first are sampled, each with its own seed, as greedy decoding would give the
    same draft again.
    """
    drafting = settings.drafting
    if attempt:
        drafting = dataclasses.replace(
            drafting,
            seed=drafting.seed + attempt,
            temperature=max(drafting.temperature, _VARIANT_TEMPERATURE),
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
    sampling = Sampling(
        max_tokens=drafting.max_tokens,
        temperature=drafting.temperature,
        top_p=drafting.top_p,
        repeat_penalty=drafting.repeat_penalty,
        seed=drafting.seed,
    )
    body = StreamedBody(on_text)
    with closing(generator.stream(messages, sampling, stopped)) as pieces:  # type: ignore[type-var]
        for piece in pieces:
            body.add(piece)
            if body.repeats or stopped():
                break
    return body.text


def _sources(
    request: DraftRequest,
    recipient: str,
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
) -> list[Hit]:
    if not request.retrieval:
        return []
    return search(
        connection,
        home,
        _query(request),
        settings.retrieval.sources,
        exclude=request.exclude,
        no_copies_of=request.no_copies_of,
        recipient=recipient,
        min_similarity=settings.retrieval.min_similarity,
    )


def _addressee(request: DraftRequest, connection: apsw.Connection) -> str:
    """Return the first recipient, by name if it is known, as in training."""
    written = parse_addresses(request.recipient.encode("utf-8", "replace"))
    name, address = written[0] if written else ("", "")
    known = name or (name_of(connection, address) if address else "")
    return known or (request.thread[-1].sender if request.thread else "") or request.recipient


def _known_address(request: DraftRequest, connection: apsw.Connection) -> str:
    if not request.recipient or "@" in request.recipient:
        return request.recipient
    return address_of(connection, request.recipient) or request.recipient


def _subject(request: DraftRequest) -> str:
    return reply_subject(request.thread[-1].subject) if request.thread else ""


def _query(request: DraftRequest) -> str:
    """Return what to search for: all instructions, and the beginning of the answered mail.

    An instruction such as "yes" alone would find nothing.
    """
    asked = "\n".join([*(turn.instruction for turn in request.turns), request.instruction])
    if not request.thread:
        return asked
    newest = request.thread[-1]
    words = " ".join(newest.body.split()[:_QUERY_THREAD_WORDS])
    return f"{asked}\n{newest.subject}\n{words}"


def _count_text(count_tokens: Callable[[Sequence[Message]], int], text: str) -> int:
    """Count the tokens that a text adds to a prompt."""
    return count_tokens([Message("user", text)]) - count_tokens([Message("user", "")])
