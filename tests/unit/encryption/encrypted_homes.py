"""Homes for the tests of encryption, with mail, a model's files and logs."""

from __future__ import annotations

import struct
from contextlib import closing
from pathlib import Path

from made_mails import made_mail

from engine.database import database
from engine.disk.files import read_small
from engine.encryption.conversion import encrypt_home
from engine.encryption.key_file import Cost, new_key, wrap
from engine.encryption.stored import readable
from engine.encryption.unlocked import DataKey
from engine.events import read_events
from engine.home.home import Home
from engine.mail.stored.store import insert_mail

PASSPHRASE = "six random words would do here"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
WORD = "xylographic"
"""In each text of the home, and nowhere else."""

SAMPLE = f'{{"event": "sample", "step": 1, "instruction": "Ask", "text": "A {WORD} draft"}}\n'
CARD = f'name = "lo"\nbase = "{WORD}"\nmethod = "rosa"\ncreated = 1\nstate = "finished"\n'
MAILS = 40


def vector(number: int) -> bytes:
    return struct.pack("<384f", *([0.0] * number), 1.0, *([0.0] * (383 - number)))


def fill(home: Home) -> None:
    with closing(database.connect(home.database)) as connection:
        for number in range(MAILS):
            body = f"Number {number} is {WORD}. " + (f"{WORD} " * 2000 if number == 7 else "")
            insert_mail(connection, made_mail(number, body=body, original=f"Old {WORD} text"))
        for (number,) in connection.execute("SELECT id FROM mails").fetchall():
            connection.execute("INSERT INTO vectors VALUES (?, ?)", (number, vector(number)))
    folder = home.model("lo")
    (folder / "adapter").mkdir(parents=True)
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(WORD.encode() * 60_000)
    (folder / "card.toml").write_text(CARD)
    (folder / "events.jsonl").write_text(SAMPLE * 3)
    (folder / "log.txt").write_text(f"A warning of {WORD}\n")
    (folder / "run.lock").write_text("")
    (home.root / "serve.key").write_text("k" * 43 + "\n")
    job = home.root / "jobs" / "import"
    job.mkdir(parents=True)
    (job / "log.txt").write_text(f"Reading {WORD}\n")
    home.evaluation.write_text(f'{{"key": "a", "value": "{WORD}"}}\n')
    (home.cache / "beginning-5a.state").write_bytes(WORD.encode())
    (home.root / "panza.db.schema-3").write_bytes(WORD.encode())


def encrypt(home: Home) -> DataKey:
    key = new_key()
    encrypt_home(home, wrap(key, PASSPHRASE, "encrypting", CHEAP), key, lambda what: None)
    return key


def files_with(root: Path, word: str = WORD) -> list[str]:
    """The files below a folder that hold a word, in any common encoding of text."""
    wanted = [word.encode(), word.encode("utf-16-le"), word.upper().encode()]
    files = (path for path in root.rglob("*") if path.is_file())
    return [
        path.relative_to(root).as_posix()
        for path in files
        if any(found in path.read_bytes() for found in wanted)
    ]


def content(home: Home) -> dict[str, object]:
    """All that a home holds, read as the program reads it."""
    with closing(database.connect(home.database)) as connection:
        tables = ("mails", "vectors", "facts", "drafts")
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
        text = "SELECT rowid FROM mails_text WHERE mails_text MATCH ?"
        rows["by words"] = connection.execute(text, (WORD,)).fetchall()
        assert not database.find_damage(connection, thorough=True)
    folder = home.model("lo")
    with readable(folder / "adapter") as plain:
        weights = (plain / "adapter_model.safetensors").read_bytes()
    card = read_small(folder / "card.toml")
    return {**rows, "events": read_events(folder / "events.jsonl"), "w": weights, "card": card}
