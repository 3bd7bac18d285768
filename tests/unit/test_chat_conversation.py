"""The state of a conversation in the chat, without a screen and without a model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.drafting.types import Draft, DraftRequest, KeptDraft, Prepared, Seconds, Tokens
from engine.mail.types import MailToAnswer, Received
from engine.prompt.prompt import Turn
from engine.retrieval.copied_passages import Span
from engine.retrieval.hits import Hit
from panza_tui.chat.chat_draft import ChatDraft
from panza_tui.chat.conversation import ChatConversation, read_request, reopened
from panza_tui.chat.draft_view import caption
from panza_tui.chat.keys import is_offered

LETTER = Received("Anna", 50, "Friday", "Does Friday suit you?", "input")
PAST_MAIL = Hit(3, 50, (("Bo", "bo@x.org"),), "Boat", "See you at the boat.")


def result_of(request: DraftRequest, text: str, **changes: object) -> Draft:
    """The result of a request."""
    prepared = Prepared((), (PAST_MAIL,), 0, ("555 0100",))
    draft = Draft(
        text,
        request.recipient,
        "",
        request,
        prepared,
        model="sam",
        base="",
        backend="llama-cpp",
        seed=0,
        tokens=Tokens(0, 0),
        seconds=Seconds(0.0, 0.0, 0.0, 1.5),
        id=9,
    )
    return replace(draft, **changes)  # type: ignore[arg-type]


def write(conversation: ChatConversation, text: str, **changes: object) -> ChatDraft:
    """Finish the pending draft."""
    request, _ = conversation.next_request()
    draft = conversation.pending[0]
    draft.start("sam")
    draft.grow(text)
    kept_in = replace(request, conversation=request.conversation or 5)
    conversation.finish(draft, request, result_of(kept_in, text, **changes))
    return draft


def conversation_with(*pairs: tuple[str, str]) -> ChatConversation:
    conversation = ChatConversation()
    for typed, text in pairs:
        conversation.ask(typed)
        write(conversation, text)
    return conversation


def texts(conversation: ChatConversation) -> list[list[str]]:
    return [[draft.text for draft in one.drafts] for one in conversation.exchanges]


def kept(instruction: str, text: str, final: str | None = None, **changes: object) -> KeptDraft:
    draft = KeptDraft(1, 0, instruction, "Anna", (), (PAST_MAIL,), text, final, "kim", 0)
    return replace(draft, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "instruction", "recipient"),
    [
        ("say hi\n", "say hi", ""),
        ("To: anna@example.org\nsay hi", "say hi", "anna@example.org"),
        ("\nto:  Anna Meyer \n\nsay hi\nand bye", "say hi\nand bye", "Anna Meyer"),
        ("To: anna@example.org", "To: anna@example.org", ""),
        ("To: anna@example.org\n \n", "To: anna@example.org", ""),
        ("To:\nsay hi", "To:\nsay hi", ""),
        ("say hi\nTo: Anna", "say hi\nTo: Anna", ""),
    ],
)
def test_a_first_line_names_the_recipient(typed: str, instruction: str, recipient: str) -> None:
    assert read_request(typed) == DraftRequest(instruction, recipient=recipient)


def test_a_further_instruction_revises_the_draft_as_the_user_left_it() -> None:
    conversation = conversation_with(("To: Anna\nsay hi", "Hi Anna!"), ("shorter", "Hi!"))
    assert conversation.chosen is not None
    conversation.chosen.change("Hi.")
    conversation.ask("warmer")
    request, attempt = conversation.next_request()
    assert request.turns == (Turn("say hi", "Hi Anna!"), Turn("shorter", "Hi.", is_edited=True))
    assert (request.instruction, request.recipient, attempt) == ("warmer", "Anna", 0)


def test_a_draft_without_text_is_not_revised() -> None:
    conversation = conversation_with(("say hi", ""))
    assert conversation.chosen is not None
    assert conversation.chosen.note == "the model wrote nothing"
    conversation.ask("warmer")
    assert conversation.next_request()[0].turns == ()


def test_the_answered_mail_is_in_each_request_and_names_the_recipient() -> None:
    answered = MailToAnswer((LETTER,), "anna@x.org", "Friday")
    conversation = ChatConversation(answered=answered)
    conversation.ask("yes")
    assert conversation.next_request()[0].thread == (LETTER,)
    assert conversation.next_request()[0].recipient == "anna@x.org"
    write(conversation, "Yes.")
    conversation.ask("To: Bo\nno")
    assert conversation.next_request()[0].recipient == "Bo"


def test_drafts_after_the_first_are_saved_in_its_conversation() -> None:
    conversation = ChatConversation()
    conversation.ask("say hi")
    assert conversation.next_request()[0].conversation is None
    write(conversation, "Hi!")
    conversation.again()
    assert conversation.next_request()[0].conversation == 5


def test_a_conversation_that_is_deleted_meanwhile_gets_no_further_draft() -> None:
    conversation = conversation_with(("say hi", "Hi!"))
    conversation.again()
    request, _ = conversation.next_request()
    conversation.id = None  # Deleted from the history.
    conversation.finish(conversation.pending[0], request, result_of(request, "Hello!"))
    conversation.again()
    assert conversation.next_request()[0].conversation is None


def test_variants_are_written_one_after_another() -> None:
    conversation = conversation_with(("say hi", "One."))
    conversation.variants()
    assert [draft.status for draft in conversation.pending] == ["waiting", "queued"]
    attempts = []
    for text in ("Two.", "Three."):
        attempts.append(conversation.next_request()[1])
        write(conversation, text)
    assert attempts == [1, 2]
    assert texts(conversation) == [["One.", "Two.", "Three."]]
    assert not conversation.pending
    assert conversation.chosen is not None
    assert conversation.chosen.text == "One."
    conversation.choose_next(-1)
    assert conversation.chosen.text == "Three."
    conversation.choose_next(1)
    assert conversation.chosen.text == "One."


def test_again_after_three_variants_adds_one() -> None:
    conversation = conversation_with(("say hi", "One."))
    conversation.variants()
    write(conversation, "Two.")
    write(conversation, "Three.")
    conversation.variants()
    assert len(conversation.pending) == 1


def test_stopping_keeps_what_came_and_learns_its_sources_later() -> None:
    conversation = ChatConversation()
    conversation.ask("say hi")
    request, _ = conversation.next_request()
    draft = conversation.pending[0]
    draft.start("sam")
    draft.grow("Hi")
    assert conversation.stop(may_withdraw=True) == ""
    assert caption(draft, with_source=True) == "sam · stopped"
    draft.grow(" there")
    conversation.finish(draft, request, result_of(request, "Hi there"))
    assert draft.text == "Hi"
    assert caption(draft, with_source=True) == "sam · 1.5 s · based on 1 past mail · stopped"


@pytest.mark.parametrize("may_withdraw", [True, False])
def test_stopping_before_the_first_word(may_withdraw: bool) -> None:
    conversation = conversation_with(("say hi", "Hi!"))
    conversation.ask("To: Bo\nwarmer")
    assert conversation.stop(may_withdraw=may_withdraw) == may_withdraw * "To: Bo\nwarmer"
    assert texts(conversation) == ([["Hi!"]] if may_withdraw else [["Hi!"], [""]])
    assert conversation.current is conversation.exchanges[-1]
    assert conversation.writing is None


def test_stopping_variants_removes_those_without_a_word() -> None:
    conversation = conversation_with(("say hi", "One."))
    conversation.variants()
    assert conversation.stop(may_withdraw=True) == ""
    assert texts(conversation) == [["One."]]


def test_a_failed_draft_keeps_its_text_and_gives_up_the_variants_behind_it() -> None:
    conversation = conversation_with(("say hi", "One."))
    conversation.variants()
    draft = conversation.pending[0]
    draft.start("sam")
    draft.grow("Tw")
    conversation.fail(draft, "The prompt is too long.")
    assert texts(conversation) == [["One.", "Tw"]]
    assert not conversation.pending
    assert caption(draft, with_source=False) == "! The prompt is too long."


def test_an_error_after_stopping_is_not_shown() -> None:
    conversation = conversation_with(("say hi", "One."))
    conversation.again()
    draft = conversation.pending[0]
    draft.start("sam")
    draft.grow("Two")
    conversation.stop(may_withdraw=True)
    conversation.fail(draft, "too late")
    assert draft.status == "stopped"


def test_a_clicked_draft_is_what_keys_act_on() -> None:
    conversation = conversation_with(("say hi", "Hi!"), ("warmer", "Dear!"))
    first = conversation.exchanges[0].drafts[0]
    conversation.choose(first)
    assert conversation.chosen is first
    conversation.choose(ChatDraft())  # Removed before the click arrived.
    assert conversation.chosen is first
    conversation.again()
    assert conversation.current is conversation.exchanges[1]


def test_an_excluded_mail_is_no_source_until_it_is_allowed_again() -> None:
    conversation = conversation_with(("say hi", "Hi!"))
    conversation.again()
    conversation.toggle_source(PAST_MAIL)
    assert conversation.next_request()[0].exclude == {3}
    conversation.toggle_source(PAST_MAIL)
    assert conversation.next_request()[0].exclude == frozenset()


def test_a_finished_draft_tells_recipient_and_subject() -> None:
    conversation = ChatConversation()
    conversation.ask("To: Anna\nsay hi")
    write(conversation, "Hi!", recipient="anna@x.org", subject="Re: Friday")
    [exchange] = conversation.exchanges
    assert (exchange.recipient, exchange.subject) == ("anna@x.org", "Re: Friday")


def test_an_unchanged_revision_is_called_so() -> None:
    conversation = conversation_with(("say hi", "Hi!"), ("warmer", "Hi!\n"))
    first, second = (one.chosen for one in conversation.exchanges)
    assert first.note == ""
    assert second.note.startswith("unchanged")


def test_what_can_hide_in_a_terminal_is_not_in_the_text() -> None:
    conversation = ChatConversation()
    conversation.ask("say hi")
    draft = conversation.pending[0]
    draft.start("sam")
    for piece in ("\x1b]0;t", "itle\x07Hi", "\x1b[2", "J there\r\nB"):
        draft.grow(piece)
    assert draft.text == "Hi there\nB"


def test_editing_takes_the_marks_away() -> None:
    draft = ChatDraft("finished", "Hi! ", marks=[Span(0, 2, 0)])
    draft.change("Hi! ")
    assert (draft.is_edited, draft.marks) == (False, None)
    draft.change("Hi!\n555 0100")
    assert (draft.is_edited, draft.text) == (True, "Hi!\n555 0100")


def test_a_conversation_of_the_history_comes_back_to_be_continued() -> None:
    drafts = [
        kept("say yes", "Yes!", "Yes, gladly.", thread=(LETTER,)),
        kept("say yes", "Sure.", thread=(LETTER,)),
        kept("shorter", "Y", thread=(LETTER,)),
    ]
    conversation = reopened(4, drafts)
    assert conversation.id == 4
    assert conversation.answered == MailToAnswer((LETTER,), "Anna", "Friday")
    assert texts(conversation) == [["Yes, gladly.", "Sure."], ["Y"]]
    first = conversation.exchanges[0].drafts[0]
    assert caption(first, with_source=True) == "kim · based on 1 past mail · edited · ✓ accepted"
    assert first.is_from_history
    assert first.sources == (PAST_MAIL,)
    conversation.ask("warmer")
    request, _ = conversation.next_request()
    assert request.turns == (Turn("say yes", "Sure."), Turn("shorter", "Y"))
    assert (request.conversation, request.recipient, request.thread) == (4, "Anna", (LETTER,))


@pytest.mark.parametrize(
    ("draft", "line"),
    [
        (ChatDraft(), "… waiting for the model"),
        (ChatDraft("reading"), "… reading your mails"),
        (ChatDraft("failed", error="No."), "! No."),
        (
            ChatDraft("finished", "Hi", "sam", result_of(DraftRequest(""), "Hi"), is_edited=True),
            "sam · 1.5 s · based on 1 past mail · edited",
        ),
        (
            ChatDraft("finished", "Hi", "sam", result_of(DraftRequest(""), "Hi", id=None)),
            "sam · 1.5 s · based on 1 past mail · ! not saved (is the disk full, or is another "
            "panza-tui busy?)",
        ),
    ],
)
def test_captions(draft: ChatDraft, line: str) -> None:
    assert caption(draft, with_source=True) == line


def test_a_caption_says_how_a_follow_up_was_understood() -> None:
    made = result_of(DraftRequest("no, red"), "Hi", asked="Tell Bo it is \x1b[31mred.")
    draft = ChatDraft("finished", "Hi", "sam", made)
    assert caption(draft, with_source=True).endswith("\nasked as: Tell Bo it is red.")
    assert "asked as" not in caption(draft, with_source=False)


def offered(conversation: ChatConversation, *, is_ready: bool = True) -> set[str]:
    actions = ("stop", "again", "variants", "copy", "edit", "choose", "new", "sources", "answer")
    return {name for name in actions if is_offered(name, conversation, is_ready=is_ready)}


def test_keys_that_would_do_nothing_are_not_offered() -> None:
    conversation = ChatConversation()
    assert offered(conversation) == {"answer"}
    conversation.ask("say hi")
    assert offered(conversation) == {"answer", "stop", "new", "sources"}
    write(conversation, "Hi!")
    done = {"answer", "again", "variants", "copy", "edit", "new", "sources"}
    assert offered(conversation) == done
    assert offered(conversation, is_ready=False) == done - {"again", "variants"}
    conversation.again()
    assert offered(conversation) == {"answer", "stop", "choose", "new", "sources"}
