"""Nobody gets into the home, and it leads nowhere else: owners, permissions and links."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from made_mails import made_mail

from engine.database import database
from engine.database.database import connect, connect_to_read, write_fact
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.events import EventLog
from engine.home import access as home_access
from engine.home.home import Home
from engine.home.locks import hold, holder, holding_process, is_held
from engine.mail.stored.store import insert_mail
from engine.models.models import ModelCard, read_card
from panza_tui.jobs.check import check
from training.cards import write_card

TARGET = "nothing may write here"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A file outside the home, which no link may lead to."""
    path = tmp_path / "target"
    path.write_text(TARGET)
    return path


# Owners and permissions


@pytest.mark.parametrize("mode", [0o777, 0o755, 0o700])
def test_a_home_of_another_user_is_refused(home, monkeypatch, mode):
    home.root.chmod(mode)
    connect(home.database).close()
    before = {path: path.stat().st_mode for path in home.root.rglob("*")}
    monkeypatch.setattr(home_access.os, "geteuid", lambda: os.getuid() + 1)
    monkeypatch.setattr(home_access, "ROOT", -1)
    for prepare in (home.prepare, home.check, home.require):
        with pytest.raises(PanzaError, match="belongs to another user"):
            prepare()
    assert {path: path.stat().st_mode for path in home.root.rglob("*")} == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", ["", "panza.db", "write.lock", "models", "jobs", "cache"])
def test_what_another_user_put_into_the_home_is_refused(home, name):
    path = home.root / name
    connect(home.database).close()
    (home.root / "jobs").mkdir()
    home.write_lock.touch()
    os.chown(path, 12345, 12345)
    with pytest.raises(PanzaError, match=r"belongs to another user \(id 12345\)"):
        home.prepare()


def test_a_home_that_root_keeps_and_nobody_else_writes_can_be_read(home, monkeypatch):
    monkeypatch.setattr(home_access, "ROOT", os.getuid())
    monkeypatch.setattr(home_access.os, "geteuid", lambda: os.getuid() + 1)
    assert home.check() == home
    home.root.chmod(0o777)
    with pytest.raises(PanzaError, match="belongs to another user"):
        home.check()


def test_what_is_ours_is_closed_and_what_is_not_is_left_alone(home):
    connect(home.database).close()
    folder = home.model("sam") / "adapter"
    folder.mkdir(parents=True)
    (folder / "weights").touch()
    thesis = home.root / "Documents" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.touch()
    for path in (home.root, *home.root.rglob("*")):
        path.chmod(0o777)
    home.check()
    modes = {str(p.relative_to(home.root)): p.stat().st_mode & 0o777 for p in home.root.rglob("*")}
    assert modes.pop("Documents") == modes.pop("Documents/thesis.txt") == 0o777
    assert set(modes.values()) == {0o700}
    assert home.root.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("more", [(), ("README.md",), ("panza.toml",)])
def test_a_project_with_folders_of_the_same_names_keeps_its_modes(tmp_path, more):
    project = tmp_path / "project"
    for name in ("models/lo/adapter/w", "cache/base-1-1/x", "jobs/build/lock", *more):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).touch()
    before = {}
    for path in (project, *project.rglob("*")):
        path.chmod(0o755)
        before[path] = path.stat().st_mode
    Home(project).check()
    assert {path: path.stat().st_mode for path in (project, *project.rglob("*"))} == before


def test_what_has_no_name_of_ours_inside_a_home_is_left_alone(home):
    connect(home.database).close()
    (home.model("lo") / "adapter").mkdir(parents=True)
    ours = [home.model("lo") / "card.toml", home.model("lo") / "adapter" / "w", home.evaluation]
    others = [home.root / "models" / "notes.txt", home.model("lo") / "notes.txt", home.cache / "n"]
    (home.cache / "jquery").mkdir()
    others[0].touch()
    for path in (*ours, *others[1:], home.cache / "jquery" / "x"):
        path.touch()
    for path in home.root.rglob("*"):
        path.chmod(0o755)
    home.check()
    assert {path.stat().st_mode & 0o777 for path in ours} == {0o700}
    assert {p.stat().st_mode & 0o777 for p in (*others, *home.cache.glob("jquery/**/*"))} == {0o755}
    assert next(f for f in check(home) if f.subject == "permissions").fix == ""


def test_permissions_below_the_needed_ones_stay(home):
    connect(home.database).close()
    home.database.chmod(0o444)
    home.check()
    assert home.database.stat().st_mode & 0o777 == 0o400


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777, 0o703])
def test_a_folder_of_other_things_that_others_can_write_is_no_home(tmp_path, mode):
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "letter.txt").touch()
    folder.chmod(mode)
    with pytest.raises(PanzaError, match=r"Other users can write.*--home or PANZA_HOME"):
        Home(folder).prepare()
    assert folder.stat().st_mode & 0o7777 == mode
    assert os.listdir(folder) == ["letter.txt"]


def test_a_folder_of_other_things_that_others_can_only_read_keeps_its_mode(tmp_path):
    (tmp_path / "letter.txt").touch()
    tmp_path.chmod(0o755)
    Home(tmp_path).prepare()
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "models").stat().st_mode & 0o777 == 0o700


# Links


@pytest.mark.parametrize("name", ["panza.db", "write.lock", "panza.db-wal", "models", "jobs"])
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_in_the_place_of_ours_is_refused(home, target, name, dangling):
    path = home.root / name
    if path.is_dir():
        path.rmdir()
    path.symlink_to(target.with_name("nowhere") if dangling else target)
    with pytest.raises(PanzaError, match=f"{name} is a link, which is not followed"):
        home.prepare()
    assert target.read_text() == TARGET
    assert not target.with_name("nowhere").exists()


@pytest.mark.parametrize("dangling", [False, True])
def test_what_opens_files_follows_no_link_either(home, target, dangling):
    aim = target.with_name("nowhere") if dangling else target
    for name in ("write.lock", "panza.db", "events.jsonl"):
        (home.root / name).symlink_to(aim)
    with pytest.raises(PanzaError, match="not followed"), hold(home.write_lock, "me"):
        pass
    with pytest.raises(PanzaError, match="can't be opened: it is a link"):
        connect(home.database)
    with pytest.raises(OSError, match="not followed"):
        EventLog(home.root / "events.jsonl")
    assert not is_held(home.write_lock)
    assert target.read_text() == TARGET
    assert not target.with_name("nowhere").exists()


def test_a_lock_that_is_a_second_name_of_another_file_truncates_nothing(home, target):
    os.link(target, home.write_lock)
    refused = pytest.raises(PanzaError, match="another name of some other file")
    with refused, hold(home.write_lock, "me"):
        pass
    assert target.read_text() == TARGET
    home.write_lock.unlink()
    with hold(home.write_lock, "a copy of the home by hard links"):
        pass
    os.link(home.write_lock, home.root.parent / "copy")
    with hold(home.write_lock, "me"):
        assert is_held(home.write_lock)


def test_temporary_names_follow_no_link(home, target):
    home.model("sam").mkdir()
    (home.model("sam") / f".card.{os.getpid()}.partial").symlink_to(target)
    card = ModelCard(name="sam", base="b", method="rosa", created=1, state="finished")
    write_card(home, card)
    assert target.read_text() == TARGET
    assert read_card(home, "sam") == card


@pytest.mark.parametrize("name", ["panza.db", "write.lock"])
def test_a_fifo_in_the_place_of_a_file_is_one_line(home, name):
    os.mkfifo(home.root / name)
    with pytest.raises(PanzaError, match=f"{name} is not a file"):
        home.prepare()


@pytest.mark.parametrize(
    "record",
    [
        '{"pid": 4711, "what": "\\u001b]0;x\\u0007 import"}',
        '{"pid": 4711, "what": "import\\n\\u202egnp"}',
        '{"pid": -1, "what": "import"}',
        '{"pid": 1, "what": "import"}',
        '{"pid": true, "what": "import"}',
        '{"pid": "4711", "what": "import"}',
        '{"pid": 4711, "what": ["import"]}',
        '{"pid": 4711, "what": "' + "x" * 10_000 + '"}',
        "[" * 200_000,
    ],
)
def test_a_lock_file_with_other_words_names_no_holder(home, record):
    home.write_lock.write_text(record)
    assert holder(home.write_lock) is None
    assert holding_process(home.write_lock) is None


def test_a_lock_file_may_be_a_fifo_or_a_folder(home):
    os.mkfifo(home.root / "fifo")
    for path in (home.root / "fifo", home.models):
        assert not is_held(path)
        assert holder(path) is None


# Homes that do not exist, or can't be written


def test_a_missing_home_is_not_created_by_looking(tmp_path):
    home = Home(tmp_path / "mistyped")
    home.check()
    with pytest.raises(NotReadyError, match="does not exist"):
        home.require()
    connect_to_read(home.database).close()
    assert not home.root.exists()


def test_a_name_that_is_no_text_is_one_line(tmp_path):
    home = Home(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe")))
    with pytest.raises(UsageError, match="is no UTF-8 text"):
        home.check()


READING = (
    "import sys; from pathlib import Path\n"
    "from engine.home.home import Home\n"
    "from engine.database.database import connect_to_read, read_fact\n"
    "home = Home(Path(sys.argv[1])).prepare()\n"
    "print(home.is_read_only, read_fact(connect_to_read(home.database), 'user.name'))\n"
)
MOUNT = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$2" -c "$3" "$1"'


def read_on_a_read_only_disk(home: Home) -> subprocess.CompletedProcess[str]:
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rm", "true"]).returncode:
        pytest.skip("needs user and mount namespaces")
    command = ["unshare", "-rm", "sh", "-c", MOUNT, "-", str(home.root), sys.executable, READING]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("open_elsewhere", [False, True])
def test_a_home_on_a_read_only_disk_can_be_read(home, open_elsewhere):
    connection = connect(home.database)
    write_fact(connection, "user.name", "Ro")
    if not open_elsewhere:
        connection.close()
    done = read_on_a_read_only_disk(home)
    assert done.stdout == "True Ro\n", done.stderr


def test_what_can_be_checked_on_a_read_only_disk_is(home, monkeypatch):
    with closing(connect(home.prepare().database)) as connection:
        insert_mail(connection, made_mail(1))

    def read_only(path: Path) -> apsw.Connection:
        return database.open_database(path, flags=apsw.SQLITE_OPEN_READONLY)

    monkeypatch.setattr(database, "connect", read_only)
    findings = {finding.subject: finding for finding in check(home)}
    assert findings["text index"].found == "not compared, as the home can't be written"
    assert "as they were written" in findings["rows"].found
    assert not findings["vectors"].fix


def test_changes_that_a_read_only_disk_hides_are_said(home, tmp_path):
    connection = connect(home.database)
    write_fact(connection, "user.name", "Ro")
    copy = Home(tmp_path / "copy")
    shutil.copytree(home.root, copy.root, ignore=shutil.ignore_patterns("*-shm"))
    assert (
        "its newest changes in panza.db-wal can't be read" in read_on_a_read_only_disk(copy).stderr
    )


STAGING = (
    "import os, sys; from pathlib import Path; from engine.home.home import Home\n"
    "Home(Path(sys.argv[1])).prepare()\n"
    "from engine.mail.importing.staging import add_wanted, open_staging\n"
    "staging = open_staging()\n"
    "add_wanted(staging, (str(number) * 100 for number in range(50_000)))\n"
    "numbers = sorted(map(int, os.listdir('/proc/self/fd')))[3:]\n"
    "links = [Path('/proc/self/fd', str(number)) for number in numbers]\n"
    "paths = [os.readlink(link) for link in links if link.is_symlink()]\n"
    "print([os.path.dirname(path) for path in paths if '(deleted)' in path])\n"
)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's /proc")
def test_temporary_databases_are_in_the_home_before_the_database_is_opened(home):
    out = subprocess.check_output([sys.executable, "-c", STAGING, str(home.root)], text=True)
    assert out == f"['{home.root}']\n"


def test_temporary_files_of_the_database_are_in_the_home(home):
    connection = connect(home.database)
    folder = connection.execute("PRAGMA temp_store_directory").get
    assert Path(folder) == home.root.resolve()
