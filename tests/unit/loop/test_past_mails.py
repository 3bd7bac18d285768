"""The number of past mails that a model is shown: chosen by losses, and used in evaluation."""

from __future__ import annotations

import dataclasses
import random

import pytest
from made_mails import made_mail
from tiny_models import tiny_tokenizer

from engine.database import database
from engine.home.home import Home
from engine.mail.stored.store import insert_mail, kept_mails
from engine.models.models import ModelCard, chosen_sources, read_card
from engine.settings import load_settings
from panza_tui.jobs.past_mails import evaluated_ways, past_mails_note, with_choice
from training.cards import write_card
from training.examples.split import Split
from training.loop import past_mail_losses
from training.runs.past_mails import fewest_as_good, losses_with_past_mails, with_number
from training.runs.run_folder import make_folder

THINGS = """
boat fence garage kitchen door ladder bench gate shutter piano window staircase cupboard
trolley wagon hallway ceiling chimney bathtub lantern mailbox cradle drawer easel gutter hull
"""
CARD = ModelCard("lo", "base", "rosa", 1, "finished")


def settings_with(sources="auto"):
    overrides = {"retrieval.sources": sources, "retrieval.min_similarity": 0.0}
    return load_settings(overrides=overrides, environment={})


@pytest.mark.parametrize(
    ("losses", "count"),
    [
        ([2.0, 1.8, 1.7, 1.75], 2),
        ([2.0, 2.1, 2.2, 2.3], 0),
        ([2.0, 1.8, 1.795, 1.793], 1),  # Half a percent is not worth two more past mails.
        ([2.0, 1.95, 1.9, 1.8], 3),
        ([2.0, 2.0, 2.0, 2.0], 0),
    ],
)
def test_the_fewest_past_mails_that_are_about_as_good_are_chosen(losses, count):
    assert fewest_as_good(losses) == count
    card = with_number(CARD, losses)
    assert chosen_sources(card) == count
    assert losses_with_past_mails(card) == dict(enumerate(losses))
    assert with_number(CARD, []) == CARD


@pytest.fixture
def home(tmp_path):
    """A home with a finished model: 40 mails to train on, 8 to validate on, 4 held out."""
    home = Home(tmp_path / "home").prepare()
    connection = database.connect(home.database)
    for number in range(1, 53):
        things = random.Random(number).sample(THINGS.split(), 8)
        body = f"Ahoy Kim,\n\nI painted the {' and the '.join(things)}: mail {number}.\n\nRo"
        insert_mail(connection, made_mail(number, body=body))
    connection.execute(
        "INSERT INTO instructions SELECT id, substr(body, 1, 60), 'hand', '', 0, '', '' FROM mails"
    )
    ids = [mail.id for mail in kept_mails(connection)]
    connection.close()
    make_folder(home, CARD, Split(tuple(ids[:40]), tuple(ids[40:48]), tuple(ids[48:])))
    return home


def test_losses_are_of_the_validation_mails_with_drafting_s_prompts(home, monkeypatch):
    read = []

    def loss(model, examples, budget, dtype):
        read.append(examples)
        return 2.0 - len(read) / 10

    monkeypatch.setattr(past_mail_losses, "mean_loss", loss)
    tokenizer = tiny_tokenizer()
    losses = past_mail_losses.losses_by_past_mails(
        home, CARD, settings_with(), lambda: (None, tokenizer)
    )
    assert losses == pytest.approx([1.9, 1.8, 1.7, 1.6])
    for count, examples in enumerate(read):
        assert [example.mail_id for example in examples] == list(range(41, 49))
        for example in examples:
            prompt = tokenizer.decode(example.token_ids[: example.prompt_tokens])
            assert prompt.count("Ahoy Kim") == count + 1  # The instruction begins like a mail.
            assert not any(f"mail {number}." in prompt for number in range(41, 53))


def test_with_too_few_validation_mails_no_model_is_loaded(home):
    make_folder(home, CARD, Split(tuple(range(1, 40)), tuple(range(40, 45)), ()))
    losses = past_mail_losses.losses_by_past_mails(
        home, CARD, settings_with(), lambda: pytest.fail("loaded")
    )
    assert losses == []


def test_an_older_model_gets_its_number_when_it_is_evaluated(home, monkeypatch):
    losses = [2.0, 1.9, 1.5, 1.6]
    monkeypatch.setattr(past_mail_losses, "losses_by_past_mails", lambda *given: losses)
    assert with_choice(home, settings_with(1), CARD) == CARD
    assert with_choice(home, settings_with(), None) is None
    card = with_choice(home, settings_with(), CARD)
    assert chosen_sources(card) == 2
    assert read_card(home, "lo") == card
    monkeypatch.setattr(
        past_mail_losses, "losses_by_past_mails", lambda *given: pytest.fail("measured again")
    )
    assert with_choice(home, settings_with(), card) == card
    (note,) = past_mails_note(settings_with(), card)
    assert "Past mails shown: 2 at most" in note
    assert "(loss 2.000 with 0, 1.900 with 1, 1.500 with 2, 1.600 with 3)" in note
    assert past_mails_note(settings_with(1), card) == past_mails_note(settings_with(), CARD) == []


@pytest.mark.parametrize(
    ("sources", "chosen", "count", "ways"),
    [
        ("auto", 2, 2, (True, False)),
        ("auto", 0, 1, (False, True)),
        ("auto", None, 1, (True, False)),
        (3, 0, 3, (True, False)),
        (0, 2, 0, (False,)),
    ],
)
def test_the_usual_way_of_drafting_is_evaluated_first(sources, chosen, count, ways):
    card = dataclasses.replace(CARD, data={} if chosen is None else {"sources": chosen})
    settings, found = evaluated_ways(settings_with(sources), card)
    assert (settings.retrieval.sources, found) == (count, ways)


def test_a_damaged_number_is_a_damaged_card(home):
    write_card(home, dataclasses.replace(CARD, data={"sources": 2}))
    path = home.model("lo") / "card.toml"
    path.write_text(path.read_text().replace("sources = 2", 'sources = "two"'))
    with pytest.raises(Exception, match="damaged"):
        read_card(home, "lo")
