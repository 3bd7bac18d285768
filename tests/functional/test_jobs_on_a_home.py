"""The jobs as functions: typed results and events, and no output."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import WRITER, bundled_messages

from engine.errors import NotReadyError, PanzaError, UsageError
from engine.events import Event, Progress, Warn
from engine.forgetting.forget import Forgotten
from engine.home.home import Home
from engine.home.locks import hold
from engine.settings import load_settings
from panza_tui.jobs.doctor import examine
from panza_tui.jobs.embed import embed_missing, embed_missing_in_child
from panza_tui.jobs.forget import ForgottenMail, describe_forgotten, forget_mail, home_contents
from panza_tui.jobs.import_mail import (
    find_owners,
    find_owners_in_child,
    import_mails,
    preview_import,
    user_addresses,
)
from panza_tui.jobs.one_writer import one_writer
from panza_tui.jobs.playback import play_back
from panza_tui.jobs.runs import running_model
from panza_tui.jobs.search import search
from panza_tui.jobs.status import read_status
from panza_tui.mailbox.home_service import HomeMailboxService
from panza_tui.services import home_services

SETTINGS = load_settings(environment={})


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "sent.mbox"
    path.write_bytes(bundled_messages(12))
    return path


def test_mails_are_imported_embedded_found_and_forgotten(
    home: Home, archive: Path, imported: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    home.root.mkdir()
    home.cache.symlink_to(imported.cache)
    home.prepare()
    events: list[Event] = []
    shown: list[object] = []
    previewed = preview_import(
        home, SETTINGS, [archive], [WRITER], events.append, on_mail=shown.append
    )
    assert len(shown) == previewed.kept + sum(previewed.left_out.values())
    assert home_contents(home).mails == 0
    assert user_addresses(home, SETTINGS) == []

    stored: list[object] = []
    report = import_mails(
        home, SETTINGS, [archive], [WRITER], events.append, on_stored=stored.append
    )
    assert stored == [report]
    assert report.kept == previewed.kept > 0
    assert user_addresses(home, SETTINGS) == [WRITER]
    stages = {event.stage for event in events if isinstance(event, Progress)}
    assert {"import", "index"} <= stages

    result = search(home, SETTINGS, "wheel", 3)
    assert result.hits
    assert (result.embedded, result.kept) == (report.kept, report.kept)
    status = read_status(home)
    assert (status.mails, status.indexed, status.instructions) == (report.kept, report.kept, 0)
    assert status.next.startswith("panza-tui import")

    forgotten = forget_mail(home, result.hits[0].id, events.append, "a test")
    assert forgotten.learnt_by == ()
    assert read_status(home).mails == report.kept - 1
    assert {finding.subject for finding in examine(home)} >= {"database", "sqlite", "settings"}
    assert capfd.readouterr() == ("", "")


def test_what_is_missing_is_embedded_once_here_or_in_a_child(
    mails_home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    from engine.database.database import connect

    for embed in (embed_missing, embed_missing_in_child):
        connect(mails_home.database).execute("DELETE FROM vectors WHERE mail_id < 6")
        events: list[Event] = []
        missing = 32 - read_status(mails_home.prepare()).indexed
        assert missing > 0
        assert embed(mails_home, events.append, "a test") == missing
        assert isinstance(events[-1], Progress)
        assert (events[-1].done, events[-1].stage) == (missing, "index")
        assert embed(mails_home, events.append, "a test") == 0
    assert capfd.readouterr() == ("", "")


def test_an_error_in_a_child_is_one_plain_line(home: Home, tmp_path: Path) -> None:
    home.prepare()
    home.database.write_text("no database " * 100)
    with pytest.raises(PanzaError, match="not a readable database"):
        embed_missing_in_child(home, lambda event: None, "a test")
    with pytest.raises(PanzaError, match="no file or folder"):
        find_owners_in_child(home, tmp_path / "gone", lambda event: None, lambda: False)
    with pytest.raises(PanzaError, match="no file or folder"):
        find_owners([tmp_path / "gone"], lambda event: None)


def test_a_waiting_writer_names_the_one_it_waits_for(home: Home) -> None:
    home.prepare()
    events: list[Event] = []
    with one_writer(home, "a test", events.append):
        assert events == []
    with hold(home.write_lock, "the mailbox"), pytest.MonkeyPatch.context() as patch:
        patch.setattr("panza_tui.jobs.one_writer.hold_write", lambda home, who: who)
        one_writer(home, "a test", events.append)
    (event,) = events
    assert isinstance(event, Warn)
    assert event.text.startswith("the mailbox (process")


def test_jobs_say_what_is_not_there_yet(home: Home) -> None:
    home.prepare()
    with pytest.raises(UsageError, match="needs a text"):
        search(home, SETTINGS, " ", 3)
    with pytest.raises(NotReadyError, match="no mail yet"):
        search(home, SETTINGS, "wheel", 3)
    with pytest.raises(NotReadyError, match="no mail yet"):
        play_back(home, SETTINGS, lambda event: None)


@pytest.mark.parametrize(
    ("removed", "words"),
    [
        (Forgotten(0, 0, False, (), True), "Forgotten. Later imports will leave it out."),
        (Forgotten(1, 0, False, (), True), "Also removed: its quote in 1 other mail."),
        (
            Forgotten(2, 1, True, (), True),
            "Also removed: its quote in 2 other mails, 1 draft that used it or contained its words "
            "and the unsent text in the chat, which contained its words.",
        ),
        (Forgotten(0, 0, True, (), True), "Also removed: the unsent text in the chat"),
        (Forgotten(0, 0, False, (7, 8), True), "in your mails 7, 8, which stay."),
        (Forgotten(0, 0, False, (7,), True), "in your mail 7, which stays."),
        (Forgotten(0, 0, False, (), False), "Traces of it may remain in the database file"),
    ],
)
def test_what_was_removed_is_described(home: Home, removed: Forgotten, words: str) -> None:
    assert words in " ".join(describe_forgotten(home, ForgottenMail(removed, ())))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("a",), "a learnt from it and still knows it. "),
        (("a", "b"), "a and b learnt from it and still know it. "),
        (("a", "b", "c"), "a, b and c learnt from it and still know it. "),
    ],
)
def test_the_models_that_still_know_a_forgotten_mail_are_named(
    home: Home, names: tuple[str, ...], words: str
) -> None:
    went = Forgotten(0, 0, False, (), True)
    assert words in describe_forgotten(home, ForgottenMail(went, names))[1]


def test_the_mailbox_of_a_home_without_mails_finds_nothing(home: Home) -> None:
    service = HomeMailboxService(home.prepare(), lambda: SETTINGS, None)
    assert service.search("wheel") == []


def test_of_two_active_runs_all_screens_name_the_newest(home: Home) -> None:
    home.prepare()
    for created, name in enumerate(("older", "newer")):
        home.model(name).mkdir(parents=True)
        (home.model(name) / "card.toml").write_text(
            f'name = "{name}"\nbase = "b"\nmethod = "rosa"\ncreated = {created}\n'
            'state = "started"\n'
        )
    services = home_services(home, lambda: SETTINGS, None)
    assert (running_model(home), services.poll_runs()[0]) == (None, "")
    with hold(home.model("older") / "run.lock", "older"):
        assert services.poll_runs()[0] == "older"
        with hold(home.model("newer") / "run.lock", "newer"):
            running = running_model(home)
            assert running is not None
            assert running.name == services.poll_runs()[0] == "newer"
