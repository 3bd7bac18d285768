"""From an instruction to a saved draft, with a scripted generator."""

import dataclasses
import json
import time

import apsw
import pytest
from open_ggufs import open_gguf

from drafting.parrot import LETTER, Parrot
from engine.database import database
from engine.drafting import drafts
from engine.drafting.conversations import start_conversation
from engine.drafting.drafting import draft
from engine.drafting.preparing import prepare
from engine.drafting.types import DraftRequest
from engine.generators import Sampling
from engine.generators.loading import LoadedGenerator
from engine.home.home import Home
from engine.mail.types import Received
from engine.prompt.prompt import Message, Turn
from engine.settings import Settings, load_settings


def write(mailbox: apsw.Connection, home: Home, settings: Settings, *pieces: str, **more: object):
    parrot = Parrot(*pieces)
    request = more.pop("request", DraftRequest("Something about dinner"))
    loaded = LoadedGenerator(parrot, "mine", "small")
    return draft(request, mailbox, home, settings, loaded, **more), parrot  # type: ignore[arg-type]


def test_a_draft_uses_similar_mails_and_is_saved(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    database.write_fact(mailbox, "user.name", "Ada Byron")
    request = DraftRequest("Something about dinner", thread=(LETTER,))
    made, parrot = write(mailbox, home, settings, "Hi", " Bo", request=request)
    system, user = parrot.asked
    assert "Ada Byron" in system.content
    assert "Hi Bo, dinner on Friday is fine." in user.content
    assert "Would you like to have dinner" in user.content
    assert "To: Bo <bo@x.org>" in user.content
    assert [hit.id for hit in made.prepared.sources] == [1, 2]
    assert made.text == "Hi Bo"
    row = mailbox.execute(
        "SELECT instruction, thread, sources, draft, final, model, backend, seed FROM drafts "
        "WHERE id = ?",
        (made.id,),
    ).get
    assert row[0] == "Something about dinner"
    assert Received(**json.loads(row[1])[0]) == LETTER
    assert row[2:] == ("[1, 2]", "Hi Bo", None, "mine", "llama-cpp", 0)


def test_the_settings_reach_the_sampler(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    drafting = dataclasses.replace(settings.drafting, max_tokens=7, temperature=0.5, seed=3)
    chosen = dataclasses.replace(settings, drafting=drafting)
    _, parrot = write(mailbox, home, chosen, "x")
    assert parrot.sampling == Sampling(7, 0.5, drafting.top_p, drafting.repeat_penalty, 3)


def test_without_retrieval_no_past_mail_is_shown(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    request = DraftRequest("Something about dinner", retrieval=False)
    made, parrot = write(mailbox, home, settings, "x", request=request)
    assert made.prepared.sources == ()
    assert parrot.asked[1].content == "Instruction: Something about dinner"


@pytest.mark.parametrize(
    ("setting", "chosen", "shown"),
    [("auto", 2, 2), ("auto", 0, 0), ("auto", None, 1), (2, 0, 2), (0, 2, 0)],
)
def test_the_models_number_of_past_mails_holds_unless_the_settings_give_one(
    mailbox: apsw.Connection, home: Home, setting: str | int, chosen: int | None, shown: int
) -> None:
    overrides = {"retrieval.sources": setting, "retrieval.min_similarity": 0.0}
    settings = load_settings(overrides=overrides, environment={})
    loaded = LoadedGenerator(Parrot("x"), "mine", "small", sources=chosen)
    made = draft(DraftRequest("Something about dinner"), mailbox, home, settings, loaded)
    assert len(made.prepared.sources) == shown


def test_a_judged_mail_is_no_source(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    request = DraftRequest("Something about dinner", exclude=frozenset([1]))
    made = prepare(request, mailbox, home, settings, Parrot().count_tokens)
    assert [hit.id for hit in made.sources] == [2]


def test_what_is_shown_and_what_is_kept_have_no_blank_ends(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    shown: list[str] = []
    pieces = ("\n", " \nHi", " ", "Bo,", "\n", "\n", "yes. ", "\n  ", "\n")
    made, _ = write(mailbox, home, settings, *pieces, on_text=shown.append)
    assert made.text == "Hi Bo,\n\nyes."
    assert "".join(shown) == made.text
    assert all(shown)


def test_a_loop_is_stopped_and_cut_off(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    lines = ["Hi Bo,\n", "I am looking forward to it.\n", "See you there on Friday.\n"]
    made, parrot = write(mailbox, home, settings, *(lines + lines[1:] * 40))
    assert made.text == "".join(lines).strip()
    assert parrot.given < 8


def test_a_loop_in_the_last_unfinished_line_is_cut_off(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    made, _ = write(mailbox, home, settings, "See you on Friday.\n" * 2 + "See you on Friday.")
    assert made.text == "See you on Friday."


def test_a_list_with_short_lines_again_is_no_loop(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    text = "Room 1:\n- free\nRoom 2:\n- free\nRoom 3:\n- free\n\nBest\nAda"
    assert write(mailbox, home, settings, *text.splitlines(keepends=True))[0].text == text
    assert write(mailbox, home, settings, *["ok\n"] * 9)[0].text == "ok"


def test_a_stopped_draft_keeps_its_text_so_far(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    shown: list[str] = []
    made, parrot = write(
        mailbox, home, settings, "one ", "two ", "three ",
        on_text=shown.append, stopped=lambda: len(shown) == 2,
    )  # fmt: skip
    assert made.text == "one two"
    assert parrot.given == 2
    assert made.id is not None


def test_sources_go_first_then_the_thread_never_the_instruction(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    count = Parrot().count_tokens
    instruction = "Something about dinner and " + "ask about the wine " * 20
    request = DraftRequest(instruction, thread=(LETTER,))

    def fitted(context: int) -> tuple[int, bool, bool]:
        small = dataclasses.replace(settings.drafting, context_tokens=context, max_tokens=10)
        made = prepare(request, mailbox, home, dataclasses.replace(settings, drafting=small), count)
        text = made.messages[1].content
        assert text.endswith(f"Instruction: {instruction.strip()}")
        assert made.tokens == count(made.messages)
        return len(made.sources), LETTER.body in text, "Would you" in text

    whole = prepare(request, mailbox, home, settings, count).tokens
    assert fitted(whole + 10) == (2, True, True)
    assert fitted(whole + 9) == (1, True, True)
    bare = prepare(
        dataclasses.replace(request, retrieval=False), mailbox, home, settings, count
    ).tokens
    assert fitted(bare + 10) == (0, True, True)
    assert fitted(bare + 8) == (0, False, True)
    assert fitted(20) == (0, False, False)


def test_a_draft_reports_its_seconds_and_tokens(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    made, _ = write(mailbox, home, settings, "a b", " c", asked=time.monotonic() - 5)
    seconds = made.seconds
    assert 5 <= seconds.start <= seconds.first_token <= seconds.total
    assert 0 <= seconds.retrieve <= seconds.total - seconds.start
    assert (made.tokens.prompt, made.tokens.draft) == (made.prepared.tokens, 3)


def test_an_empty_answer_is_an_empty_draft(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    made, _ = write(mailbox, home, settings)
    assert (made.text, made.tokens.draft) == ("", 0)


def test_a_failed_write_of_history_does_not_lose_the_draft(
    mailbox: apsw.Connection, home: Home, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "_SHORT_TIMEOUT", 1)
    other = apsw.Connection(str(home.database))
    other.execute("BEGIN IMMEDIATE")
    made, _ = write(mailbox, home, settings, "Hi Bo")
    other.execute("ROLLBACK")
    other.close()
    assert (made.text, made.id) == ("Hi Bo", None)
    again, _ = write(mailbox, home, settings, "Hi Bo")
    assert again.id is not None


def test_drafts_belong_to_their_conversation(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    conversation = start_conversation(mailbox, "dinner")
    request = DraftRequest("Say yes", conversation=conversation)
    made, _ = write(mailbox, home, settings, "yes", request=request)
    row = mailbox.execute("SELECT conversation_id FROM drafts WHERE id = ?", (made.id,)).get
    assert row == conversation


def test_subject_and_recipient_are_those_that_are_known(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    mailbox.execute(
        "UPDATE mails SET recipients = ? WHERE id = 1", (json.dumps([["Bo Berg", "bo@x.org"]]),)
    )

    def known(**request: object) -> tuple[str, str]:
        asked = DraftRequest("Say yes", **request)  # type: ignore[arg-type]
        made, _ = write(mailbox, home, settings, "yes", request=asked)
        return made.recipient, made.subject

    assert known() == ("", "")
    assert known(recipient="bo") == ("bo@x.org", "")
    assert known(recipient="Zoe") == ("Zoe", "")
    assert known(recipient="zoe@y.org", thread=(LETTER,)) == ("zoe@y.org", "Re: Dinner")
    again = dataclasses.replace(LETTER, subject="AW: Re: Dinner")
    assert known(thread=(again,)) == ("", "Re: Dinner")
    assert known(thread=(again,), subject="Supper") == ("", "Supper")


def test_a_follow_up_is_shown_the_edited_draft_and_searches_with_all_that_was_asked(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    turns = (Turn("Something about dinner", "Hi Bo, yes.", is_edited=True),)
    request = DraftRequest("shorter", turns=turns, exclude=frozenset([2]))
    made, parrot = write(mailbox, home, settings, "yes", request=request)
    assert parrot.asked[2] == Message("assistant", "Hi Bo, yes.")
    assert parrot.asked[3] == Message("user", "Change: shorter")
    assert [hit.id for hit in made.prepared.sources] == [1]


def test_the_users_own_number_is_given_when_it_is_asked_for(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    mailbox.execute("INSERT INTO writer_facts VALUES ('me@x.org', 'phone', '0151 234', 1)")
    asked = DraftRequest("Give Bo my phone number")
    assert prepare(asked, mailbox, home, settings, Parrot().count_tokens).facts == ("0151 234",)
    without = dataclasses.replace(asked, retrieval=False)
    assert prepare(without, mailbox, home, settings, Parrot().count_tokens).facts == ()


def test_the_embedded_model_drafts_for_real(
    mailbox: apsw.Connection, home: Home, settings: Settings
) -> None:
    drafting = dataclasses.replace(settings.drafting, max_tokens=12, threads=1, candidates=3)
    chosen = dataclasses.replace(settings, drafting=drafting)
    loaded = open_gguf(home, mailbox, chosen, plain_base=True)
    request = DraftRequest("Thank Bo for the dinner <|im_end|>", thread=(LETTER,))
    shown: list[str] = []
    first = draft(request, mailbox, home, chosen, loaded, on_text=shown.append)
    second = draft(request, mailbox, home, chosen, loaded)
    loaded.generator.close()
    assert first.text
    assert first.text == second.text
    assert "".join(shown).startswith(first.text) or first.is_replacement
    assert first.checks is not None
    assert 0 < first.tokens.draft <= 13 or first.is_replacement
    assert first.backend == "llama-cpp"
