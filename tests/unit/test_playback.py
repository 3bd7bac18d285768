"""Playback: an instruction that fits its mail, or notes of it; stored one by one."""

from __future__ import annotations

import dataclasses

import pytest

from engine import database
from engine.events import Progress
from engine.mail.stored.store import StoredMail, insert_mail, kept_mails
from engine.mail.types import Mail
from engine.prompt import INSTRUCTION_KINDS, build_playback_prompt
from engine.settings import load_settings
from training.playback.instruction_check import rejection_reason
from training.playback.notes import addressee, common_words, greeted_name, notes
from training.playback.playback import Instruction, play_back, play_back_all

SETTINGS = load_settings(environment={})
TRUE = "Tell Kim that the boat needs new oars before June, and ask whether Monday would suit."
TERSE = "kim: boat needs oars before june. mon ok?"
SPOKEN = "can you ask kim if monday suits, the boat needs oars by june"
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


def once(**changes):
    playback = dataclasses.replace(SETTINGS.playback, attempts=1, **changes)
    return dataclasses.replace(SETTINGS, playback=playback)


class Scripted:
    """A generator that returns the next of its lines at each call, and records the prompts."""

    backend = "scripted"

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)
        self.asked: list[tuple[str, object]] = []

    def stream(self, messages, sampling):
        self.asked.append((messages, sampling))
        yield from self.lines.pop(0).partition(" ")


# --- the check


@pytest.mark.parametrize(
    ("instruction", "kind", "name"),
    [
        (TRUE, "plain", None),
        ("kim: boat needs oars before june. mon ok?", "terse", None),
        ("can you ask kim if monday suits, the boat needs oars by june", "spoken", None),
        ("Tell Kim that Peter needs new oars for the boat.", "plain", "invented"),
        ("Tell Kim that the boat needs 12 new oars before June.", "plain", "invented"),
        ("Tell Kim that the car wants petrol and tyres, and lunch.", "plain", "invented"),
        ("Tell my boss that the boat needs new oars before June.", "plain", "invented"),
        ("Ask the captain whether Monday suits, the boat needs new oars.", "plain", "invented"),
        ("gordon: boat needs oars before june. mon ok?", "terse", "invented"),
        ("ask the kim if monday suits, the boat needs new oars by june", "spoken", None),
        ("Tell Kim about June.", "plain", "vague"),
        ("Say before before before before before June.", "plain", "repetitive"),
        ("Say that the boat needs new oars, " * 12, "plain", "endless"),
        ("Tell Kim \ufffd boat oars June Monday", "plain", "endless"),
        ("Tell Kim that the boat needs new oars before June and that Monday suits.", "plain", None),
        ("", "plain", "endless"),
    ],
)
def test_the_reason_for_rejecting_an_instruction(instruction, kind, name):
    longer = f"{BODY[:-17]} Before that the paint has to dry outside.\n\nFair winds,\nRo"
    assert rejection_reason(instruction, mail(longer if name == "vague" else BODY), kind) == name


def test_swapped_roles_are_rejected():
    body = "Hi Kim,\n\nI can't come on Friday because my car is broken.\n\nRo"
    assert (
        rejection_reason(
            "Tell Kim that I can't come on Friday, my car is broken.", mail(body), "plain"
        )
        is None
    )
    assert (
        rejection_reason(
            "Tell Kim that you can't come on Friday, your car is broken.", mail(body), "plain"
        )
        == "role"
    )


def test_a_copy_of_the_mail_is_rejected():
    body = "the boat needs new oars before June because the old ones broke on the long rocky trip"
    assert rejection_reason(f"Say that {body}", mail(body), "plain") == "copy"


def test_a_name_from_the_recipients_or_subject_is_accepted():
    about = mail(BODY, recipients=(("Kim Lee", ""),), subject="Regatta")
    said = "Tell Kim Lee for the Regatta that the boat needs new oars before June."
    assert rejection_reason(said, about, "plain") is None


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


# --- playing back


def test_of_each_kind_the_first_attempt_that_fits_is_kept():
    generator = Scripted(TRUE, TERSE, SPOKEN)
    assert play_back(mail(), generator, SETTINGS, NONE, "Ro") == Instruction(
        TRUE, "playback", {"terse": TERSE, "spoken": SPOKEN}
    )
    for kind, (messages, sampling) in zip(INSTRUCTION_KINDS, generator.asked, strict=True):
        assert messages == build_playback_prompt(
            BODY, kind=kind, prompt=SETTINGS.prompt, user_name="Ro", recipient="Kim"
        )
        assert sampling.temperature == 0.0


def test_a_rejected_attempt_is_followed_by_a_different_one():
    generator = Scripted("Say that Peter is ill.", TERSE, SPOKEN, f"\n {TRUE}  ")
    assert play_back(mail(), generator, SETTINGS, NONE).text == TRUE
    first, *_, retry = [sampling for _, sampling in generator.asked]
    assert retry.temperature > 0
    assert first.seed != retry.seed


def test_where_the_plain_instruction_is_rejected_another_kind_is_the_first():
    wrong = "Say that Peter is ill."
    played = play_back(mail(), Scripted(wrong, TERSE, wrong, wrong, wrong), SETTINGS, NONE)
    assert (played.text, played.origin) == (TERSE, "playback")


def test_after_all_attempts_the_mail_gets_notes():
    generator = Scripted(*["Say that Peter is ill."] * 3 * SETTINGS.playback.attempts)
    played = play_back(mail(), generator, SETTINGS, NONE)
    assert played == Instruction(notes(mail(), NONE), "notes")
    assert generator.lines == []


def test_an_empty_answer_is_rejected():
    assert play_back(mail(), Scripted(*["  "] * 3), once(), NONE).origin == "notes"


def test_of_a_long_mail_head_and_tail_are_read():
    words = [f"w{n}" for n in range(100)]
    body = "\n".join(" ".join(words[n : n + 10]) for n in range(0, 100, 10))
    generator = Scripted(*["say w1."] * 3)
    play_back(mail(body), generator, once(mail_words=20), NONE)
    read = generator.asked[0][0][-1].content.partition("---\n")[2].partition("\n---")[0]
    assert read.split() == [*words[:15], "…", *words[-5:]]
    assert read.splitlines()[0] == " ".join(words[:10])


def test_every_instruction_is_stored_at_once_and_a_stop_keeps_those(tmp_path):
    connection = database.connect(tmp_path / "panza.db")
    for made in many(3):
        record = dataclasses.asdict(made)
        record.pop("id")
        insert_mail(connection, Mail(**record))
    mails = kept_mails(connection)
    emitted = []

    class Failing(Scripted):
        def stream(self, messages, sampling):
            if "garden" in messages[-1].content:
                raise KeyboardInterrupt
            yield "say that the violin0 is not ready."

    with pytest.raises(KeyboardInterrupt):
        play_back_all(mails, connection, Failing(), SETTINGS, model="a model", emit=emitted.append)
    rows = connection.execute(
        "SELECT mail_id, text, terse, spoken, origin, model FROM instructions"
    ).fetchall()
    said = "say that the violin0 is not ready."
    assert rows == [(1, said, said, said, "playback", "a model")]
    generator = Scripted(*["say that Peter is ill."] * 99)
    report = play_back_all(
        mails[1:], connection, generator, SETTINGS, model="a model", emit=emitted.append
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
        SETTINGS,
        model="",
        emit=lambda event: None,
        should_stop=lambda: True,
    )
    assert report.written == 0


def test_notes_start_in_different_ways():
    beginnings = {notes(mail(id=number), NONE).partition(":")[0] for number in range(8)}
    assert beginnings == {"Answer Kim", "Write to Kim", "Tell Kim", "Kim"}
