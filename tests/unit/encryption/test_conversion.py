"""A home from plain to encrypted and back: all is kept, nothing is left in plain, and a kill at
any moment costs nothing."""

from __future__ import annotations

import os
import sys
from contextlib import closing

import apsw
import numpy as np
import pytest
from damaged_home import damage
from made_mails import made_mail

from encryption.encrypted_homes import (
    CHEAP,
    MAILS,
    PASSPHRASE,
    WORD,
    content,
    encrypt,
    files_with,
    vector,
)
from engine.damage.model_sums import check_sums, write_sums
from engine.damage.values import unreadable_rows
from engine.database import database
from engine.disk import durable
from engine.encryption import conversion, unlocked
from engine.encryption.conversion import decrypt_home, encrypt_home
from engine.encryption.key_file import key_file, new_key, unwrap, wrap
from engine.encryption.key_record import KEY_FILE
from engine.encryption.unlocked import LockedError, known_key
from engine.errors import PanzaError, UsageError
from engine.forgetting.forget import forget_all
from engine.home.locks import hold
from engine.mail.stored.store import insert_mail
from engine.retrieval.by_meaning import nearest
from engine.retrieval.by_words import best_matches, query_words
from engine.salvage.salvage import salvage
from panza_tui.jobs.encryption import turn_off, turn_on
from panza_tui.jobs.forget import home_contents


def nothing(what: str) -> None:
    pass


def on(home) -> None:
    ask = lambda what: PASSPHRASE  # noqa: E731
    turn_on(home, ask, ask, lambda event: None, in_keyring=False)


def off(home) -> None:
    turn_off(home, lambda what: PASSPHRASE, lambda event: None)


def test_there_and_back_all_is_kept_and_nothing_is_left_in_plain(home):
    assert set(files_with(home.root)) >= {"panza.db", "models/lo/card.toml", "models/lo/log.txt"}
    before = content(home)
    assert len(before["by words"]) == MAILS
    key = encrypt(home)
    assert files_with(home.root) == []
    assert content(home) == before
    assert files_with(home.root) == []  # Reading writes nothing in plain.
    assert not list(home.root.glob("panza.db.*"))
    decrypt_home(home, key_file(home), key, nothing)
    assert content(home) == before
    assert not (home.root / KEY_FILE).exists()
    assert (home.model("lo") / "adapter" / "adapter_model.safetensors").read_bytes()[:11] == WORD.encode()  # fmt: skip  # noqa: E501


def test_what_is_written_later_is_encrypted_in_the_log_too(home):
    encrypt(home)
    with closing(database.connect(home.database)) as connection:
        for number in range(100, 140):
            insert_mail(connection, made_mail(number, body=f"{WORD} " * 300, subject=WORD))
        connection.execute("INSERT INTO vectors VALUES (?, ?)", (MAILS + 9, vector(100)))
        assert (home.root / "panza.db-wal").stat().st_size > 10_000
        assert files_with(home.root) == []
        connection.execute("PRAGMA cache_size = 1").fetchall()
        connection.execute(f"SELECT body || '{WORD}' AS b FROM mails ORDER BY b").fetchall()
        connection.execute("VACUUM")
        assert files_with(home.root) == []
        found = best_matches(connection, query_words(connection, f"boat {WORD}"), 100)
        assert len(found) >= MAILS
        match = "SELECT count(*) FROM mails_text WHERE mails_text MATCH ?"
        assert connection.execute(match, (WORD,)).get == 2 * MAILS
        meant = np.frombuffer(vector(100), dtype=np.float32)
        for exact in (True, False):
            assert next(iter(nearest(connection, meant, 1, exact=exact))) == MAILS + 9


def test_without_the_key_nothing_opens_it(home):
    key = encrypt(home)
    unlocked.lock(key.id)
    with pytest.raises(LockedError, match="is encrypted"):
        database.connect(home.database)
    wrong = unlocked.DataKey(key.id, bytes(32))
    unlocked.unlock(wrong)
    with pytest.raises(PanzaError, match="wrong tag"):
        database.connect(home.database)
    with (
        pytest.raises(apsw.NotADBError),
        closing(database.open_database(home.database, key=wrong)) as opened,
    ):
        database.schema_version(opened)
    held = home_contents(home)
    assert (held.models, held.mails) == (1, None)


def test_everything_can_be_forgotten_without_the_key(home):
    key = encrypt(home)
    unlocked.lock(key.id)
    forget_all(home)
    assert [path.name for path in home.root.iterdir()] == ["write.lock"]


def test_a_home_in_use_is_left_as_it_is(home):
    with closing(database.connect(home.database)) as connection:
        connection.execute("SELECT * FROM mails").fetchone()
        with pytest.raises(PanzaError, match="in use"):
            on(home)
    assert not (home.root / KEY_FILE).exists()
    with hold(home.model("lo") / "run.lock", "a run"), pytest.raises(PanzaError, match="running"):
        on(home)
    assert content(home)["events"]


def test_copies_that_would_stay_plain_are_named_first(home):
    (home.root / "before-restore-20260101-000000").mkdir()
    with pytest.raises(UsageError, match="before-restore-20260101-000000"):
        on(home)
    assert not (home.root / KEY_FILE).exists()


def test_a_damaged_database_is_not_converted_and_the_home_stays_usable(home):
    with open(home.database, "r+b") as file:
        file.seek(3 * 4096)
        file.write(bytes(4096))
    with pytest.raises(PanzaError, match="damaged"):
        on(home)
    assert not (home.root / KEY_FILE).exists()
    assert "models/lo/card.toml" in files_with(home.root)


def test_a_changed_file_keeps_a_home_encrypted_until_its_model_is_forgotten(home):
    encrypt(home)
    path = home.model("lo") / "adapter" / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(PanzaError, match="it was changed or cut short"):
        off(home)
    assert key_file(home).state == "on"
    assert set(files_with(home.root)) == set()
    path.unlink()
    off(home)
    assert "panza.db" in files_with(home.root)


def test_what_is_not_ours_is_left_alone(home):
    strange = [home.model("lo") / "notes.txt", home.models / "x.txt", home.root / ".x.partial"]
    for path in strange:
        path.write_text("mine")
    on(home)
    assert [path.read_text() for path in strange] == ["mine"] * 3


def test_checksums_of_models_hold_on_both_sides(home):
    folder = home.model("lo")
    write_sums(folder, [folder / "adapter" / "adapter_model.safetensors"])
    key = encrypt(home)
    assert check_sums(folder) == (1, [])
    path = folder / "adapter" / "adapter_model.safetensors"
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1])
    assert check_sums(folder) == (1, ["adapter/adapter_model.safetensors"])
    path.write_bytes(sealed)
    decrypt_home(home, key_file(home), key, nothing)
    assert check_sums(folder) == (1, [])


def kill_at(moment: int) -> None:
    """End this process when a file is replaced, synced or removed for the n-th time."""
    count = 0

    def counted(function):
        def call(*arguments, **options):
            nonlocal count
            count += 1
            if count == moment:
                os._exit(9)
            return function(*arguments, **options)

        return call

    durable.sync = counted(durable.sync)
    os.unlink = counted(os.unlink)
    os.replace = counted(os.replace)
    type(home_path).unlink = counted(type(home_path).unlink)
    type(home_path).replace = counted(type(home_path).replace)


home_path = __import__("pathlib").Path("/")


def killed(work, moment: int) -> bool:
    """Do the work in a copy of this process, which is killed at a moment; False if it was done."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            kill_at(moment)
            work()
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9


def test_a_kill_at_any_moment_costs_nothing(home):
    """Each kill is followed by the same command again, there and back; every third is tried."""
    before = content(home)
    kills = 0
    for step, state, other in ((on, "on", off), (off, "off", on)):
        for moment in range(1, 200, 3):
            if not killed(lambda step=step: step(home), moment):
                break
            kills += 1
            file = key_file(home)
            if (file.state if file else "off") != state:
                step(home)
            if key_file(home):  # The child made it, so it alone knows the key.
                unlocked.unlock(unwrap(key_file(home), PASSPHRASE))
            assert (key_file(home) is not None) == (state == "on")
            assert content(home) == before
            assert (files_with(home.root) == []) == (state == "on")
            assert not list(home.root.rglob("*partial*"))
            other(home)
        else:
            pytest.fail("it never ended")
        if key_file(home):  # The child did it.
            unlocked.unlock(unwrap(key_file(home), PASSPHRASE))
    assert kills > 10


def test_a_begun_work_can_be_turned_round(home):
    before = content(home)
    assert killed(lambda: on(home), 12)
    assert key_file(home).state == "encrypting"
    off(home)
    assert key_file(home) is None
    assert content(home) == before


def test_rows_of_a_damaged_encrypted_database_are_saved(home):
    encrypt(home)
    with closing(database.connect(home.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        pages = connection.pragma("page_count")
    with open(home.database, "r+b") as file:
        for page in (2, pages // 2):
            file.seek(page * 4096)
            file.write(os.urandom(4096))
        file.seek(0)
        file.write(bytes(16))  # The salt of the whole, which a raw key does without.
    saved = salvage(home)
    assert MAILS // 2 < saved.rows["mails"] <= MAILS
    assert files_with(home.root) == []
    with closing(database.connect(home.database)) as connection:
        assert connection.execute("SELECT body FROM mails LIMIT 1").get.startswith("Number ")


def test_a_new_home_key_is_not_asked_for_in_a_plain_home(home):
    assert unlocked.key_of(home.database) is None
    key = new_key()
    encrypt_home(home, wrap(key, PASSPHRASE, "encrypting", CHEAP), key, nothing)
    assert known_key(key.id) == key
    with pytest.raises(UsageError, match="encrypted already"):
        on(home)


def test_a_row_that_cannot_be_read_is_converted_as_it_is(home):
    damage(home, "mails", "body", b"\xff boat", "id = 2")
    damage(home, "mails", "recipients", b"5", "id = 3")
    with closing(database.connect(home.database)) as connection:
        before = unreadable_rows(connection)
    on(home)
    off(home)
    with closing(database.connect(home.database)) as connection:
        assert unreadable_rows(connection) == before == {"mails": [2, 3]}
        kept = connection.execute("SELECT CAST(body AS BLOB) FROM mails WHERE id = 2").get
        assert kept == b"\xff boat"


@pytest.mark.parametrize("error", [ValueError("no"), OSError(5, "bad"), MemoryError()])
def test_any_error_leaves_the_home_as_it_was(home, monkeypatch, error):
    before = content(home)

    def fail(*arguments: object, **options: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(conversion, "_digest", fail)
        with pytest.raises(PanzaError if isinstance(error, OSError) else type(error)):
            on(home)
    assert not (home.root / KEY_FILE).exists()
    assert content(home) == before
