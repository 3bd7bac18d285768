"""Playback: an instruction that fits its mail, or notes of it; stored one by one."""

from __future__ import annotations

import dataclasses

import pytest

from engine import database
from engine.events import Progress
from engine.mail.stored.store import StoredMail, insert_mail, kept_mails
from engine.mail.types import Mail
from engine.settings import load_settings
from training.playback.instruction_check import rejection_reason
from training.playback.notes import addressee, common_words, greeted_name, notes, opening_words
from training.playback.playback import Instruction, play_back, play_back_all
from training.playback.worked_examples import WORKED_EXAMPLES

PLAYBACK = load_settings(environment={}).playback
TRUE = "say that the boat needs new oars, and ask whether Monday suits."
BODY = "Ahoy Kim,\n\nthe boat needs new oars before June. Would Monday suit you?\n\nFair winds,\nRo"
NONE: frozenset[str] = frozenset()


def mail(body: str = BODY, **changes) -> StoredMail:
    made = StoredMail(
        id=1,
        fingerprint="1",
        message_id=None,
        thread="1",
        date=0,
        date_known=True,
        sender="ro@example.org",
        recipients=(("Kim Lee", "kim@example.org"),),
        subject="Oars",
        body=body,
        original=body,
        language="en",
        answered=None,
        left_out=None,
        source="",
    )
    return dataclasses.replace(made, **changes)


class Scripted:
    """A generator that returns the next of its lines at each call, and records the prompts."""

    backend = "scripted"

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)
        self.asked: list[tuple[str, object]] = []

    def complete(self, text, sampling):
        self.asked.append((text, sampling))
        yield from self.lines.pop(0).partition(" ")


# --- the check


@pytest.mark.parametrize("example", WORKED_EXAMPLES, ids=lambda e: e.instruction[:20])
def test_the_worked_examples_pass_the_check(example):
    written = f"{opening_words(example.name)} and {example.instruction}"
    assert rejection_reason(written, mail(example.mail, recipients=()), NONE) is None


@pytest.mark.parametrize(
    ("instruction", "name"),
    [
        (f"Write to Kim and {TRUE}", None),
        ("Write to Kim and say that the boats need a new oar before June.", None),
        ("Write to Kim and say that Peter needs new oars for the boat.", "invented"),
        ("Write to Kim and say that the boat needs 12 new oars before June.", "invented"),
        ("Write to Kim and say that the car wants petrol and tyres, and oars.", "invented"),
        ("Write to Kim and say the boat.", "vague"),
        ("Write to Kim and say oars oars oars oars oars boat boat boat boat boat.", "repetitive"),
        ("Write to Kim and say " + "that the boat needs new oars, " * 12, "endless"),
        ("Write to Kim \ufffd boat oars June Monday", "endless"),
    ],
)
def test_the_reason_for_rejecting_an_instruction(instruction, name):
    assert rejection_reason(instruction, mail(), NONE) == name


def test_a_copy_of_the_mail_is_rejected():
    body = "the boat needs new oars before June because the old ones broke on the long rocky trip"
    assert rejection_reason(f"Write and say that {body}", mail(body), NONE) == "copy"


def test_a_name_from_the_recipients_or_subject_is_accepted():
    about = mail(BODY, recipients=(("Kim Lee", ""),), subject="Regatta")
    said = "Write to Kim and say to Lee for the Regatta that the boat needs new oars."
    assert rejection_reason(said, about, NONE) is None


def test_common_words_do_not_count():
    said = "Write to Kim and say that the boat needs oars."
    assert rejection_reason(said, mail(), NONE) is None
    assert rejection_reason(said, mail(), frozenset(["boat", "needs", "oars"])) == "vague"


# --- notes


def many(count: int = 30) -> list[StoredMail]:
    words = ["violin", "garden", "invoice", "roof", "harbour"]
    bodies = [
        f"Ahoy Kim,\nthe {words[n % 5]}{n} is not ready.\nFair winds,\nRo" for n in range(count)
    ]
    return [mail(body, id=n, fingerprint=str(n)) for n, body in enumerate(bodies)]


def test_common_words_are_those_of_more_than_one_mail_in_twelve():
    common = common_words([*many(), mail()])
    assert {"ahoy", "kim", "the", "is", "fair", "winds", "ro"} <= common
    assert not {"oars", "boat", "monday", "violin0"} & common


@pytest.mark.parametrize("word", ["not", "can't", "nicht", "pas", "no"])
def test_a_negation_is_never_left_out(word):
    mails = [mail(f"I {word} go number{n}") for n in range(30)]
    assert word not in common_words(mails)


def test_notes_keep_the_facts_and_the_question():
    said = notes(mail(), common_words(many()) | {"would", "you", "before"})
    assert said == "Write to Kim: boat needs new oars June; Monday suit?"


def test_notes_of_a_mail_of_common_words_alone_are_not_empty():
    assert notes(mail("Fair winds"), frozenset(["fair", "winds"])) == "Write to Kim: Fair winds."


def test_notes_pass_as_a_short_instruction():
    long = mail(" ".join(f"word{n}" for n in range(500)))
    assert len(notes(long, NONE).split()) <= 50


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("Ahoy Kim,\nyes", "Kim"),
        ("Dear Professor Lindqvist,\nyes", "Professor Lindqvist"),
        ("Hi Zoë!\nyes", "Zoë"),
        ("Hallo Frau Müller,\nja", "Frau Müller"),
        ("Hello,\nyes", ""),
        ("yes", ""),
        ("", ""),
        ("The Boat is ready and waiting for you all, said Kim,\nyes", ""),
    ],
)
def test_the_name_in_a_greeting(body, name):
    assert greeted_name(body) == name


def test_without_a_greeting_the_only_recipient_is_addressed():
    assert addressee(mail("yes")) == "Kim"
    assert addressee(mail("yes", recipients=(("Kim Lee", ""), ("Bo", "")))) == ""
    assert addressee(mail("yes", recipients=(("", "kim@example.org"),))) == ""
    assert opening_words("") == "Write"


# --- playing back


def test_the_first_attempt_that_fits_is_the_instruction():
    generator = Scripted(TRUE)
    assert play_back(mail(), generator, PLAYBACK, NONE) == Instruction(
        f"Write to Kim and {TRUE}", "playback"
    )
    ((prompt, sampling),) = generator.asked
    assert prompt.endswith(
        "E-mail: Ahoy Kim, the boat needs new oars before June. Would Monday suit you? "
        "Fair winds, Ro\nInstruction: Write to Kim and"
    )
    assert prompt.count("E-mail:") == len(WORKED_EXAMPLES) + 1
    assert (sampling.temperature, sampling.stop) == (0.0, ("\n",))


def test_a_rejected_attempt_is_followed_by_a_different_one():
    generator = Scripted("say that Peter is ill.", f"\n {TRUE}  ")
    assert play_back(mail(), generator, PLAYBACK, NONE).text == f"Write to Kim and {TRUE}"
    samplings = [sampling for _, sampling in generator.asked]
    assert samplings[1].temperature > 0
    assert samplings[0].seed != samplings[1].seed


def test_after_all_attempts_the_mail_gets_notes():
    generator = Scripted(*["say that Peter is ill."] * PLAYBACK.attempts)
    played = play_back(mail(), generator, PLAYBACK, NONE)
    assert played == Instruction(notes(mail(), NONE), "notes")
    assert generator.lines == []


def test_an_empty_answer_is_rejected():
    few = dataclasses.replace(PLAYBACK, attempts=1)
    assert play_back(mail(), Scripted("  "), few, NONE).origin == "notes"


def test_of_a_long_mail_head_and_tail_are_read():
    words = [f"w{n}" for n in range(100)]
    few = dataclasses.replace(PLAYBACK, mail_words=20, attempts=1)
    generator = Scripted("say w1.")
    play_back(mail(" ".join(words)), generator, few, NONE)
    read = generator.asked[0][0].rpartition("E-mail: ")[2].partition("\n")[0]
    assert read == " ".join([*words[:15], "…", *words[-5:]])


def test_every_instruction_is_stored_at_once_and_a_stop_keeps_those(tmp_path):
    connection = database.connect(tmp_path / "panza.db")
    for made in many(3):
        record = dataclasses.asdict(made)
        record.pop("id")
        insert_mail(connection, Mail(**record))
    mails = kept_mails(connection)
    emitted = []

    class Failing(Scripted):
        def complete(self, text, sampling):
            if "garden" in text.rpartition("E-mail:")[2]:
                raise KeyboardInterrupt
            yield "say that the violin0 is not ready."

    with pytest.raises(KeyboardInterrupt):
        play_back_all(mails, connection, Failing(), PLAYBACK, model="a model", emit=emitted.append)
    rows = connection.execute("SELECT mail_id, text, origin, model FROM instructions").fetchall()
    assert rows == [
        (1, "Write to Kim and say that the violin0 is not ready.", "playback", "a model")
    ]
    generator = Scripted(*["say that Peter is ill."] * 99)
    report = play_back_all(
        mails[1:], connection, generator, PLAYBACK, model="a model", emit=emitted.append
    )
    assert (report.written, report.from_notes) == (2, 2)
    assert [(e.done, e.total) for e in emitted if isinstance(e, Progress)] == [
        (1, 3),
        (1, 2),
        (2, 2),
    ]
    origins = connection.execute("SELECT origin, model FROM instructions WHERE mail_id > 1")
    assert origins.fetchall() == [("notes", "")] * 2


def test_it_stops_between_two_mails_when_asked(tmp_path):
    connection = database.connect(tmp_path / "panza.db")
    report = play_back_all(
        many(3),
        connection,
        Scripted(),
        PLAYBACK,
        model="",
        emit=lambda event: None,
        should_stop=lambda: True,
    )
    assert report.written == 0


def test_notes_start_in_different_ways():
    beginnings = {notes(mail(id=number), NONE).partition(":")[0] for number in range(8)}
    assert beginnings == {"Answer Kim", "Write to Kim", "Tell Kim", "Kim"}
