"""Files and folders that get each other's name, and files that nobody else can read."""

from __future__ import annotations

import os
import stat

import pytest

from engine.disk import durable


@pytest.mark.parametrize("at_once", [True, False])
def test_names_are_exchanged_whatever_the_system_can_do(tmp_path, monkeypatch, at_once):
    if not at_once:
        monkeypatch.setattr(durable, "_exchange", lambda one, two: False)
    (tmp_path / "aside").mkdir()
    one, two = tmp_path / "aside" / "models", tmp_path / "models"
    for folder, name in ((one, "new"), (two, "old")):
        folder.mkdir()
        (folder / name).touch()
    durable.exchange(one, two)
    assert (os.listdir(one), os.listdir(two)) == (["old"], ["new"])
    assert sorted(os.listdir(tmp_path / "aside")) == ["models"]


def test_a_name_that_is_not_there_is_an_error_and_changes_nothing(tmp_path):
    (tmp_path / "one").touch()
    with pytest.raises(FileNotFoundError):
        durable.exchange(tmp_path / "one", tmp_path / "two")
    assert os.listdir(tmp_path) == ["one"]


def test_a_file_is_its_owner_s_alone_whatever_the_process_allows(tmp_path):
    before = os.umask(0)
    try:
        durable.write_file(tmp_path / "file", b"mail")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600
