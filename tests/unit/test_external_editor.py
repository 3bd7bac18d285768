"""A draft in $EDITOR: what the editor gets, what it may do wrong, and where the draft lies."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from engine.encryption.stored import temporary_folder
from engine.errors import PanzaError
from engine.home.home import Home
from engine.home.names import HOME, kind_of
from engine.home.removal import remove_home_files
from engine.subprocesses import CODE
from panza_tui.chat.external_editor import edit_text
from panza_tui.jobs.check import check

EDITING = (
    "import os, sys; from pathlib import Path; from engine.home.home import Home\n"
    "from engine.encryption.stored import temporary_folder\n"
    "from panza_tui.chat.external_editor import edit_text\n"
    "home = Home(Path(sys.argv[1])).prepare()\n"
    "edit_text('a secret plan', temporary_folder(home), no_colour=False)\n"
)


Editor = Callable[[str], None]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    """Return a function that makes $EDITOR run a line of Python, in which `path` is the file."""

    def use(line: str) -> None:
        script = tmp_path / "editor.py"
        script.write_text(f"import os, sys; from pathlib import Path\npath = sys.argv[1]\n{line}\n")
        monkeypatch.setenv("EDITOR", f"{sys.executable} {shlex.quote(str(script))}")

    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return use


def drafts_in(home: Home) -> list[Path]:
    return [path for path in home.root.rglob("*") if path.name.startswith("draft")]


def test_the_editor_gets_the_text_and_the_wish_for_no_colour(home: Home, editor: Editor) -> None:
    editor(
        "text = open(path).read(); "
        "open(path, 'w').write(text.strip() + '|' + os.environ.get('NO_COLOR', '') + '\\n')"
    )
    assert edit_text("Hi ünï", temporary_folder(home), no_colour=True) == "Hi ünï|1"
    assert edit_text("Hi", temporary_folder(home), no_colour=False) == "Hi|"
    assert edit_text("Hi \ud83d", temporary_folder(home), no_colour=False) == "Hi ?|"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("open(path, 'w').write('an hour of work'); sys.exit(3)", r"error \(3\), so nothing that"),
        ("os.kill(os.getpid(), 9)", r"error \(-9\)"),
        ("os.remove(path)", "left no text to read"),
        ("os.remove(path); os.mkdir(path)", "left no text to read"),
        ("os.remove(path); os.mkfifo(path)", "left no text to read"),
        ("os.remove(path); os.symlink('/etc/passwd', path)", "left no text to read"),
    ],
)
def test_what_an_editor_does_wrong_is_one_line_and_the_draft_stays(
    home: Home, editor: Editor, line: str, message: str
) -> None:
    editor(line)
    with pytest.raises(PanzaError, match=f"{message}.*draft is as it was"):
        edit_text("Hi", temporary_folder(home), no_colour=False)
    assert drafts_in(home) == []


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ('vim "', "EDITOR can't be read as a command .No closing quotation"),
        ("vim \\", "EDITOR can't be read as a command"),
        ("no-such-editor-at-all", "can't be started"),
        ("/", "can't be started"),
    ],
)
def test_a_wrong_name_of_an_editor_is_one_line(
    home: Home, editor: Editor, monkeypatch: pytest.MonkeyPatch, command: str, message: str
) -> None:
    monkeypatch.setenv("EDITOR", command)
    with pytest.raises(PanzaError, match=message):
        edit_text("Hi", temporary_folder(home), no_colour=False)


def test_a_disk_that_takes_no_file_is_one_line(editor: Editor, tmp_path: Path) -> None:
    editor("pass")
    with pytest.raises(PanzaError, match=r"can't be handed to .*No such file.*as it was"):
        edit_text("Hi", nullcontext(tmp_path / "none"), no_colour=False)


def test_a_draft_lies_in_the_home_while_it_is_edited_for_the_user_alone(
    home: Home, editor: Editor, tmp_path: Path
) -> None:
    editor(f"Path({str(tmp_path / 'seen')!r}).write_text(path)")
    edit_text("Hi", temporary_folder(home), no_colour=False)
    seen = Path((tmp_path / "seen").read_text())
    assert home.working in seen.parents
    assert not seen.parent.exists()
    with temporary_folder(home) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700


def test_what_a_killed_process_left_is_known_and_removed_at_the_next_start(
    home: Home, editor: Editor
) -> None:
    editor(f"os.kill(os.getppid(), {int(signal.SIGKILL)})")
    run = [sys.executable, "-c", EDITING, str(home.root)]
    assert subprocess.run(run, cwd=CODE, check=False).returncode == -signal.SIGKILL
    [draft] = drafts_in(home)
    assert home.left_over == [draft.parent]
    assert kind_of(home.working.name, HOME) is not None
    [copies] = [found for found in check(home) if found.subject == "other copies"]
    assert draft.parent.name in copies.found
    with temporary_folder(home) as in_use:  # What lives is not removed.
        (in_use / "draft").touch()
        home.prepare()
        assert drafts_in(home) == [in_use / "draft"]
        assert home.left_over == []


def test_forgetting_everything_removes_what_a_killed_process_left(
    home: Home, editor: Editor
) -> None:
    editor(f"os.kill(os.getppid(), {int(signal.SIGKILL)})")
    subprocess.run([sys.executable, "-c", EDITING, str(home.root)], cwd=CODE, check=False)
    assert remove_home_files(home).others == []
    assert not home.working.exists()


def test_a_home_that_can_not_be_written_holds_no_draft(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode, **more: Path(path) != home.root)
    with temporary_folder(home) as folder:
        assert home.root not in folder.parents
