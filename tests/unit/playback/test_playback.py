"""Playback asks for the instructions of each mail, and stores them one by one."""

from __future__ import annotations

import dataclasses

import apsw
import pytest

from engine.database import database
from engine.events import Progress
from engine.generators import side_by_side
from engine.generators.side_by_side import OneAfterAnother
from engine.mail.stored.store import insert_mail, kept_mails
from engine.mail.types import Mail
from engine.prompt.prompt import Message, ask_for_instruction, build_playback_prompt
from playback.scripted import (
    BODY,
    NONE,
    SETTINGS,
    SPOKEN,
    TERSE,
    TRUE,
    Scripted,
    mail,
    many,
    once,
    play_back,
)
from training.playback.playback import Instruction, play_back_all


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


def test_notes_for_a_reader_without_a_name_have_no_pronoun():
    nameless = mail(BODY.replace("Ahoy Kim,\n\n", ""), recipients=())
    said = TRUE.replace("Kim", "them")
    generator = Scripted(said, "them: boat needs oars before june. mon ok?", "no")
    played = play_back(nameless, generator, once(), NONE)
    assert (played.text, played.others) == (said, {"terse": "boat needs oars before june. mon ok?"})
    assert "To: them" in generator.asked[0][0][1].content


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


@pytest.mark.parametrize("error", [KeyboardInterrupt, apsw.FullError])
def test_nothing_is_left_that_uses_the_model_when_playback_ends_early(tmp_path, monkeypatch, error):
    """Lanes that are freed after their model end the process."""
    closed = []

    class Lanes(OneAfterAnother):
        def close(self) -> None:
            closed.append(True)

    def fail(event: object) -> None:
        raise error

    monkeypatch.setattr(side_by_side, "lanes_of", Lanes)
    connection = database.connect(tmp_path / "panza.db")
    generator = Scripted(*["say that Peter is ill."] * 99)
    with pytest.raises(error) as raised:
        play_back_all(many(3), connection, generator, SETTINGS, model="", emit=fail)
    assert raised.tb  # It would keep what was not closed.
    assert closed


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
