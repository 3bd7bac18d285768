"""The state of a conversation in the chat: the mail to answer, the instructions and their drafts.

It uses no widget and no thread: the screen shows it, and `Drafter` writes the pending drafts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from engine.drafting.types import Draft, DraftRequest, KeptDraft
from engine.mail.types import MailToAnswer
from engine.prompt.prompt import Turn
from engine.retrieval.hits import Hit
from panza_tui.chat.chat_draft import ChatDraft
from panza_tui.terminal.sanitise import safe_text

VARIANTS = 3
"""Drafts to choose from, which is what fits side by side on a wide screen."""


@dataclass(eq=False)
class Exchange:
    """An instruction and its drafts. The chosen one is part of what the next one follows.

    typed: the instruction as it was typed, with its "To:" line. recipient, subject: of the
    mail, '' until they are known.
    """

    typed: str
    request: DraftRequest
    drafts: list[ChatDraft] = field(default_factory=lambda: [ChatDraft()])
    chosen: ChatDraft = field(init=False)
    recipient: str = field(init=False)
    subject: str = ""

    def __post_init__(self) -> None:
        self.chosen = self.drafts[0]
        self.recipient = self.request.recipient

    def add(self, draft: ChatDraft) -> ChatDraft:
        """Add a draft and choose it."""
        self.drafts.append(draft)
        self.chosen = draft
        return draft

    def remove(self, draft: ChatDraft) -> None:
        """Remove a draft; another one must be left."""
        self.drafts.remove(draft)
        if self.chosen is draft:
            self.chosen = self.drafts[-1]


@dataclass(eq=False)
class ChatConversation:
    """The instructions and their drafts, oldest first, and the drafts still to be written.

    id: in table conversations, None until the first draft is saved. current: the exchange that keys
    act on, the newest or one that was clicked. excluded: past mails that may not be sources, by id.
    pending: drafts of the newest exchange that are being written or wait for it, in order.
    """

    id: int | None = None
    answered: MailToAnswer | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    current: Exchange | None = None
    excluded: dict[int, Hit] = field(default_factory=dict)
    pending: list[ChatDraft] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.exchanges and self.answered is None

    @property
    def chosen(self) -> ChatDraft | None:
        """The draft that keys act on."""
        return self.current.chosen if self.current else None

    @property
    def writing(self) -> ChatDraft | None:
        """The draft that is being written or waits for the model."""
        return self.pending[0] if self.pending else None

    # Asking

    def ask(self, typed: str) -> None:
        """Ask for a draft; a later one follows those before, and goes to the same recipient."""
        request = read_request(typed)
        recipient = request.recipient
        if not recipient and self.exchanges:
            recipient = self.exchanges[-1].request.recipient
        if self.answered:
            recipient = recipient or self.answered.recipient
            request = replace(request, thread=self.answered.thread)
        exchange = self._add(Exchange(typed, replace(request, recipient=recipient)))
        self.pending = [exchange.chosen]

    def again(self) -> None:
        """Ask for another draft of the newest instruction."""
        self.current = self.exchanges[-1]
        self.pending = [self.current.add(ChatDraft())]

    def variants(self) -> None:
        """Ask for as many drafts of the newest instruction as there are to choose from."""
        exchange = self.current = self.exchanges[-1]
        missing = max(1, VARIANTS - len(exchange.drafts))
        self.pending = [exchange.add(ChatDraft()) for _ in range(missing)]
        for draft in self.pending[1:]:
            draft.status = "queued"
        exchange.chosen = exchange.drafts[0]

    def next_request(self) -> tuple[DraftRequest, int]:
        """Return what to draft next, and the number of the attempt, counted from 0."""
        exchange = self.exchanges[-1]
        request = replace(
            exchange.request,
            turns=self._turns(),
            exclude=frozenset(self.excluded),
            conversation=self.id,
        )
        return request, exchange.drafts.index(self.pending[0])

    # Results

    def finish(self, draft: ChatDraft, request: DraftRequest, result: Draft) -> None:
        """Store the result of a request, also for a draft that was stopped or removed."""
        if request.conversation is None:
            self.id = result.request.conversation
        turns = self._turns()
        draft.finish(result, previous=turns[-1].text if turns else "")
        if draft in self.pending:
            self.pending.remove(draft)
            exchange = self.exchanges[-1]
            exchange.recipient = result.recipient or exchange.recipient
            exchange.subject = result.subject or exchange.subject

    def fail(self, draft: ChatDraft, error: str) -> None:
        """Store why a pending draft failed, and drop the variants queued after it."""
        if draft in self.pending:
            draft.fail(error)
            self._clear_pending()

    def stop(self, *, may_withdraw: bool) -> str:
        """Stop the pending drafts, and keep the text so far.

        If nothing was written and `may_withdraw`, withdraw and return the instruction, else ''.
        """
        draft, exchange = self.pending[0], self.exchanges[-1]
        self._clear_pending()
        draft.stop()
        if draft.text:
            return ""
        if len(exchange.drafts) > 1:
            exchange.remove(draft)
        elif may_withdraw:
            self.exchanges.pop()
            self.current = self.exchanges[-1] if self.exchanges else None
            return exchange.typed
        return ""

    # Choosing

    def choose(self, draft: ChatDraft) -> None:
        """Choose this draft, so that keys act on it."""
        for exchange in self.exchanges:
            if draft in exchange.drafts:
                exchange.chosen = draft
                self.current = exchange

    def choose_next(self, step: int) -> None:
        """Choose the variant after the chosen one, or the one before for -1."""
        if self.current:
            drafts = self.current.drafts
            place = drafts.index(self.current.chosen) + step
            self.current.chosen = drafts[place % len(drafts)]

    def toggle_source(self, mail: Hit) -> None:
        """Exclude a past mail from the sources, or allow it again."""
        if self.excluded.pop(mail.id, None) is None:
            self.excluded[mail.id] = mail

    def _add(self, exchange: Exchange) -> Exchange:
        self.exchanges.append(exchange)
        self.current = exchange
        return exchange

    def _clear_pending(self) -> None:
        """Clear the pending drafts, and remove the variants that were not started."""
        for queued in self.pending[1:]:
            self.exchanges[-1].remove(queued)
        self.pending = []

    def _turns(self) -> tuple[Turn, ...]:
        """Return the earlier turns, which the newest instruction follows."""
        return tuple(
            Turn(one.request.instruction, one.chosen.text, one.chosen.is_edited)
            for one in self.exchanges[:-1]
            if one.chosen.text
        )


def reopened(conversation_id: int, drafts: Iterable[KeptDraft]) -> ChatConversation:
    """Return a conversation from the history, to be continued. drafts: oldest first."""
    from engine.drafting.drafts import (
        is_edited,  # With the database, which a new chat does not need yet.
    )

    conversation = ChatConversation(conversation_id)
    for saved in drafts:
        if saved.thread and conversation.answered is None:
            subject = saved.thread[-1].subject
            conversation.answered = MailToAnswer(saved.thread, saved.recipient, subject)
        draft = ChatDraft(
            status="finished",
            text=safe_text(saved.text),
            model=saved.model,
            result=saved,
            is_edited=is_edited(saved.draft, saved.text),
            accepted="accepted" if saved.final is not None else "",
        )
        last = conversation.current
        if last and last.typed == saved.instruction:
            last.add(draft)
        else:
            request = DraftRequest(saved.instruction, saved.thread, saved.recipient)
            conversation._add(Exchange(saved.instruction, request, [draft]))
    return conversation


_TO_LINE = re.compile(r"\s*to:[ \t]*(?P<recipient>\S[^\n]*)\n(?P<instruction>.*\S.*)", re.I | re.S)


def read_request(typed: str) -> DraftRequest:
    """Return the instruction that was typed, and the recipient if its first line is `To: …`."""
    if match := _TO_LINE.fullmatch(typed):
        return DraftRequest(match["instruction"].strip(), recipient=match["recipient"].strip())
    return DraftRequest(typed.strip())
