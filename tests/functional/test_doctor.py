"""`panza-tui doctor` runs every check, and says how to mend what it finds."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from conftest import Panza

from engine.home.home import Home
from panza_tui.jobs.doctor import Finding, _memory, examine


def test_the_doctor_runs_every_check(mails_home: Home, panza: Panza) -> None:
    mails_home.root.chmod(0o700)
    done = panza("doctor")
    subjects = {line[2:16].strip() for line in done.out.splitlines() if line[0] in "+!"}
    assert subjects == {
        *("python", "compiler", "llama.cpp", "torch", "sqlite", "memory", "disk"),
        *("base model", "embedder", "database", "home", "settings"),
    }
    assert done.code == (1 if "\n! " in done.out else 0)


def broken(home: Home, config: Path | None = None) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine(home, config) if finding.fix}


@pytest.mark.parametrize(("gib", "is_small"), [(3.8, True), (5.3, True), (5.7, False)])
def test_the_doctor_wants_memory_for_training_and_the_system(
    monkeypatch: pytest.MonkeyPatch, gib: float, is_small: bool
) -> None:
    has = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": int(gib * 2**18)}
    monkeypatch.setattr(os, "sysconf", has.__getitem__)
    memory = _memory()
    assert memory.found.startswith(f"{gib} GiB")
    assert ("training.micro_batch_tokens" in memory.fix) == is_small


def test_the_doctor_reports_problems(home: Home, imported: Home, tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text("[draft]\n")
    home.root.mkdir()
    home.root.chmod(0o755)
    home.cache.symlink_to(imported.cache)
    home.database.write_text("no database " * 100)
    found = broken(home, config)
    assert found["home"].fix == f"chmod 700 {home.root}"
    assert "not a readable database" in found["database"].fix
    assert "draft" in found["settings"].fix
    shutil.rmtree(home.root)
    home.root.touch()
    assert "chmod" not in broken(home)["home"].fix
