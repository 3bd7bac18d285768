"""`panza-tui backup` and `restore`, as a user runs them."""

from __future__ import annotations


def test_a_backup_and_its_restoration(panza, model_home, tmp_path):
    file = tmp_path / "mine.zip"
    written = panza("backup", file)
    assert (written.code, written.out) == (0, "")
    assert "32 mails, 0 drafts, 1 model" in written.err
    assert "read back and checked" in written.err
    assert "lo-Q8_0.gguf is not a plain file" in written.err

    checked = panza("restore", file, "--dry-run")
    assert checked.code == 0
    assert "is intact, and can be restored: 32 mails, 0 drafts, 1 model." in checked.err
    assert "would replace 33 mails, 0 drafts, 1 model, which it would keep." in checked.err
    assert "Nothing was restored." in checked.err
    checked = panza("--home", tmp_path / "new", "restore", file, "--dry-run")
    assert "Restoring it replaces nothing." in checked.err
    assert not (tmp_path / "new").exists()

    assert panza("forget", "--mail", "1", "--yes").code == 0
    restored = panza("restore", file)
    assert restored.code == 0
    assert "Restored" in restored.err
    assert "before-restore-" in restored.err
    assert "Mails that you forgot since then are there again: 1." in restored.err
    assert "Mails         32" in panza("status").out


def test_a_backup_into_another_home(panza, mails_home, tmp_path):
    assert panza("backup", tmp_path / "b.zip", "--no-models").code == 0
    other = tmp_path / "other"
    restored = panza("--home", other, "restore", tmp_path / "b.zip")
    assert restored.code == 0
    assert "made without models" in restored.err
    assert "Mails         32" in panza("--home", other, "status").out


def test_errors_are_one_line(panza, mails_home, tmp_path):
    (tmp_path / "other.txt").write_text("no backup")
    for arguments, code in (
        (("backup", tmp_path), 2),
        (("backup", tmp_path / "other.txt"), 2),
        (("--home", tmp_path / "none", "backup", tmp_path / "b.zip"), 3),
        (("restore", tmp_path / "other.txt"), 1),
        (("restore", tmp_path / "none"), 1),
        (("restore", tmp_path / "other.txt", "--dry-run"), 1),
    ):
        result = panza(*arguments)
        assert (result.code, result.out, result.err.count("\n")) == (code, "", 1), result.err
    assert not (tmp_path / "none").exists()


def test_forgetting_a_mail_names_what_a_restored_backup_replaced(panza, mails_home, tmp_path):
    assert panza("backup", tmp_path / "b.zip").code == 0
    assert panza("restore", tmp_path / "b.zip").code == 0
    forgotten = panza("forget", "--mail", "1", "--yes")
    assert forgotten.code == 0
    assert "may still contain it" in forgotten.err
    assert "before-restore-" in forgotten.err
