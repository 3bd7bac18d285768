"""The types of a draft, its request and its prompt; quick to import."""

from __future__ import annotations

from dataclasses import dataclass

from engine.mail.types import Received
from engine.prompt import Message, Turn
from engine.retrieval.hits import Hit


@dataclass(frozen=True)
class DraftRequest:
    """A request for a draft.

    thread: the mails being answered, oldest first. recipient: a name or address. subject: of the
    draft; '' derives it from the answered mail. turns: earlier rounds of this conversation; the
    instruction then changes their last mail. exclude: ids of mails that must not be sources, such
    as those the user excluded or a model is evaluated on. no_copies_of: texts whose near copies
    must not be sources, such as the mail that the draft is compared with. conversation: the id of
    the conversation in which it is saved.
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
    """A prompt that fits the context, with the sources and the user's facts that are in it."""

    messages: tuple[Message, ...]
    sources: tuple[Hit, ...]
    tokens: int
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tokens:
    """The lengths of a prompt and its draft."""

    prompt: int
    draft: int


@dataclass(frozen=True)
class Seconds:
    """start: until the model was loaded; retrieve: finding and fitting the sources.

    first_token and total are counted, like start, from the moment the user asked.
    """

    start: float
    retrieve: float
    first_token: float
    total: float


@dataclass(frozen=True)
class Draft:
    """A finished draft. id: its row in table drafts, None if it could not be saved.

    recipient: an address if one is known, else as it was asked for. subject: the answered mail's
    with one "Re: "; '' if there is nothing to derive it from, as a small model would invent one.
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
