"""Instruction (+ mail to answer) -> sources -> prompt -> text, streamed -> kept draft."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from email.utils import parseaddr

import apsw

from engine import drafts
from engine.body import GrowingBody
from engine.database import read_fact
from engine.generators import Generator, Sampling
from engine.generators.loading import LoadedGenerator
from engine.home import Home
from engine.mail.store import name_of
from engine.mail.types import Received
from engine.prompt import Message, build_prompt
from engine.retrieval.search import Hit, search
from engine.settings import Drafting, Settings

_QUERY_THREAD_WORDS = 40  # Of the answered mail; the embedder reads about 200 words in all.


@dataclass(frozen=True)
class DraftRequest:
    """What a draft is asked for. thread: the mails being answered, oldest first."""

    instruction: str
    thread: tuple[Received, ...] = ()
    recipient: str = ""
    retrieval: bool = True
    conversation: int | None = None


@dataclass(frozen=True)
class Prepared:
    """A prompt that fits the context, and the past mails that are in it."""

    messages: tuple[Message, ...]
    sources: tuple[Hit, ...]
    tokens: int


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
    """A finished draft. id: its row in table drafts, None when it could not be kept."""

    text: str
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
    *,
    exclude: Collection[int] = (),
) -> Prepared:
    """Find the sources and fit the prompt into the context, with room for the draft.

    exclude: ids of mails that may not be sources, as those a model is judged on.
    What does not fit goes in this order: the sources from the last, the thread by halves. The
    instruction stays whole; when it alone is too long, the generator says so.
    """
    drafting = settings.drafting
    room = drafting.context_tokens - min(drafting.max_tokens, drafting.context_tokens // 2)
    recipient = _addressee(request, connection)
    sources = _sources(request, recipient, connection, home, settings, exclude)
    prompt = settings.prompt
    while True:
        messages = build_prompt(
            request.instruction,
            prompt=prompt,
            user_name=settings.user.name or read_fact(connection, "user.name") or "",
            recipient=recipient,
            thread=request.thread,
            sources=[hit.body for hit in sources],
        )
        tokens = count_tokens(messages)
        thread_words = prompt.thread_words if request.thread else 0
        if tokens <= room or not (sources or thread_words):
            return Prepared(tuple(messages), tuple(sources), tokens)
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
    body = GrowingBody(on_text)
    with closing(generator.stream(messages, sampling)) as pieces:  # type: ignore[type-var]
        for piece in pieces:
            body.add(piece)
            if body.loops or stopped():
                break
    return body.text


def _sources(
    request: DraftRequest,
    recipient: str,
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
    exclude: Collection[int],
) -> list[Hit]:
    if not request.retrieval:
        return []
    return search(
        connection,
        home,
        _query(request),
        settings.retrieval.sources,
        exclude=exclude,
        recipient=recipient,
        min_similarity=settings.retrieval.min_similarity,
    )


def _addressee(request: DraftRequest, connection: apsw.Connection) -> str:
    """Whom the mail is for, by name where one is known: training names people so."""
    name, address = parseaddr(request.recipient)
    known = name or (name_of(connection, address) if "@" in address else "")
    return known or (request.thread[-1].sender if request.thread else "") or request.recipient


def _query(request: DraftRequest) -> str:
    """The instruction, and what the answered mail is about: "say yes" alone resembles nothing."""
    if not request.thread:
        return request.instruction
    newest = request.thread[-1]
    words = " ".join(newest.body.split()[:_QUERY_THREAD_WORDS])
    return f"{request.instruction}\n{newest.subject}\n{words}"


def _count_text(count_tokens: Callable[[Sequence[Message]], int], text: str) -> int:
    """The tokens of a text, as what it adds to a prompt."""
    return count_tokens([Message("user", text)]) - count_tokens([Message("user", "")])
