"""Instruction (+ mail to answer) -> sources -> prompt -> text, streamed -> kept draft."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from email.utils import parseaddr

import apsw

from engine import drafts
from engine.body import StreamedBody
from engine.database import read_fact
from engine.generators import Generator, Sampling
from engine.generators.loading import LoadedGenerator
from engine.home import Home
from engine.mail.replies.compose import reply_subject
from engine.mail.stored.people import address_of
from engine.mail.stored.store import name_of
from engine.mail.types import Received
from engine.prompt import Message, Turn, build_prompt
from engine.retrieval.facts import relevant_facts
from engine.retrieval.search import Hit, search
from engine.settings import Drafting, Settings

_VARIANT_TEMPERATURE = 0.7
"""Of further drafts for the same request, at least. Chosen by hand: high enough for them to differ;
PanzaMail samples its instructions at 0.7, too."""

_QUERY_THREAD_WORDS = 40
"""Of the answered mail in a query; the embedder reads 256 tokens, about 200 words, in all."""


@dataclass(frozen=True)
class DraftRequest:
    """What a draft is asked for.

    thread: the mails being answered, oldest first. recipient: a name or address. subject: as the
    draft shall have it; '' leaves it to the answered mail. turns: earlier rounds of this
    conversation; the instruction then changes their last mail. exclude: ids of mails that may not
    be sources, as those a reader threw out or a model is judged on. no_copies_of: texts that no
    source may be a copy or version of, as the mail that the draft is compared with.
    """

    instruction: str
    thread: tuple[Received, ...] = ()
    recipient: str = ""
    subject: str = ""
    turns: tuple[Turn, ...] = ()
    retrieval: bool = True
    exclude: frozenset[int] = frozenset()
    no_copies_of: tuple[str, ...] = ()
    conversation: int | None = None


@dataclass(frozen=True)
class Prepared:
    """A prompt that fits the context, and the past mails and facts of the user that are in it."""

    messages: tuple[Message, ...]
    sources: tuple[Hit, ...]
    tokens: int
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tokens:
    """How long a prompt and its draft were."""

    prompt: int
    draft: int


@dataclass(frozen=True)
class Seconds:
    """start: until the model was loaded; retrieve: finding and fitting the sources.

    first_token and total are counted, as start is, from the moment the draft was asked for.
    """

    start: float
    retrieve: float
    first_token: float
    total: float


@dataclass(frozen=True)
class Draft:
    """A finished draft. id: its row in table drafts, None when it could not be kept.

    recipient: an address where one is known, else as it was asked for. subject: the answered
    mail's with one "Re: "; '' where nothing tells it, as a small model would make one up.
    """

    text: str
    recipient: str
    subject: str
    request: DraftRequest
    prepared: Prepared
    model: str
    base: str
    backend: str
    seed: int
    tokens: Tokens
    seconds: Seconds
    id: int | None


def prepare(
    request: DraftRequest,
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
    count_tokens: Callable[[Sequence[Message]], int],
) -> Prepared:
    """Find the sources and fit the prompt into the context, with room for the draft.

    What does not fit goes in this order: the sources from the last, the thread by halves. The
    instruction stays whole; when it alone is too long, the generator says so.
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
            sources=[hit.body for hit in sources],
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
    """Write one draft and keep it.

    asked: when it was asked for, by time.monotonic(); None: now. on_text gets the text piece by
    piece as it is made; the draft's own text is final, as a loop is cut off it. stopped is asked
    after each piece; a stopped draft is returned and kept as far as it came.
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


def another(settings: Settings, attempt: int) -> Settings:
    """The settings for draft number `attempt` of one request; the first, 0, is the likeliest.

    Later ones are drawn, each with a seed of its own: the likeliest words would be the same again.
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
    """The body that a model writes for a prompt, as a draft would have it; keeps nothing."""
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
    """Whom the mail is for, by name where one is known: training names people so."""
    name, address = parseaddr(request.recipient)
    known = name or (name_of(connection, address) if "@" in address else "")
    return known or (request.thread[-1].sender if request.thread else "") or request.recipient


def _known_address(request: DraftRequest, connection: apsw.Connection) -> str:
    if not request.recipient or "@" in request.recipient:
        return request.recipient
    return address_of(connection, request.recipient) or request.recipient


def _subject(request: DraftRequest) -> str:
    return reply_subject(request.thread[-1].subject) if request.thread else ""


def _query(request: DraftRequest) -> str:
    """All that was asked, and what the answered mail is about: "yes" alone resembles nothing."""
    asked = "\n".join([*(turn.instruction for turn in request.turns), request.instruction])
    if not request.thread:
        return asked
    newest = request.thread[-1]
    words = " ".join(newest.body.split()[:_QUERY_THREAD_WORDS])
    return f"{asked}\n{newest.subject}\n{words}"


def _count_text(count_tokens: Callable[[Sequence[Message]], int], text: str) -> int:
    """The tokens of a text, as what it adds to a prompt."""
    return count_tokens([Message("user", text)]) - count_tokens([Message("user", "")])
