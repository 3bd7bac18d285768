"""Record what a command writes, and check the home after a cut of the power at any moment of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.home.home import Home
from engine.subprocesses import CODE
from panza_tui.jobs.check import check
from panza_tui.jobs.doctor import Finding
from power_cut.disk import Change, Disk, put, read_changes, states

SOURCE = Path(__file__).with_name("record.c")


@pytest.fixture(scope="session")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that records the calls of a process."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("calls are recorded with LD_PRELOAD, by a library that is compiled first")
    library = tmp_path_factory.mktemp("recorder") / "record.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", library, SOURCE, "-ldl", "-lpthread"], check=True
    )
    return library


@dataclass(frozen=True)
class Recording:
    """The files before a command, what it changed, and the home that it left."""

    before: Disk
    changes: list[Change]
    home: Home


@pytest.fixture(scope="session")
def record(recorder: Path) -> Callable[..., Recording]:
    """Run Python on a home, and record what it changes there; its cache is left out."""

    def run(home: Home, *command: str | Path) -> Recording:
        before = Disk(home.root)
        log = home.root.parent / "changes"
        log.unlink(missing_ok=True)
        environment = os.environ | {
            "LD_PRELOAD": str(recorder),
            "POWER_CUT_ROOT": str(home.root),
            "POWER_CUT_LOG": str(log),
            "PYTHONPATH": str(CODE),
        }
        done = subprocess.run(
            [sys.executable, *map(str, command)], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        cache = f"{home.root}/cache/"
        changes = [c for c in read_changes(log) if not c.path.startswith(cache)]
        return Recording(before, changes, home)

    return run


@pytest.fixture
def replay(tmp_path: Path, imported: Home) -> Callable[..., int]:
    """Check the home as each possible cut of the power during a recording leaves it.

    check_state: called with each such home. expected: which problems `doctor --check` may find;
    none otherwise. open_home: what the user does first, such as to give the passphrase, or to
    finish what was interrupted. every_write: False to cut only where names change or something is
    synced. Returns how many homes were checked.
    """

    def run(
        recording: Recording,
        check_state: Callable[[Home], None],
        *,
        expected: Callable[[Finding], bool] = lambda finding: False,
        every_write: bool = True,
        open_home: Callable[[Home], None] = lambda home: None,
    ) -> int:
        count = 0
        for when, files in states(recording.before, recording.changes, every_write):
            count += 1
            left = Home(tmp_path / "cut" / "home")
            shutil.rmtree(left.root.parent, ignore_errors=True)
            left.root.mkdir(parents=True)
            put(files, left.root)
            left.cache.symlink_to(imported.cache)
            try:
                left.prepare()
                open_home(left)
                assert left.left_over == []  # The start has removed it.
                problems = [f for f in check(left) if f.fix and not expected(f)]
                assert problems == []
                check_state(left)
            except Exception as error:
                raise AssertionError(f"{when}: {error}") from error
        end = _without_shared_memory(recording.before.files())
        assert end == _without_shared_memory(_files(recording.home.root))
        return count

    return run


@pytest.fixture
def cut_power(record: Callable[..., Recording], replay: Callable[..., int]) -> Callable[..., int]:
    """Record a command, then replay it; see there."""

    def run(
        home: Home, check_state: Callable[[Home], None], *command: str | Path, **options: Any
    ) -> int:
        return replay(record(home, *command), check_state, **options)

    return run


def _files(root: Path) -> dict[str, bytes | None]:
    paths = (path for path in root.rglob("*") if not path.is_symlink())
    return {
        path.relative_to(root).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in paths
        if "cache" not in path.relative_to(root).parts[:1]
    }


def _without_shared_memory(files: dict[str, bytes | None]) -> dict[str, bytes | None]:
    return {path: data for path, data in files.items() if not path.endswith("-shm")}
