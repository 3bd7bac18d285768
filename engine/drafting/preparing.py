"""Prepare a draft: find sources, and fit the prompt into the context."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import apsw

from engine.direct_speech.understood import NOTHING, Understood
from engine.drafting.body import without_doubled_sentences
from engine.drafting.own_name import with_own_name
from engine.drafting.types import DraftRequest, Prepared
from engine.drafting.unknown_reader import without_invented_reader
from engine.home.home import Home
from engine.mail.message.addresses import parse_addresses
from engine.mail.own_words.pasted_code import without_code
from engine.mail.stored.people import own_name
from engine.mail.stored.store import name_of, newest_own_words
from engine.mail.types import Received
from engine.prompt.prompt import Message, build_prompt, write_this
from engine.retrieval.facts import relevant_facts
from engine.retrieval.search import Hit, search
from engine.retrieval.shown_sources import shown_sources
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.checking.brief import Brief
    from engine.drafting.greeting_and_closing import Habits
    from engine.mail_base.line_model import LineModel

_HABITS_FROM = 200
"""Own mails, the newest, from which is seen how the user greets and closes."""

_QUERY_THREAD_WORDS = 40
"""Words of the answered mail in a query; the embedder reads 256 tokens, about 200 words, in all."""


def prepare(
    request: DraftRequest,
    connection: apsw.Connection,
    home: Home,
    settings: Settings,
    count_tokens: Callable[[Sequence[Message]], int],
    lines: LineModel | None = None,
) -> Prepared:
    """Find the sources and fit the prompt into the context, with room for the draft.

    What does not fit is dropped in this order: sources from the last one, then the thread by
    halves. The instruction is never cut; if it alone is too long, the generator raises PanzaError.
    lines: reads what the instruction says; None for rules alone.
    """
    drafting = settings.drafting
    room = drafting.context_tokens - min(drafting.max_tokens, drafting.context_tokens // 2)
    recipient = addressee(request, connection)
    user_name = own_name(connection, settings.user)
    sources = _sources(request, recipient, connection, home, settings)
    # A draft that is taken as it is written does not wait for them.
    habits = None if request.fast else _habits(connection, request, user_name)
    facts = relevant_facts(connection, request.instruction) if request.retrieval else []
    told = understood_of(request, recipient, user_name, lines)
    # The user's facts are asked for, and not said.
    is_written_out = bool(told.said) and not facts and not request.turns
    prompt = settings.prompt

    def build(thread: Sequence[Received], instruction: str = "", reader: str = "") -> list[Message]:
        return build_prompt(
            instruction or request.instruction,
            prompt=prompt,
            user_name=user_name,
            recipient=recipient or reader,
            thread=thread,
            sources=[without_code(hit.body) for hit in sources],
            turns=() if instruction else request.turns,
            facts=facts,
        )

    while True:
        messages = build(request.thread)
        tokens = count_tokens(messages)
        thread_words = prompt.thread_words if request.thread else 0
        if tokens <= room or not (sources or thread_words):
            writing_out = build((), write_this(told.said), told.reader) if is_written_out else []
            first = count_tokens(writing_out) if writing_out else tokens
            return Prepared(
                tuple(messages),
                tuple(sources),
                first if first <= room else tokens,
                tuple(facts),
                recipient,
                user_name,
                without_thread=tuple(build(())) if request.thread else (),
                anew=tuple(build(request.thread, request.changed)) if request.changed else (),
                understood=told,
                writing_out=tuple(writing_out) if first <= room else (),
                habits=habits,
            )
        if sources:
            sources = sources[:-1]
        else:
            prompt = dataclasses.replace(prompt, thread_words=thread_words // 2)


def brief_of(request: DraftRequest, prepared: Prepared) -> Brief:
    """Return what a draft is checked against: all that it was made from."""
    earlier = [text for turn in request.turns for text in (turn.instruction, turn.text)]
    own = [*(hit.body for hit in prepared.sources), *prepared.facts, *earlier]
    return _brief(request, prepared.recipient, prepared.user_name, own)


def understood_of(
    request: DraftRequest, recipient: str, user_name: str, lines: LineModel | None = None
) -> Understood:
    """Return what a request says, as far as it is understood.

    Nothing where the last mail is changed, unless it shall only be shorter: another tone or what
    the user wrote by hand is not in the instruction.
    """
    if request.turns and request.length >= 0:
        return NOTHING
    brief = _brief(request, recipient, user_name)
    if lines is None or request.fast:
        from engine.direct_speech.understood import understood

        return understood(brief)
    from engine.direct_speech.by_model import understood_by

    return understood_by(lines, brief, "" if "@" in recipient else recipient)


def _brief(request: DraftRequest, recipient: str, user_name: str, own: Sequence[str] = ()) -> Brief:
    from engine.checking.brief import Brief

    return Brief(
        request.said,
        recipient=f"{recipient} {request.recipient}".strip(),
        user_name=user_name,
        thread=tuple(f"{mail.sender}\n{mail.subject}\n{mail.body}" for mail in request.thread),
        own=tuple(own),
    )


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
        shown_sources(settings),
        exclude=request.exclude,
        no_copies_of=request.no_copies_of,
        recipient=recipient,
        min_similarity=settings.retrieval.min_similarity,
    )


def as_user_writes(text: str, request: DraftRequest, prepared: Prepared) -> str:
    """Return a draft with greeting, closing and blank lines as in the user's past mails.

    A sentence that stands twice in a row stands once, and nobody is greeted by a name that nothing
    tells. One for which another tone was asked keeps
    its own greeting and closing.
    """
    text = with_own_name(without_doubled_sentences(text), prepared.user_name)
    asked = " ".join([request.instruction, *(turn.instruction for turn in request.turns)])
    if not prepared.recipient and not request.thread:
        text = without_invented_reader(text, " ".join([asked, *prepared.facts]))
    if prepared.habits is None or request.changed:
        return text
    return prepared.habits.applied_to(text, _name_words(prepared.recipient), asked)


def _habits(connection: apsw.Connection, request: DraftRequest, user_name: str) -> Habits:
    from engine.drafting.greeting_and_closing import Habits, PastMail

    past = newest_own_words(connection, _HABITS_FROM, request.exclude)
    return Habits(
        [
            PastMail(body, _name_words(*(name for name, _ in people)), language)
            for body, people, language in past
        ],
        user_name,
    )


def _name_words(*names: str) -> frozenset[str]:
    return frozenset(word.strip(",.").casefold() for name in names for word in name.split())


def addressee(request: DraftRequest, connection: apsw.Connection) -> str:
    """Return the first recipient, by name if it is known, as in training."""
    written = parse_addresses(request.recipient.encode("utf-8", "replace"))
    name, address = written[0] if written else ("", "")
    known = name or (name_of(connection, address) if address else "")
    return known or (request.thread[-1].sender if request.thread else "") or request.recipient


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
