"""Sample drafts of a run are of instructions that are still stored."""

from __future__ import annotations

from types import SimpleNamespace

from made_mails import made_mail

from engine.database.database import connect
from engine.events import Sample
from engine.forgetting.forget import forget_mail
from engine.home.home import Home
from engine.mail.stored.store import insert_mail
from training.examples.tokens import Example
from training.loop import samples
from training.loop.run_data import stored_instruction
from training.loop.samples import SampleCallback


def test_a_run_samples_no_instruction_that_was_forgotten_meanwhile(tmp_path, monkeypatch):
    home = Home(tmp_path / "home").prepare()
    connection = connect(home.database)
    texts = {}
    for number in (1, 2, 3):
        insert_mail(connection, made_mail(number))
        texts[number] = f"Ask for boat {number}"
        connection.execute(
            "INSERT INTO instructions (mail_id, text, origin, model, created) "
            "VALUES (?, ?, 'hand', '', 0)",
            (number, texts[number]),
        )
    emitted: list = []
    examples = [Example(number, (1, 2), 1) for number in texts]
    tokenizer = SimpleNamespace(decode=lambda ids, **options: "Hi")
    monkeypatch.setattr(samples, "_generate", lambda *arguments: [[0]] * len(examples))
    callback = SampleCallback(
        examples,
        texts,
        lambda mail_id, text: 0,
        lambda mail_id, text: stored_instruction(home, mail_id) == text,
        tokenizer,
        lambda: False,
        emitted.append,
    )
    state, control = SimpleNamespace(global_step=0), None
    callback.on_train_begin(None, state, control)
    assert [e.instruction for e in emitted if isinstance(e, Sample)] == list(texts.values())
    emitted.clear()
    forget_mail(home, connection, 2)
    connection.execute("UPDATE instructions SET text = 'Ask again' WHERE mail_id = 3")
    callback.on_evaluate(None, state, control)
    assert [e.instruction for e in emitted if isinstance(e, Sample)] == [texts[1]]
    home.database.write_bytes(b"no database")
    assert stored_instruction(home, 1) is None
