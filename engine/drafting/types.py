"""The types of drafts, their requests and their conversations; quick to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.direct_speech.understood import NOTHING, Understood
from engine.mail.types import Received
from engine.prompt.prompt import Message, Turn
from engine.retrieval.hits import Hit

if TYPE_CHECKING:
    from engine.checking.check import Checks
    from engine.drafting.greeting_and_closing import Habits


@dataclass(frozen=True)
class DraftRequest:
    """A request for a draft.

    thread: the mails being answered, oldest first. recipient: a name or address. subject: of the
    draft; '' derives it from the answered mail. turns: earlier rounds of this conversation; the
    instruction then changes their last mail. changed: where the instruction only asks for another
    tone, the last turn's instruction with that tone, else ''. length: -1 for a shorter mail than
    the last turn's, 1 for a longer one. unlike: a draft that must not come back, as it was to be
    changed. exclude: ids of mails that must not be sources, such as those the user excluded or a
    model is evaluated on. no_copies_of: texts whose near copies must not be sources, such as the
    mail that the draft is compared with. conversation: the id of the conversation in which it is
    saved. fast: take the first draft, unchecked.
    """

    instruction: str
    thread: tuple[Received, ...] = ()
    recipient: str = ""
    subject: str = ""
    turns: tuple[Turn, ...] = ()
    changed: str = ""
    length: int = 0
    unlike: str = ""
    retrieval: bool = True
    exclude: frozenset[int] = frozenset()
    no_copies_of: tuple[str, ...] = ()
    conversation: int | None = None
    fast: bool = False

    @property
    def said(self) -> str:
        """What the draft has to say, as it is checked."""
        return self.turns[-1].instruction if self.changed else self.instruction


@dataclass(frozen=True)
class Prepared:
    """A prompt that fits the context, with the sources and the user's facts that are in it.

    tokens: of the first draft's prompt.
    recipient: by name if it is known. user_name: '' if it is unknown. without_thread: the same
    prompt without the mails to answer, () if there are none. anew: where only another tone is asked
    for, the prompt that asks for the whole mail again, else (). understood: what the instruction
    says. writing_out: the prompt for a mail that says just that, without the mails to answer; () if
    nothing is understood, a draft is changed, or facts of the user's are asked for. habits: how the
    user greets and closes, None if that is unknown.
    """

    messages: tuple[Message, ...]
    sources: tuple[Hit, ...]
    tokens: int
    facts: tuple[str, ...] = ()
    recipient: str = ""
    user_name: str = ""
    without_thread: tuple[Message, ...] = ()
    anew: tuple[Message, ...] = ()
    understood: Understood = NOTHING
    writing_out: tuple[Message, ...] = ()
    habits: Habits | None = None

    @property
    def first(self) -> tuple[Message, ...]:
        """The prompt of the first draft."""
        return self.writing_out or self.messages


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
    asked: a follow-up put into the instruction that it changes, '' where the request's own was
    drafted.
    checks: what was found in it, None if it is unchecked. others: further drafts for the same
    request that were not saved, the best first, different in substance. is_replacement: whether it
    was found better than the first draft.
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
    checks: Checks | None = None
    others: tuple[Candidate, ...] = ()
    is_replacement: bool = False
    asked: str = ""

    @property
    def is_doubtful(self) -> bool:
        """Whether the instruction may have been misread."""
        return self.prepared.understood.is_doubtful


@dataclass(frozen=True)
class Candidate:
    """One of the drafts among which the best is chosen. score: higher is better."""

    text: str
    checks: Checks
    score: float


@dataclass(frozen=True)
class Conversation:
    """One conversation.

    name: the one the user gave it, else its first instruction. created, last_used: seconds since
    the epoch. drafts: how many it contains.
    """

    id: int
    name: str
    created: int
    last_used: int
    drafts: int


@dataclass(frozen=True)
class KeptDraft:
    """A draft in a conversation.

    created: seconds since the epoch. sources: the past mails shown to the model, without deleted
    ones and without the reasons why they were found. final: the text that the user accepted, or
    None.
    """

    id: int
    created: int
    instruction: str
    recipient: str
    thread: tuple[Received, ...]
    sources: tuple[Hit, ...]
    draft: str
    final: str | None
    model: str
    seed: int

    @property
    def text(self) -> str:
        """Return the text that the user accepted, else the generated one."""
        return self.draft if self.final is None else self.final
