"""What leaves a process: keys for its children, their logs, and copies in memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from encryption.encrypted_homes import PASSPHRASE, WORD, encrypt, files_with
from engine.disk import locked_folders
from engine.disk.files import last_line
from engine.encryption import in_memory, unlocked
from engine.encryption.in_memory import memory_folder
from engine.encryption.log_process import log_of_child
from engine.encryption.stored import (
    place,
    readable,
    temporary_folder,
    working_folder,
    writable,
)
from engine.encryption.unlocked import LockedError, handed_over
from engine.errors import PanzaError
from engine.home.abandoned import MEMORY_NAME
from engine.subprocesses import CODE, start_module
from panza_tui.jobs.child_process import ask_child
from training.runs.checkpoints import damage

assert PASSPHRASE


def test_a_child_gets_the_key_and_nobody_can_see_it(home):
    key = encrypt(home)
    child = start_module(
        "panza_tui",
        ["--home", home.root, "encrypt", "status"],
        with_keys=True,
        stdout=subprocess.PIPE,
    )
    names = ("cmdline", "environ")
    shown = b""
    while not shown:  # The system fills them in a moment after the start.
        shown = b"".join(Path(f"/proc/{child.pid}/{name}").read_bytes() for name in names)
    out, _ = child.communicate(timeout=60)
    assert out.startswith(b"Encryption    on")
    assert b"PANZA_KEYS_FD" in shown
    for secret in (key.secret, key.secret.hex().encode(), PASSPHRASE.encode()):
        assert secret not in shown


def test_a_child_of_the_app_reads_an_encrypted_home(home):
    encrypt(home)
    answers = []
    ask_child(home, "embed", [home.root, "a test"], answers.append, lambda event: None)
    assert len(answers) == 1


def test_a_child_without_keys_reads_nothing(home):
    encrypt(home)
    child = start_module("panza_tui", ["--home", home.root, "status"], stderr=subprocess.PIPE)
    _, error = child.communicate(timeout=60)
    assert child.returncode == 2
    assert error.count(b"\n") == 1
    assert b"no terminal to ask" in error


def test_the_pipe_holds_the_keys_of_all_homes():
    keys = [unlocked.DataKey(os.urandom(16), os.urandom(32)) for _ in range(3)]
    for key in keys:
        unlocked.unlock(key)
    with handed_over() as (variables, handles):
        os.environ.update({**variables, "PANZA_KEYS_FD": str(os.dup(handles[0]))})
        unlocked._known.clear()
        assert [unlocked.known_key(key.id) for key in keys] == keys
        assert "PANZA_KEYS_FD" not in os.environ


def test_what_a_child_prints_is_encrypted_to_its_last_moment(home):
    encrypt(home)
    log = home.model("lo") / "log.txt"
    dying = f"import os; os.write(2, b'first\\n{WORD} last\\n'); os.kill(os.getpid(), 9)"
    with log_of_child(log, appended=True) as stderr:
        process = subprocess.Popen([sys.executable, "-c", dying], stderr=stderr)
    assert process.wait() == -signal.SIGKILL
    deadline = time.monotonic() + 30
    while last_line(log) != f"{WORD} last" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert last_line(log) == f"{WORD} last"
    assert files_with(home.root) == []


def test_a_decrypted_copy_is_for_the_user_alone_and_is_removed(home):
    encrypt(home)
    with readable(home.model("lo") / "adapter") as folder:
        assert folder != home.model("lo") / "adapter"
        assert str(folder).startswith(("/dev/shm/", os.environ.get("XDG_RUNTIME_DIR", "/dev/shm/")))
        assert (folder / "adapter_model.safetensors").read_bytes().startswith(WORD.encode())
        for path in (folder, *folder.parents[:3]):
            if path.name.startswith("panza-tui-"):
                assert path.stat().st_mode & 0o777 == 0o700
        assert (folder / "adapter_model.safetensors").stat().st_mode & 0o777 == 0o600
    assert not folder.exists()


def test_a_changed_file_is_refused_in_one_line(home):
    encrypt(home)
    path = home.model("lo") / "adapter" / "adapter_model.safetensors"
    content = bytearray(path.read_bytes())
    content[300_000] ^= 1
    path.write_bytes(content)
    with pytest.raises(PanzaError, match="is damaged") as caught, readable(path.parent):
        pass
    assert "\n" not in str(caught.value)


def test_weights_that_somebody_else_put_there_are_not_loaded(home):
    encrypt(home)
    path = home.model("lo") / "adapter" / "adapter_model.safetensors"
    path.write_bytes(b"weights of a stranger")
    with pytest.raises(PanzaError, match="it is not encrypted"), readable(path.parent):
        pass


def test_what_a_killed_process_left_is_removed_by_the_next(home):
    encrypt(home)
    code = (
        "import os, sys; from engine.encryption.in_memory import memory_folder\n"
        "with memory_folder() as folder:\n"
        "    (folder / 'secret').write_text('x'); print(folder, flush=True)\n"
        "    os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CODE)
    left = Path(done.stdout.strip())
    assert (left / "secret").exists()
    in_memory._own = None
    with memory_folder() as folder:
        assert not left.parent.exists()
        in_use = folder.parent
        for place_ in in_memory._places():
            locked_folders.sweep(place_, MEMORY_NAME)
        assert in_use.exists()  # Ours is locked.
        killed = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=CODE
        )
        left = Path(killed.stdout.strip())
        assert (left / "secret").exists()
        home.check()  # So does each command that needs none.
        assert not left.parent.exists()
        assert in_use.exists()


def test_what_another_program_works_on_is_in_memory_in_an_encrypted_home(home):
    encrypt(home)
    with temporary_folder(home) as folder:
        (folder / "draft").write_text(WORD)
        assert home.root not in folder.parents
        assert files_with(home.root) == []
    assert not folder.exists()


def test_what_is_made_in_an_encrypted_home_never_lies_there_in_plain(home):
    encrypt(home)
    folder = home.model("lo")
    with writable(folder / ".full.partial") as plain:
        plain.mkdir()
        (plain / "deeper").mkdir()
        (plain / "deeper" / "weights").write_text(WORD)
        assert files_with(home.root) == []
    with readable(folder / ".full.partial") as copy:
        assert (copy / "deeper" / "weights").read_text() == WORD
    with working_folder(folder / "export.partial") as working:
        (working / "x.gguf").write_text(WORD)
        place(working / "x.gguf", folder / "lo-F16.gguf")
    with readable(folder / "lo-F16.gguf") as copy:
        assert copy.read_text() == WORD
    assert files_with(home.root) == []


def test_a_locked_home_loses_no_checkpoint(home):
    key = encrypt(home)
    checkpoint = home.model("lo") / "checkpoints" / "checkpoint-5"
    with writable(checkpoint.with_name(".partial")) as plain:
        plain.mkdir(parents=True)
        (plain / "trainer_state.json").write_text('{"global_step": 5}')
        for name in ("model.safetensors", "optimizer.pt", "scheduler.pt"):
            (plain / name).write_bytes(bytes(1000))
        checkpoint.parent.mkdir()
    checkpoint.with_name(".partial").rename(checkpoint)
    assert damage(checkpoint) == ""
    (checkpoint / "optimizer.pt").write_bytes((checkpoint / "optimizer.pt").read_bytes()[:-3])
    assert damage(checkpoint) == "optimizer.pt is cut short"
    unlocked.lock(key.id)
    with pytest.raises(LockedError):
        damage(checkpoint)
