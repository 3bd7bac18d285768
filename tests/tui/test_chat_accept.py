"""A draft is accepted: saved as a file, put into a maildir, or returned for stdout."""

from __future__ import annotations

import errno
import io
from pathlib import Path

import pytest
from chat_pilots import drafted
from fake_chat import FakeArchive, FakeDraftService, app_of
from pilots import shown, wait_until
from textual.widgets import Input, OptionList

from engine.errors import PanzaError
from panza_tui.chat.accept import AcceptScreen
from panza_tui.chat.screen import ChatScreen


async def test_accepting_saves_an_eml_file_and_never_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    service, archive = FakeDraftService(), FakeArchive()
    service.subject = "Re: Friday"
    app = app_of(service, archive)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("To: anna@example.org\nsay hi", "Hi!"))
        assert "Re: Friday" in shown(app)
        for number in (1, 2):
            await pilot.press("ctrl+s")
            await wait_until(pilot, lambda: isinstance(app.screen, AcceptScreen))
            app.screen.query_one(OptionList).highlighted = 1
            await pilot.press("enter")
            field = app.screen.query_one("#path", Input)
            await wait_until(pilot, lambda: app.focused is field)  # noqa: B023
            if number == 2:
                field.value = str(tmp_path / "re-friday.eml")
                await pilot.press("enter")
                await wait_until(pilot, lambda: "! " in shown(app))
                field.value = str(tmp_path / "other.eml")
            await pilot.press("enter")
            await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        await wait_until(pilot, lambda: archive.accepted == [(1, "Hi!"), (1, "Hi!")])
    expected = b"To: anna@example.org\nSubject: Re: Friday\n\nHi!\n"
    assert (tmp_path / "re-friday.eml").read_bytes() == expected
    assert (tmp_path / "other.eml").read_bytes() == expected


async def test_a_failed_accept_into_a_maildir_is_reported_and_loses_nothing() -> None:
    service, archive = FakeDraftService(), FakeArchive(broken=PanzaError("The disk is full."))
    app = app_of(service, archive)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("say hi", "Hi!"))
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: isinstance(app.screen, AcceptScreen))
        app.screen.query_one(OptionList).highlighted = 2
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.focused, Input))
        await pilot.press("enter")
        await wait_until(pilot, lambda: "! The disk is full." in shown(app))
        archive.broken = None
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.screen, ChatScreen))
        assert len(archive.maildir) == 1


async def test_a_full_disk_leaves_no_half_mail_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, archive = FakeDraftService(), FakeArchive()
    app, path = app_of(service, archive), tmp_path / "a.eml"

    def full(self: object, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    class FullFile(io.FileIO):
        write = full  # type: ignore[assignment]

    monkeypatch.setattr(
        "panza_tui.chat.accept.open", lambda path, mode: FullFile(path, mode), raising=False
    )
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("say hi", "Hi!"))
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: isinstance(app.screen, AcceptScreen))
        await pilot.press("down", "enter")
        await wait_until(pilot, lambda: app.focused is app.screen.query_one("#path"))
        app.screen.query_one("#path", Input).value = str(path)
        await pilot.press("enter")
        await wait_until(pilot, lambda: "The disk is full" in shown(app))
        assert not path.exists()


async def test_leaving_with_a_draft_returns_it_for_stdout() -> None:
    service, archive = FakeDraftService(), FakeArchive()
    app = app_of(service, archive)
    async with app.run_test() as pilot:
        await drafted(pilot, app, service, ("say hi", "Hi!"))
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: isinstance(app.screen, AcceptScreen))
        app.screen.query_one(OptionList).highlighted = 3
        await pilot.press("enter")
        await wait_until(pilot, lambda: app.return_value is not None)
    assert app.return_value == "Hi!"
    assert archive.accepted == [(1, "Hi!")]
