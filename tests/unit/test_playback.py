"""Playback: an instruction that fits its mail, or notes of it; stored one by one."""

from __future__ import annotations

import dataclasses

import pytest

from engine import database
from engine.errors import PanzaError
from engine.events import Progress
from engine.generators import Sampling, Written
from engine.mail.stored.store import StoredMail, insert_mail, kept_mails
from engine.mail.types import Mail
from engine.prompt import Message, ask_for_instruction, build_playback_prompt, build_prompt
from engine.settings import load_settings
from training.playback.instruction_check import rejection_reason
from training.playback.notes import common_words, notes
from training.playback.playback import Instruction, play_back, play_back_all
from training.playback.reader import addressee, greeted_name, reader

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


def attempts(count: int, **changes):
    playback = dataclasses.replace(SETTINGS.playback, attempts=count, **changes)
    return dataclasses.replace(SETTINGS, playback=playback)


def once(**changes):
    return attempts(1, **changes)


class Scripted:
    """A generator whose answers are its lines, one after another; records the prompts.

    Answers are equally likely; given an instruction, a mail is `likelihoods[instruction]` likely.
    """

    backend = "scripted"

    def __init__(self, *lines: str, likelihoods: dict[str, float] | None = None) -> None:
        self.lines = list(lines)
        self.likelihoods = likelihoods or {}
        self.asked: list[tuple[list[Message], list[Sampling]]] = []
        self.scored: list[tuple[list[Message], str]] = []

    def stream_several(self, messages, samplings, on_text):
        self.asked.append((messages, samplings))
        for index, _ in enumerate(samplings):
            for piece in self.lines.pop(0).partition(" "):
                on_text(index, piece)
        return [Written(True, -1.0)] * len(samplings)

    def log_likelihood(self, messages, answer):
        self.scored.append((messages, answer))
        said = messages[-1].content.rpartition("Instruction: ")[2]
        return self.likelihoods.get(said, -1.0 if said else -3.0)


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
        ("Tell Kim the boat needs oars, and that the boat needs oars.", "plain", "repetitive"),
        ("Say that the boat needs new oars, " * 12, "plain", "endless"),
        ("Tell Kim \ufffd boat oars June Monday", "plain", "endless"),
        ("Tell Kim that the boat needs new oars before June and that Monday suits.", "plain", None),
        ("", "plain", "endless"),
        ("Tell them that the boat needs new oars before June.", "plain", None),
        ("Tell the them that the boat needs new oars before June.", "plain", "invented"),
        ("Tell Kim that the boat doesn't need new oars before June.", "plain", "opposite"),
        ("kim: boat needs no oars before june. mon ok?", "terse", "opposite"),
        ("Let me know whether Monday suits, the boat needs new oars.", "plain", "role"),
        ("Tell Kim the boat needs new oars. Ask if Monday suits you.", "plain", "role"),
        ("could you tell kim the boat needs oars by june, does monday suit", "spoken", None),
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
    for wrong in (
        "Tell Kim that you can't come on Friday, your car is broken.",
        "Tell Kim that she can't come on Friday, my car is broken.",
        "Tell Kim that I can't come on Friday, his car is broken.",
    ):
        assert rejection_reason(wrong, mail(body), "plain") == "role", wrong


def test_a_third_person_in_the_mail_is_not_its_reader():
    body = "Hi Kim,\n\ncould you push your code? Soroush would need it for his project.\n\nRo"
    said = "Ask Kim to push his code. Soroush would need it for his project."
    assert rejection_reason(said, mail(body), "plain") is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Ask them if it's fine that Bernie sends us a mail once the runs are done.", None),
        ("Ask Kim if it's fine that Bernie sends us a mail once the runs are done.", None),
        ("Ask Bernie if it's fine to send us a mail once the runs are done.", "role"),
        ("Ask Ro if it's fine that Bernie sends us a mail once the runs are done.", "role"),
    ],
)
def test_an_instruction_is_for_the_mails_reader(said, reason):
    body = "Would it be fine if Bernie sends us a mail once the runs are done?\n\nRo"
    assert rejection_reason(said, mail(body), "plain", "Ro Moor") == reason


def test_the_reader_may_be_named_by_the_address_or_the_greeting():
    said = "Tell Valerie that the boat needs new oars before June."
    body = "the boat needs new oars before June"
    for to, text in (
        ("valerie.lee@example.org", body),
        ("vl@example.org", f"Hi Valerie,\n\n{body}"),
        ("vl@example.org", f"Valerie, {body}"),
    ):
        assert rejection_reason(said, mail(text, recipients=(("", to),)), "plain") is None, text
    assert rejection_reason(said, mail(body, recipients=(("", "v@e.org"),)), "plain") == "invented"


def test_a_reader_of_the_writers_name_is_accepted():
    body = "Would it be fine to send us a mail once the runs are done?\n\nRo"
    said = "Ask Ro if it's fine to send us a mail once the runs are done."
    to_ro = mail(body, recipients=(("Ro Lee", "rl@example.org"),))
    assert rejection_reason(said, to_ro, "plain", "Ro Moor") is None


@pytest.mark.parametrize(
    ("verb", "sign"),
    [
        ("Thank Kim for", "Cheers for"),
        ("Apologise to Kim for", "Sorry for"),
        ("Congratulate Kim on", "Well done on"),
        ("Complain to Kim about", "I am fed up with"),
        ("Cancel with Kim", "I have to call off"),
    ],
)
def test_the_purpose_of_an_instruction_shows_in_its_mail(verb, sign):
    said = f"{verb} the long boat trip to the harbour of Norwick."
    with_sign = mail(f"Hi Kim,\n\n{sign} the long boat trip to the harbour of Norwick.\n\nRo")
    without = mail("Hi Kim,\n\nThe long boat trip was to the harbour of Norwick.\n\nRo")
    assert rejection_reason(said, with_sign, "plain") is None
    assert rejection_reason(said, without, "plain") == "purpose"


def test_what_is_asked_is_not_told():
    body = "Hi Kim,\n\nplease let me know when the copy is done.\n\nRo"
    for said, reason in (
        ("Ask Kim to let me know when the copy is done.", None),
        ("Tell Kim to let me know when the copy is done.", None),
        ("Ask Kim when the copy is done.", None),
        ("Let Kim know when the copy is done.", "role"),
        ("Tell them when the copy is done.", "role"),
    ):
        assert rejection_reason(said, mail(body), "plain") == reason, said


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


def test_a_name_in_the_only_address_is_used():
    for address, name in [
        ("kim.lee@example.org", "Kim"),
        ("kim.j.lee2@example.org", "Kim"),
        ("lee@example.org", ""),
        ("k.lee@example.org", ""),
        ("kim_lee@example.org", ""),
    ]:
        assert addressee(mail("yes", recipients=(("", address),))) == name


def test_a_reader_without_a_name_is_a_pronoun():
    assert reader(mail("Yes, I will bring the oars.", recipients=(("", ""),))) == "them"
    assert reader(mail("Ja, ich bringe die Ruder und auch das Boot.", recipients=())) == ""
    assert reader(mail()) == "Kim"


# --- playing back

BETTER = "Ask Kim whether Monday would suit, since the boat needs new oars before June."
WRONG = "Say that Peter is ill."


def test_the_kinds_are_asked_for_in_one_chat():
    generator = Scripted(TRUE, TERSE, SPOKEN)
    assert play_back(mail(), generator, once(), NONE, "Ro") == Instruction(
        TRUE, "playback", {"terse": TERSE, "spoken": SPOKEN}
    )
    first = build_playback_prompt(
        BODY, kind="plain", prompt=SETTINGS.prompt, user_name="Ro", recipient="Kim"
    )
    terse = [*first, Message("assistant", TRUE), Message("user", ask_for_instruction("terse"))]
    spoken = [*terse, Message("assistant", TERSE), Message("user", ask_for_instruction("spoken"))]
    assert [messages for messages, _ in generator.asked] == [first, terse, spoken]
    assert all(one.temperature == 0.0 for _, samplings in generator.asked for one in samplings)


def test_the_instruction_that_makes_the_mail_likeliest_is_kept():
    lines = [TRUE, WRONG, BETTER]
    generator = Scripted(*lines, *[TERSE] * 3, *[SPOKEN] * 3, likelihoods={BETTER: -0.5, WRONG: 0})
    assert play_back(mail(), generator, attempts(3), NONE, "Ro").text == BETTER
    assert {answer for _, answer in generator.scored} == {BODY}
    assert WRONG not in str(generator.scored)
    assert generator.scored[0][0] == build_prompt(
        TRUE, prompt=SETTINGS.prompt, user_name="Ro", recipient="Kim"
    )
    _, samplings = generator.asked[0]
    assert [one.temperature > 0 for one in samplings] == [False, True, True]
    assert len({one.seed for one in samplings}) == 3


def test_an_instruction_that_tells_hardly_anything_of_the_mail_is_rejected():
    generator = Scripted(TRUE, TERSE, SPOKEN, TRUE, likelihoods={TRUE: -2.9})
    assert play_back(mail(), generator, once(), NONE).text == TERSE


def test_a_mail_too_long_to_be_scored_gets_the_first_that_fits():
    class Small(Scripted):
        def log_likelihood(self, messages, answer):
            raise PanzaError("too long")

    generator = Small(TRUE, BETTER, *[TERSE] * 2, *[SPOKEN] * 2)
    assert play_back(mail(), generator, attempts(2), NONE).text == TRUE


def test_an_answer_that_was_cut_off_is_not_used():
    class Full(Scripted):
        def stream_several(self, messages, samplings, on_text):
            return [
                Written(False, 0.0) for _ in super().stream_several(messages, samplings, on_text)
            ]

    assert play_back(mail(), Full(*[TRUE] * 6), once(), NONE).origin == "notes"


def test_of_notes_those_that_tell_most_of_the_mail_are_kept():
    generator = Scripted(TRUE, TRUE, "kim: new oars before june", TERSE, SPOKEN, SPOKEN)
    long = mail(BODY.replace("June.", "June, the others rotted."))
    fuller = "kim: boat needs oars before june, others rotted. mon ok?"
    generator.lines[3] = fuller
    assert play_back(long, generator, attempts(2), NONE).others["terse"] == fuller


def test_notes_for_a_reader_without_a_name_have_no_pronoun():
    nameless = mail(BODY.replace("Ahoy Kim,\n\n", ""), recipients=())
    said = TRUE.replace("Kim", "them")
    generator = Scripted(said, "them: boat needs oars before june. mon ok?", "no")
    played = play_back(nameless, generator, once(), NONE)
    assert (played.text, played.others) == (said, {"terse": "boat needs oars before june. mon ok?"})
    assert "To: them" in generator.asked[0][0][1].content


def test_without_a_fitting_plain_instruction_it_is_asked_for_again_after_the_others():
    generator = Scripted(WRONG, TERSE, SPOKEN, TRUE)
    played = play_back(mail(), generator, once(), NONE)
    assert played == Instruction(TRUE, "playback", {"terse": TERSE, "spoken": SPOKEN})
    messages, _ = generator.asked[-1]
    assert [one.content for one in messages[2:]] == [
        TERSE,
        ask_for_instruction("spoken"),
        SPOKEN,
        ask_for_instruction("plain"),
    ]


def test_where_the_plain_instruction_is_rejected_another_kind_is_the_first():
    played = play_back(mail(), Scripted(WRONG, TERSE, WRONG, WRONG), once(), NONE)
    assert (played.text, played.origin) == (TERSE, "playback")


def test_after_all_attempts_the_mail_gets_notes():
    generator = Scripted(*[WRONG] * 8)
    played = play_back(mail(), generator, attempts(2), NONE)
    assert played == Instruction(notes(mail(), NONE), "notes")
    assert generator.lines == []


def test_an_empty_answer_is_rejected():
    assert play_back(mail(), Scripted(*["  "] * 4), once(), NONE).origin == "notes"


def test_of_a_long_mail_head_and_tail_are_read():
    words = [f"w{n}" for n in range(100)]
    body = "\n".join(" ".join(words[n : n + 10]) for n in range(0, 100, 10))
    generator = Scripted(*["say w1."] * 4)
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
        def stream_several(self, messages, samplings, on_text):
            if "garden" in messages[1].content:
                raise KeyboardInterrupt
            self.lines += ["say that the violin0 is not ready."] * len(samplings)
            return super().stream_several(messages, samplings, on_text)

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
