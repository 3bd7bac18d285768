"""Evaluation pairs are read strictly, and their prompts do not give the answer away."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from made_mails import made_mail

from engine.database import database
from engine.drafting.types import DraftRequest
from engine.errors import PanzaError, UsageError
from engine.home.home import Home
from engine.mail.stored.store import insert_mail
from engine.mail.types import Mail
from engine.models.models import ModelCard
from engine.prompt.prompt import Turn
from engine.settings import load_settings
from training.evaluation.pairs import (
    EvaluationPair,
    build_prompts,
    held_out_pairs,
    read_pairs,
)
from training.examples.split import Split
from training.runs.past_mails import hidden_mails

SETTINGS = load_settings(environment={})


@pytest.fixture
def pairs_file(tmp_path):
    path = tmp_path / "pairs.jsonl"

    def write(*lines: object):
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(texts), encoding="utf-8")
        return path

    return write


def test_pairs_are_read_with_all_they_hold(pairs_file):
    full = {"instruction": "i", "mail": "m", "to": "Kim", "thread": ["first", "second"], "x": 1}
    first, second = read_pairs(pairs_file(full, "", {"instruction": "i", "mail": "m\n"}))
    assert (first.instruction, first.mail, first.recipient) == ("i", "m", "Kim")
    assert [received.body for received in first.thread] == ["first", "second"]
    assert (second.mail, second.recipient, second.thread) == ("m\n", "", ())


def test_a_separator_of_lines_within_a_text_ends_no_pair(pairs_file):
    odd = "one\u2028two\x85three\x0cfour"
    line = json.dumps({"instruction": "i", "mail": odd}, ensure_ascii=False)
    (pair,) = read_pairs(pairs_file(line))
    assert pair.mail == odd


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "3",
        {"instruction": "i"},
        {"instruction": "i", "mail": " "},
        {"instruction": "", "mail": "m"},
        {"instruction": 3, "mail": "m"},
        {"instruction": "i", "mail": "m", "to": ["Kim"]},
        {"instruction": "i", "mail": "m", "thread": "one text"},
        {"instruction": "i", "mail": "m", "thread": [{"body": "b"}]},
    ],
    ids=str,
)
def test_an_invalid_line_is_named(pairs_file, line):
    path = pairs_file({"instruction": "i", "mail": "m"}, "", line)
    with pytest.raises(UsageError, match=r"pairs\.jsonl:3 is not a pair") as raised:
        read_pairs(path)
    assert "\n" not in str(raised.value)


def test_a_file_without_pairs_is_an_error(pairs_file, tmp_path):
    with pytest.raises(UsageError, match="There are no pairs"):
        read_pairs(pairs_file("", " "))
    with pytest.raises(UsageError, match="can't be read"):
        read_pairs(tmp_path / "none.jsonl")


# --- prompts

JUDGED = "Dear Ada, the harbour office wants all six forms by Friday, signed twice. Best, Ro"
BODIES = {
    1: "Ada, the sails are mended and the boat is back in the harbour.",
    2: JUDGED.replace("Friday", "Thursday"),  # An earlier version of the judged mail.
    3: "Dear Ada, thank you for the plums. Shall I bring a basket on Sunday?",
    4: f"Hello again! {JUDGED} I add that the office closes at noon, so do not be late.",
    5: JUDGED,
    6: "Dear Bo, the forms for the harbour office are in the blue folder on my desk.",
}
"""By id; 5 is held out, and 6 is neither for training nor held out."""


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """A home with mails that are all similar to any query, and the card of a run on them."""
    home = Home(tmp_path / "home").prepare()
    connection = database.connect(home.database)
    database.write_fact(connection, "embedder", "all-minilm-l6-v2")
    directions = np.eye(384, dtype="<f4")
    for number, body in BODIES.items():
        insert_mail(connection, a_mail(number, body))
        near = directions[0] + 0.5 * directions[number]
        near = (near / np.linalg.norm(near)).astype("<f4").tobytes()
        connection.execute("INSERT INTO vectors VALUES (?, ?)", (number, near))
    connection.execute(
        "INSERT INTO instructions SELECT id, 'Ask for the forms.', 'hand', '', 0, '', '' FROM mails"
    )
    monkeypatch.setattr("engine.retrieval.embedder.embed_query", lambda text, home: directions[0])
    folder = home.model("mine")
    folder.mkdir(parents=True)
    split = Split(train=(1, 2, 3, 4), validation=(), held_out=(5,))
    (folder / "split.json").write_text(json.dumps(dataclasses.asdict(split)))
    yield ModelCard("mine", "base", "rosa", 1, "finished"), home, connection
    connection.close()


def a_mail(number: int, body: str) -> Mail:
    return made_mail(
        number, date=number, recipients=(("Ada", "ada@example.org"),), subject="", body=body
    )


def shown(judged, pairs: list[EvaluationPair]) -> list[set[int]]:
    """The ids of the past mails in each pair's prompt."""
    card, home, connection = judged
    settings = dataclasses.replace(
        SETTINGS, retrieval=dataclasses.replace(SETTINGS.retrieval, sources=9)
    )
    hidden = hidden_mails(home, connection, card)
    requests = [pair.request(hidden) for pair in pairs]
    prompts = build_prompts(requests, home, connection, settings, lambda messages: 1)
    return [
        {n for n, body in BODIES.items() if f"---\n{body}\n" in prepared.messages[-1].content}
        for prepared in prompts
    ]


def test_an_edited_instruction_is_evaluated_as_it_is_drafted(judged):
    _, home, connection = judged
    asked = "Tell Bo that the forms are ready."
    edited = DraftRequest("Tell Bo that the forms are not ready.", turns=(Turn(asked, "Ready."),))
    follow_up = dataclasses.replace(edited, instruction="not yet")
    requests = [edited, follow_up]
    for made in build_prompts(requests, home, connection, SETTINGS, lambda messages: 1):
        assert "Ready." not in str(made.messages)
        assert "not" in made.request.instruction.lower()


def test_no_past_mail_is_a_copy_or_a_version_of_the_judged_one(judged):
    card, home, connection = judged
    pairs = held_out_pairs(home, connection, card)
    assert [pair.mail for pair in pairs] == [JUDGED]
    assert shown(judged, pairs) == [{1, 3}]


def test_pairs_from_a_file_show_no_copies_either(judged):
    pairs = [
        EvaluationPair("Ask for the forms.", JUDGED),
        EvaluationPair("Offer a basket.", BODIES[3]),
    ]
    # Of the versions of one mail, the best is shown where another mail is judged.
    first, second = shown(judged, pairs)
    assert first == {1, 3}
    assert len(second & {2, 4}) == 1
    assert second - {2, 4} == {1}


def test_a_run_that_held_out_nothing_has_no_pairs(judged):
    card, home, connection = judged
    (home.model("mine") / "split.json").write_text(
        json.dumps({"train": [1], "validation": [], "held_out": []})
    )
    with pytest.raises(PanzaError, match="held out no mails"):
        held_out_pairs(home, connection, card)


def test_no_pair_was_learnt_by_a_compared_model(judged):
    card, home, connection = judged
    other = dataclasses.replace(card, name="other")
    home.model("other").mkdir()
    split = home.model("other") / "split.json"
    split.write_text(json.dumps({"train": [1], "validation": [], "held_out": [2, 5]}))
    assert len(held_out_pairs(home, connection, card, [other])) == 1
    split.write_text(json.dumps({"train": [1], "validation": [5], "held_out": []}))
    with pytest.raises(PanzaError, match="no compared model learnt"):
        held_out_pairs(home, connection, card, [other])
