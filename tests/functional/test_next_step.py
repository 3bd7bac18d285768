"""The next step that `panza-tui status` names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from conftest import Panza, put_mail
from safetensors.torch import save_file

from engine.database.database import connect
from engine.home.home import Home
from engine.home.locks import hold
from training.examples.training_pairs import fingerprint, training_pairs


@pytest.mark.parametrize(
    ("kept", "played", "command", "why"),
    [
        (0, 0, "panza-tui import PATH", "Import the mails"),
        (7, 7, "panza-tui import PATH", "7 so far, 20 at least"),
        (25, 0, "panza-tui playback", "An instruction"),
        (25, 11, "panza-tui playback", "11 of 25"),
        (25, 25, "panza-tui train", "Your model"),
    ],
)
def test_each_next_step_up_to_a_model(
    home: Home, panza: Panza, kept: int, played: int, command: str, why: str
) -> None:
    for number in range(kept):
        put_mail(home, number, "Lunch", f"Lunch at {number}?")
    connection = connect(home.prepare().database)
    connection.execute(
        "INSERT INTO instructions SELECT id, 'ask', 'hand', '', 0, '', '' FROM mails LIMIT ?",
        (played,),
    )
    connection.close()
    found = json.loads(panza("status", "--json").out)
    assert found["next"] == command
    assert why in found["next_why"]
    assert command in panza("status").out


@pytest.mark.parametrize(
    ("state", "checkpoint", "same_mails", "command"),
    [
        ("stopped", True, True, "panza-tui train --resume sam"),
        ("started", False, True, "panza-tui train --resume sam"),
        ("failed", True, True, "panza-tui train --resume sam"),
        ("failed", False, True, "panza-tui train"),
        ("stopped", True, False, "panza-tui train"),
        ("finished", False, True, "panza-tui export sam"),
    ],
)
def test_the_next_step_after_a_run(
    mails_home: Home, panza: Panza, state: str, checkpoint: bool, same_mails: bool, command: str
) -> None:
    folder = mails_home.prepare().model("sam")
    last = folder / "checkpoints" / "checkpoint-1"
    last.mkdir(parents=True)
    if checkpoint:
        save_file({"weight": torch.zeros(1)}, last / "adapter_model.safetensors")
        for name in ("optimizer.pt", "scheduler.pt"):
            torch.save({}, last / name)
        (last / "trainer_state.json").write_text('{"global_step": 1}')
    mails = fingerprint(training_pairs(connect(mails_home.database))) if same_mails else "others"
    (folder / "card.toml").write_text(
        f'name = "sam"\nbase = "smollm2-135m-instruct"\nmethod = "rosa"\ncreated = 1\n'
        f'state = "{state}"\n[data]\nfingerprint = "{mails}"\n'
    )
    assert json.loads(panza("status", "--json").out)["next"] == command
    if state != "finished":
        with hold(folder / "run.lock", "the training run 'sam'"):
            found = json.loads(panza("status", "--json").out)
            assert found["models"][0]["state"] == "running"
            assert (found["next"], "sam" in found["next_why"]) == ("", True)


def test_with_a_model_the_next_step_is_a_draft(model_home: Home, panza: Panza) -> None:
    assert json.loads(panza("status", "--json").out)["next"].startswith("panza-tui --ask")


def test_from_twenty_accepted_drafts_on_the_next_step_is_an_update(
    model_home: Home, panza: Panza
) -> None:
    insert = (
        "INSERT INTO drafts (created, instruction, recipient, thread, sources, draft, final, "
        "model, backend, seed) VALUES (2, 'thank her', '', '[]', '[]', 'Ta', ?, 'lo', '', 0)"
    )
    with connect(model_home.database) as connection:
        connection.executemany(insert, [("Thanks.",)] * 19)
        connection.execute(insert, (None,))
    assert json.loads(panza("status", "--json").out)["next"].startswith("panza-tui --ask")
    assert "\nDrafts        20, 19 accepted since the last training\n" in panza("status").out
    with connect(model_home.database) as connection:
        connection.execute("UPDATE drafts SET final = draft WHERE final IS NULL")
    found = json.loads(panza("status", "--json").out)
    assert (found["drafts"], found["accepted_drafts"]) == (20, 20)
    assert found["next"] == "panza-tui train --update lo"
    assert "20 drafts you accepted" in found["next_why"]


def test_a_home_that_was_named_is_named_in_the_next_step(
    home: Home, tmp_path: Path, panza: Panza
) -> None:
    other = tmp_path / "my home"
    found = json.loads(panza("status", "--json", "--home", other).out)
    assert found["next"] == f"panza-tui --home '{other}' import PATH"
