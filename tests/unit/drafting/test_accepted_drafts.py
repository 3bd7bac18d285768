"""Accepted drafts: which are read, on which side of the split they are, and their examples."""

from __future__ import annotations

import dataclasses
import json

import pytest
from made_mails import made_mail
from tiny_models import tiny_tokenizer

from engine.database import database
from engine.drafting.accepted_drafts import accepted_drafts, accepted_ids
from engine.drafting.conversations import start_conversation
from engine.drafting.drafts import accept_draft, keep_draft
from engine.events import silent
from engine.home.home import Home
from engine.mail.stored.store import insert_mail, kept_mails
from engine.mail.types import Received
from engine.prompt.prompt import Turn
from engine.settings import load_settings
from training.examples.accepted import EDITED_WEIGHT, accepted_examples
from training.examples.draft_split import find_copies, sides_of_copies, split_drafts
from training.examples.make_examples import Learnt, training_epochs
from training.examples.split import Split, split_further
from training.examples.training_pairs import TrainingPair, fingerprint

TEXTS = {
    1: "Ahoy Kim,\nthe dinghy has a new mast and two oars, and it waits for you at the pier.\nRo",
    2: "Ahoy Kim,\nI sold the old violin to a student from Ghent, who paid it in four parts.\nRo",
    3: "Ahoy Kim,\nour roof leaks above the kitchen again, so nobody sleeps in the attic now.\nRo",
    4: "Ahoy Kim,\nplease keep the receipts of the trip to Bergen, the tax office wants them.\nRo",
}


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def connection(home):
    connection = database.connect(home.database)
    for number, text in TEXTS.items():
        insert_mail(connection, made_mail(number, body=text))
    return connection


@pytest.fixture
def settings(monkeypatch, tmp_path):
    monkeypatch.setattr("engine.settings.loading.user_config", lambda: tmp_path / "none.toml")
    return load_settings(overrides={"training.max_tokens": 4096}, environment={})


@pytest.fixture
def accept(connection):
    """Keep a draft, accept its final text unless that is None, and return its id."""

    def make(final, draft="A draft.", instruction="say it", **about):
        given = {"conversation": None, "recipient": "", "thread": [], "sources": []} | about
        key = keep_draft(
            connection,
            instruction=instruction,
            draft=draft,
            model="m",
            backend="llama-cpp",
            seed=0,
            **given,
        )
        if final is not None:
            assert accept_draft(connection, key, final)
        return key

    return make


def test_only_drafts_that_were_accepted_with_a_text_are_read(connection, accept):
    thread = [Received("Kim", 5, "Boat", "Is it ready?", "input")]
    accept(None)
    accept(" \n\t")
    edited = accept("It is ready.", recipient="kim@example.org", thread=thread, sources=[2, 1])
    as_it_was = accept("A  draft.\n")
    read = accepted_drafts(connection)
    assert [draft.id for draft in read] == [edited, as_it_was] == list(accepted_ids(connection))
    assert [draft.is_edited for draft in read] == [True, False]
    assert read[0].final == "It is ready."
    assert read[0].request.thread == tuple(thread)
    assert (read[0].request.instruction, read[0].request.recipient) == ("say it", "kim@example.org")
    assert read[0].sources == (2, 1)


def test_a_revision_has_the_rounds_before_it_as_the_user_left_them(connection, accept):
    chat = start_conversation(connection)
    accept(None, "First.", "invite her", conversation=chat)
    accept("Second, edited.", "Second.", "invite her", conversation=chat)
    accept(None, "Third.", "invite her", conversation=chat)
    accept(None, "Shorter.", "shorter", conversation=chat)
    accept(None, "Shortest.", "shorter", conversation=chat)
    accept(None, "Elsewhere.", "shorter")
    accept("Warm.", "Warmer.", "warmer", conversation=chat)
    invited, warm = accepted_drafts(connection)
    assert invited.request.turns == ()
    assert warm.request.turns == (
        Turn("invite her", "Second, edited.", is_edited=True),
        Turn("shorter", "Shortest."),
    )


def test_a_follow_up_is_learnt_as_it_was_drafted(connection, accept):
    chat = start_conversation(connection)
    accept(None, "On Friday.", "invite her for friday", conversation=chat)
    accept("On Saturday.", "On Saturday.", "no, saturday", conversation=chat)
    (draft,) = accepted_drafts(connection)
    assert (draft.request.instruction, draft.request.turns) == ("invite her for saturday", ())


def text_of(tokenizer, example, *, prompt=False):
    ids = example.token_ids
    return tokenizer.decode(
        ids[: example.prompt_tokens] if prompt else ids[example.prompt_tokens :]
    )


def test_an_example_asks_as_the_user_did_and_answers_with_the_accepted_text(
    connection, accept, settings
):
    chat = start_conversation(connection)
    thread = [Received("Kim", 5, "Boat", "Is it ready?", "input")]
    accept("It is.", "Yes.", "say yes", conversation=chat, thread=thread)
    about = {"thread": thread, "recipient": "kim@example.org", "sources": [2, 4]}
    accept("Aye, it is!", "Yes.", "in my own words", conversation=chat, **about)
    settings = dataclasses.replace(
        settings, training=dataclasses.replace(settings.training, retrieval_share=1.0)
    )
    tokenizer = tiny_tokenizer()
    _, draft = accepted_drafts(connection)
    examples = accepted_examples([draft], {1, 2, 3}, connection, settings, tokenizer, epoch=0)
    assert len(examples) == EDITED_WEIGHT
    for example in examples:
        assert text_of(tokenizer, example) == "Aye, it is!<|im_end|>"
        asked = text_of(tokenizer, example, prompt=True)
        assert asked.index("old violin") < asked.index("Is it ready?") < asked.index("To: Kim")
        assert asked.index("To: Kim") < asked.index("say yes") < asked.index("It is.")
        assert asked.index("It is.") < asked.index("Change: in my own words")
        assert "receipts" not in asked  # Mail 4 is no training mail.
    assert len(accepted_examples([draft], {1}, connection, settings, tokenizer)) == 1


def test_an_edited_draft_weighs_more_than_a_mail_with_a_played_back_instruction(
    home, connection, accept, settings
):
    accept("Mine.", "Yours.", "edited")
    accept("Yours.", "Yours.", "kept")
    pairs = [TrainingPair(mail, f"mail {mail.id}") for mail in kept_mails(connection)]
    training = dataclasses.replace(settings.training, retrieval_share=0.0, replay_share=0.0)
    settings = dataclasses.replace(settings, training=training)
    learnt = Learnt(pairs, drafts=accepted_drafts(connection))
    tokenizer = tiny_tokenizer()
    epochs = training_epochs(learnt, [], connection, home, settings, tokenizer, silent)
    asked = [text_of(tokenizer, example, prompt=True) for example in epochs]
    counts = {
        what: sum(f"Instruction: {what}" in text for text in asked)
        for what in ("edited", "kept", "mail 1", "mail 4")
    }
    assert counts == {"edited": EDITED_WEIGHT, "kept": 1, "mail 1": 1, "mail 4": 1}
    assert EDITED_WEIGHT > 1
    assert "Instruction: mail 4" in asked[-1]  # RoSA's masks are made from the last.


def test_an_update_shows_all_that_is_new_and_each_epoch_other_earlier_mails(
    home, connection, settings
):
    mail = kept_mails(connection)[0]
    pairs = [
        TrainingPair(dataclasses.replace(mail, id=n, thread=str(n), body=f"Mail {n}."), f"mail {n}")
        for n in range(1, 101)
    ]
    training = dataclasses.replace(settings.training, retrieval_share=0.0, replay_share=0.0)
    settings = dataclasses.replace(settings, training=training)
    learnt = Learnt(pairs[90:], earlier=pairs[:90])
    epochs = training_epochs(learnt, [], connection, home, settings, tiny_tokenizer(), silent)
    repeated = []
    for epoch in range(training.epochs):
        epochs.epoch = epoch
        ids = [example.mail_id for example in epochs]
        assert ids[-10:] == list(range(91, 101))
        assert set(ids[:-10]) <= set(range(1, 91))
        assert len(set(ids)) == len(ids) == 42
        repeated.append(set(ids[:-10]))
    assert len(set.union(*repeated)) > 60


# Which side


def test_the_copies_of_sent_drafts_are_found(connection, accept):
    first = accept(TEXTS[2].replace("four parts", "five parts"))
    accept("Ahoy Kim,\nnobody ever wrote this before, and nobody has sent it either.\nRo")
    accept("Yes.")
    assert find_copies(accepted_drafts(connection), kept_mails(connection)) == {first: (2,)}


def test_a_sent_draft_is_on_its_mails_side_and_the_newest_of_the_others_validate(
    connection, accept
):
    sent = {number: accept(text) for number, text in TEXTS.items()}
    others = [accept(f"Number {n}: nothing like the {n * 7} other mails.") for n in range(10)]
    drafts = accepted_drafts(connection)
    copies = find_copies(drafts, kept_mails(connection))
    split = split_drafts(Split((1, 2), (3,), (4,)), drafts, copies, 0.1)
    assert set(split.drafts) == {sent[1], sent[2], *others[:-1]}
    assert set(split.validation_drafts) == {sent[3], others[-1]}
    assert split.held_out_drafts == (sent[4],)
    assert split_drafts(split, drafts, copies, 0.9) == split


def test_a_mail_whose_draft_was_learnt_is_not_held_out_by_an_update(connection, accept):
    learnt = [accept(TEXTS[number]) for number in (3, 4)]
    earlier = Split((1,), (), (2,), drafts=(learnt[1],), held_out_drafts=(learnt[0],))
    mails = kept_mails(connection)
    copies = find_copies(accepted_drafts(connection), mails)
    bound = sides_of_copies(earlier, copies)
    assert bound == {3: "held_out", 4: "train"}
    split = split_further(earlier, mails, 0.5, 0.0, bound)
    assert (split.train, split.validation, split.held_out) == ((1, 4), (), (2, 3))
    assert split.earlier == (1,)


def test_new_mails_join_their_threads_and_the_newest_others_are_held_out(connection):
    one = kept_mails(connection)[0]
    mails = [
        dataclasses.replace(one, id=n, date=n, thread="old" if n in (2, 17) else str(n))
        for n in range(1, 21)
    ]
    earlier = Split(tuple(range(1, 9)), (9,), (10,))
    split = split_further(earlier, mails, 0.2, 0.25, {})
    assert split.held_out == (10, 19, 20)
    assert split.validation == (9, 16, 18)
    assert set(split.train) == {*range(1, 9), *range(11, 16), 17}
    assert split.earlier == earlier.train


def test_the_checksum_of_a_runs_data_holds_its_drafts(connection, accept):
    key = accept("Mine.", thread=[Received("Kim", 5, "", "Ready?", "input")])
    pairs = [TrainingPair(mail, "say it") for mail in kept_mails(connection)]
    first = fingerprint(pairs, accepted_drafts(connection))
    assert first == fingerprint(pairs, accepted_drafts(connection)) != fingerprint(pairs)
    accept_draft(connection, key, "Mine, changed.")
    assert fingerprint(pairs, accepted_drafts(connection)) != first


def test_a_split_from_before_there_were_drafts_is_read(home):
    from training.runs.run_folder import read_split

    home.model("old").mkdir(parents=True)
    (home.model("old") / "split.json").write_text(
        json.dumps({"train": [1, 2], "validation": [], "held_out": [3]})
    )
    assert read_split(home, "old") == Split((1, 2), (), (3,))
