"""`panza-tui doctor --check` finds what changed on the disk, and `--repair` mends it."""

from __future__ import annotations

import errno
import os
import subprocess
from contextlib import closing

import pytest
from conftest import WRITER, bundled_messages
from damaged_home import damage

from engine import left_out
from engine.damage.model_sums import check_sums, replacing, write_sums
from engine.database import database
from engine.database.checksums import add_checksums
from engine.home.home import Home


@pytest.fixture
def checked(mails_home: Home) -> Home:
    """A home with checksums of all its rows, closed, and with a model."""
    with closing(database.connect(mails_home.prepare().database)) as connection:
        add_checksums(connection)
    folder = mails_home.model("lo")
    (folder / "adapter").mkdir(parents=True)
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(b"weights")
    (folder / "card.toml").write_text(
        'name = "lo"\nbase = "b"\nmethod = "rosa"\ncreated = 1\nstate = "finished"\n'
    )
    write_sums(folder, [folder / "adapter" / "adapter_model.safetensors"])
    return mails_home


def problems(result) -> set[str]:
    assert result.out, result.err
    return {line[2:].split("  ")[0] for line in result.out.splitlines() if line.startswith("! ")}


def change_a_byte_of(home: Home, text: bytes) -> None:
    content = bytearray(home.database.read_bytes())
    at = content.index(text)
    content[at + 2] ^= 1
    home.database.write_bytes(content)


def execute(home: Home, statement: str, *values: object) -> None:
    with closing(database.connect(home.database)) as connection:
        connection.execute(statement, values)


def test_a_sound_home_has_no_problem(panza, checked):
    result = panza("doctor", "--check")
    assert (result.code, problems(result)) == (0, set()), result
    for proof in (
        "every page, table and index is well-formed",
        "all are as they were written",
        "+ text index     that of the mails",
        "each is that of a kept mail",
        "lo: 1 files are as they were written",
        "only you can read",
        "each change is flushed",
        "nothing is downloaded",
        "Not proven:",
    ):
        assert proof in result.out
    repaired = panza("doctor", "--repair")
    assert repaired.code == 0
    assert "nothing to repair" in repaired.err


def test_a_changed_mail_is_named_left_out_and_imported_again(panza, checked, tmp_path):
    with closing(database.connect(checked.database)) as connection:
        number, body = connection.execute(
            "SELECT id, body FROM mails WHERE left_out IS NULL ORDER BY length(body) DESC"
        ).fetchone()
    change_a_byte_of(checked, body.encode()[:40])
    result = panza("doctor", "--check")
    assert result.code == 1
    assert "rows" in problems(result)
    assert f"mails: {number}" in result.out
    repaired = panza("doctor", "--repair")
    assert repaired.code == 0
    assert f"mails {number}; read them" in repaired.err
    assert "1 damaged" in panza("status").out
    assert problems(panza("doctor", "--check")) == set()
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(bundled_messages(45))
    assert panza("import", archive, "--me", WRITER).code == 0
    assert "damaged" not in panza("status").out
    with closing(database.connect(checked.database)) as connection:
        assert connection.execute("SELECT body FROM mails WHERE id = ?", (number,)).get == body


def test_wrong_indexes_are_made_again(panza, checked):
    execute(checked, "INSERT INTO mails_text (mails_text) VALUES ('delete-all')")
    execute(checked, "UPDATE signs SET codes = zeroblob(length(codes))")
    execute(checked, "UPDATE vectors SET embedding = zeroblob(1536) WHERE mail_id = 1")
    with closing(database.connect(checked.database)) as connection:
        vectors = connection.execute("SELECT count(*) FROM vectors").get
        words = "SELECT count(*) FROM mails_text WHERE mails_text MATCH 'the'"
        assert connection.execute(words).get == 0
    assert problems(panza("doctor", "--check")) == {"text index", "vectors"}
    repaired = panza("doctor", "--repair")
    assert (repaired.code, problems(repaired)) == (0, set()), repaired.out
    with closing(database.connect(checked.database)) as connection:
        assert connection.execute(words).get > 0
        assert connection.execute("SELECT count(*) FROM vectors").get == vectors


def test_a_damaged_database_is_salvaged(panza, checked):
    with open(checked.database, "r+b") as file:
        file.write(b"\xff" * 4096)
    for command in (("status",), ("search", "boat")):
        result = panza(*command)
        assert result.code == 1
        assert "doctor --repair" in result.err
    assert panza("doctor", "--check").code == 1
    repaired = panza("doctor", "--repair")
    assert (repaired.code, problems(repaired)) == (0, set()), repaired.out
    assert "32 instructions" in repaired.err
    assert "before-repair-" in repaired.err
    assert "Mails         32" in panza("status").out


def test_changed_and_missing_files_of_a_model_are_named(panza, checked):
    folder = checked.model("lo")
    assert subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder).returncode == 0
    weights = folder / "adapter" / "adapter_model.safetensors"
    weights.write_bytes(b"weighty")
    result = panza("doctor", "--check")
    assert result.code == 1
    assert "lo: not as written: adapter/adapter_model.safetensors" in result.out
    weights.unlink()
    assert "model" in problems(panza("doctor", "--check"))


def test_checksums_follow_the_files_that_are_replaced(tmp_path):
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("1")
    write_sums(tmp_path, [tmp_path / "a", tmp_path / "b"])
    assert check_sums(tmp_path) == (2, [])
    (tmp_path / "new").write_text("2")
    with pytest.raises(OSError, match="space"), replacing(tmp_path / "b", tmp_path / "new"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert check_sums(tmp_path) == (2, [])
    (tmp_path / "b").write_text("3")
    assert check_sums(tmp_path) == (2, ["b"])
    with replacing(tmp_path / "b", tmp_path / "new"):
        (tmp_path / "new").replace(tmp_path / "b")
        assert check_sums(tmp_path) == (2, [])  # As after a kill.
    assert check_sums(tmp_path) == (2, [])
    assert len((tmp_path / "SHA256SUMS").read_text().splitlines()) == 2
    (tmp_path / "SHA256SUMS").write_text("00  ../../etc/passwd\nnonsense\n")
    assert check_sums(tmp_path) == (0, [])


def test_files_that_others_can_read_are_named_and_closed(panza, checked):
    card = checked.model("lo") / "card.toml"
    card.chmod(0o644)
    result = panza("doctor", "--check")
    assert "permissions" in problems(result)
    assert str(card) in result.out
    panza("doctor", "--repair")
    assert card.stat().st_mode & 0o077 == 0


def test_a_missing_home_is_not_created(panza, home):
    os.environ.pop("NOTHING", None)
    for option in ("--check", "--repair"):
        assert "database" not in problems(panza("doctor", option))
    assert not home.root.exists()


def test_a_row_that_cannot_be_read_is_said_by_each_command_and_mended(panza, checked, monkeypatch):
    monkeypatch.setattr(left_out, "_found", {})
    monkeypatch.setattr(left_out, "_told", {})
    with closing(database.connect(checked.database)) as connection:
        words = connection.execute("SELECT subject || ' ' || body FROM mails WHERE id = 3").get
    damage(checked, "mails", "recipients", b'[["Ann", 5]]', "id = 3")
    found = panza("search", "--json", words)
    assert (found.code, '"id": 3,' in found.out) == (0, False)
    assert "Note: 1 mail can't be read, so what is damaged was left out" in found.err
    assert panza("doctor", "--check").code == 1
    assert "are left out until you keep them" in panza("doctor", "--repair").err
    assert panza("doctor", "--check").code == 0
