"""The mailbox with a fake service on mails in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from made_mails import stored_mail
from pilots import OneScreen, notified, shown, wait_until
from textual import on
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from engine import left_out
from engine.database.stored_json import UnreadableError
from engine.errors import PanzaError
from engine.mail.stored.mailbox import BY_HAND, Instruction, MailLine, Shown
from engine.mail.stored.store import StoredMail
from engine.mail.types import Received
from panza_tui.mailbox.mail_list import MailList
from panza_tui.mailbox.mail_text import MOST_SHOWN
from panza_tui.mailbox.screen import MailboxScreen
from panza_tui.mailbox.service import Found, Opened
from panza_tui.mailbox.widgets import InstructionForm, MailView
from panza_tui.shell.confirm import Confirm
from panza_tui.shell.messages import AnswerRequested

HOSTILE = "\x1b[31mred\x1b[0m [bold]not bold[/] \u202egnp.exe \u200bhidden"


def mail(number: int, **changes: object) -> StoredMail:
    made = stored_mail(
        number,
        date=1_599_996_000 + 86_400 * number,
        recipients=((f"Kim {number}", "kim@example.org"),),
        subject=f"Oars {number}",
        body=f"Ahoy Kim,\n\noar {number} is here.",
        original=f"Ahoy Kim,\n\noar {number} is here.\n-- \nRo Vane",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


class ListedMails:
    """A service on mails in memory that records its calls."""

    def __init__(self, mails: Sequence[StoredMail]) -> None:
        self.mails = {m.id: m for m in mails}
        self.instructions = {
            m.id: Instruction(f"ask for oar {m.id}", "playback", "m") for m in mails
        }
        self.asked: list[object] = []
        self.pages: list[Sequence[int]] = []
        self.error: PanzaError | None = None
        self.unreadable: set[int] = set()
        self.may_write = threading.Event()
        self.may_write.set()

    def ids(self, shown: Shown) -> list[int]:
        newest = sorted(self.mails.values(), key=lambda m: -m.date)
        kept = {"all": (True, False), "kept": (True,), "left out": (False,)}.get(shown, ())
        return [m.id for m in newest if (m.left_out is None) in kept]

    def lines(self, ids: Sequence[int]) -> list[MailLine]:
        self.pages.append(ids)
        found = [self.mails[n] for n in ids if n in self.mails and n not in self.unreadable]
        return [
            MailLine(m.id, m.date, m.recipients, m.subject, m.left_out, self._origin(m.id))
            for m in found
        ]

    def open(self, mail_id: int) -> Opened | None:
        if mail_id in self.unreadable:
            raise UnreadableError("A text in 'mails'")
        if mail_id not in self.mails:
            return None
        return Opened(self.mails[mail_id], self.instructions.get(mail_id), ("ro-rosa",))

    def search(self, query: str) -> list[Found]:
        self.asked.append(query)
        if self.error:
            raise self.error
        return [Found(2, "meaning 0.61; words: oar")]

    def write_instruction(self, mail_id: int, text: str) -> None:
        self._refuse()
        self.instructions[mail_id] = Instruction(text, "hand", "")

    def redo_instruction(self, mail_id: int) -> None:
        self.asked.append(mail_id)
        self.may_write.wait(30)
        self.instructions[mail_id] = Instruction("tell Kim of the oar", "playback", "m")

    def leave_out(self, mail_id: int) -> None:
        self._refuse()
        self.mails[mail_id] = replace(self.mails[mail_id], left_out=BY_HAND)

    def take_back(self, mail_id: int) -> None:
        self.mails[mail_id] = replace(self.mails[mail_id], left_out=None)

    def forget(self, mail_id: int) -> list[str]:
        self._refuse()
        del self.mails[mail_id]
        return ["Forgotten.", "ro-rosa learnt from it and still knows it."]

    def _origin(self, mail_id: int) -> str:
        instruction = self.instructions.get(mail_id)
        return instruction.origin if instruction else ""

    def _refuse(self) -> None:
        if self.error:
            raise self.error


class Listening(OneScreen):
    """Records what the mailbox asks of the app."""

    answered: AnswerRequested | None = None

    @on(AnswerRequested)
    def _keep(self, message: AnswerRequested) -> None:
        self.answered = message


def notes(app: OneScreen) -> str:
    return "\n".join(str(note.message) for note in app._notifications)


def opened(app: OneScreen, subject: str) -> bool:
    return str(app.screen.query_one("#subject").render()) == subject


@pytest.mark.parametrize("size", [(60, 20), (100, 30), (300, 80)])
async def test_a_mail_is_shown_with_its_words_its_instruction_and_its_state(
    size: tuple[int, int],
) -> None:
    app = OneScreen(MailboxScreen(ListedMails([mail(1), mail(2), mail(3)])))
    async with app.run_test(size=size) as pilot:
        await wait_until(pilot, lambda: opened(app, "Oars 3"))
        await pilot.press("down")
        await wait_until(pilot, lambda: opened(app, "Oars 2"))
        text = shown(app)
        assert "3 mails" in text
        assert "● used for training · learnt by ro-rosa · ID 2" in text
        assert "ask for oar 2" in text
        assert "Instruction · playback" in text
        assert "Your own words" in text
        await pilot.press("enter", "end")
        await wait_until(pilot, lambda: "As it was sent" in shown(app))
        own, original = (
            app.screen.query_one("#own").region,
            app.screen.query_one("#original").region,
        )
        assert (own.y == original.y) == (size[0] >= 80)


async def test_hostile_text_is_only_shown() -> None:
    evil = mail(
        1,
        subject=HOSTILE,
        body=HOSTILE,
        original=f"{HOSTILE}!",
        recipients=((HOSTILE, "x@example.org"),),
        answered=Received(HOSTILE, 0, HOSTILE, HOSTILE, "archive"),
    )
    service = ListedMails([evil])
    service.instructions[1] = Instruction(HOSTILE, "hand", "")
    app = OneScreen(MailboxScreen(service))
    async with app.run_test(size=(160, 50)) as pilot:
        await wait_until(
            pilot, lambda: shown(app).count("red [bold]not bold[/] gnp.exe hidden") > 6
        )
        for sign in ("\x1b", "\u202e", "\u200b"):
            assert sign not in shown(app)


async def test_a_huge_mail_is_cut_to_what_a_screen_can_hold() -> None:
    app = OneScreen(MailboxScreen(ListedMails([mail(1, original="oar " * 300_000)])))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: opened(app, "Oars 1"))
        original = str(app.screen.query_one("#original").render())
        assert len(original) < MOST_SHOWN + 100
        assert original.endswith("1,180,000 more characters")


async def test_of_a_hundred_thousand_mails_only_those_in_sight_are_read() -> None:
    service = ListedMails([mail(number) for number in range(1, 100_001)])
    app = OneScreen(MailboxScreen(service))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: opened(app, "Oars 100000"))
        await pilot.press("end")
        await wait_until(pilot, lambda: opened(app, "Oars 1") and "Kim 1 " in shown(app))
        assert sum(map(len, service.pages)) <= 300


async def test_filters_say_why_a_mail_was_left_out() -> None:
    app = OneScreen(MailboxScreen(ListedMails([mail(1), mail(2, left_out="calendar")])))
    async with app.run_test(size=(100, 30)) as pilot:
        reason = "○ left out: calendar (an invitation or the answer to one)"
        await wait_until(pilot, lambda: opened(app, "Oars 2") and reason in shown(app))
        await pilot.press("f")
        await wait_until(pilot, lambda: opened(app, "Oars 1") and "1 mail" in shown(app))
        await pilot.press("f")
        await wait_until(pilot, lambda: opened(app, "Oars 2"))
        await pilot.press("f")
        await wait_until(pilot, lambda: "Every mail has an instruction." in shown(app))
        await pilot.press("F", "F")
        await wait_until(pilot, lambda: opened(app, "Oars 1"))


async def test_a_search_says_why_and_escape_goes_back() -> None:
    service = ListedMails([mail(1), mail(2), mail(3)])
    app = OneScreen(MailboxScreen(service))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: opened(app, "Oars 3"))
        await pilot.press("slash", *"oars", "enter")
        found = "found by meaning 0.61; words: oar"
        await wait_until(pilot, lambda: opened(app, "Oars 2") and found in shown(app))
        assert service.asked == ["oars"]
        await pilot.press("escape")
        await wait_until(pilot, lambda: "3 mails" in shown(app))
        assert app.screen.query_one("#search", Input).value == ""
        service.error = PanzaError("The index is gone.")
        await pilot.press("slash", *"boat", "enter")
        await wait_until(pilot, lambda: "The index is gone." in notes(app))


async def test_an_instruction_that_could_not_be_kept_is_there_at_the_next_edit() -> None:
    service = ListedMails([mail(1)])
    service.error = PanzaError("The disk is full; what was stored is unharmed.")
    app = OneScreen(MailboxScreen(service))
    async with app.run_test(size=(110, 34)) as pilot:
        await wait_until(pilot, lambda: "ask for oar 1" in shown(app))
        await pilot.press("e")
        await wait_until(pilot, lambda: isinstance(app.screen, InstructionForm))
        await pilot.press("!", "enter")
        await wait_until(pilot, lambda: "disk is full" in notified(app))
        service.error = None
        await pilot.press("e")
        await wait_until(pilot, lambda: isinstance(app.screen, InstructionForm))
        assert app.screen.query_one(TextArea).text == "ask for oar 1!"
        await pilot.press("enter")
        await wait_until(pilot, lambda: service.instructions[1].text == "ask for oar 1!")


async def test_an_instruction_is_edited_by_hand() -> None:
    service = ListedMails([mail(1)])
    app = OneScreen(MailboxScreen(service))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: opened(app, "Oars 1"))
        await pilot.press("e")
        await wait_until(pilot, lambda: isinstance(app.screen, InstructionForm))
        app.screen.query_one(TextArea).text = "ask Kim\nfor a \x1b[31mnew oar"
        await pilot.press("enter")
        await wait_until(pilot, lambda: "Instruction · by hand" in shown(app))
        assert service.instructions[1] == Instruction("ask Kim for a new oar", "hand", "")
        service.error = PanzaError("Another panza-tui is writing just now.")
        await pilot.press("e", "x", "enter")
        await wait_until(pilot, lambda: "writing just now" in notes(app))


async def test_redoing_one_by_hand_asks_first_and_does_not_hold_up_the_screen() -> None:
    service = ListedMails([mail(1), mail(2)])
    service.instructions[2] = Instruction("mine", "hand", "")
    service.may_write.clear()
    app = OneScreen(MailboxScreen(service))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: opened(app, "Oars 2"))
        await pilot.press("r")
        await wait_until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("n")
        assert service.asked == []
        await pilot.press("r")
        await wait_until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await wait_until(pilot, lambda: "◌ writing the instruction" in shown(app))
        await pilot.press("r", "down")
        await wait_until(pilot, lambda: opened(app, "Oars 1"))
        await pilot.press("up")
        service.may_write.set()
        await wait_until(pilot, lambda: "tell Kim of the oar" in shown(app))
        assert service.asked == [2]


async def test_a_mail_is_left_out_and_taken_back() -> None:
    service = ListedMails([mail(1)])
    app = OneScreen(MailboxScreen(service))
    async with app.run_test(size=(120, 30)) as pilot:
        await wait_until(pilot, lambda: opened(app, "Oars 1"))
        await pilot.press("x")
        await wait_until(pilot, lambda: "○ left out: by hand" in shown(app))
        assert "Take back" in shown(app)
        await pilot.press("x")
        await wait_until(pilot, lambda: "● used for training" in shown(app))
        service.error = PanzaError("Another panza-tui is writing just now.")
        await pilot.press("x")
        await wait_until(pilot, lambda: "writing just now" in notes(app))
        assert service.mails[1].left_out is None


async def test_forgetting_asks_and_says_what_stays() -> None:
    service = ListedMails([mail(1), mail(2)])
    app = OneScreen(MailboxScreen(service))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: opened(app, "Oars 2"))
        await pilot.press("delete")
        await wait_until(pilot, lambda: "Forget “Oars 2”?" in shown(app))
        await pilot.press("escape")
        assert 2 in service.mails
        await pilot.press("delete")
        await wait_until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await wait_until(pilot, lambda: opened(app, "Oars 1") and "1 mail" in shown(app))
        assert "ro-rosa learnt from it" in notes(app)
        assert app.screen.query_one(MailList).chosen == 1


async def test_the_mail_that_a_mail_answers_can_be_answered_again() -> None:
    answered = Received("Kim", 0, "Oars?", "Have you oars?", "archive")
    app = Listening(MailboxScreen(ListedMails([mail(1), mail(2, answered=answered)])))
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_until(pilot, lambda: opened(app, "Oars 2"))
        assert str(app.screen.query_one("#answered").border_title) == "In reply to: 1970-01-01 Kim"
        await pilot.press("a")
        await wait_until(pilot, lambda: app.answered is not None)
        assert app.answered is not None
        message = (app.answered.thread, app.answered.recipient, app.answered.subject)
        assert message == ((answered,), "kim@example.org", "Oars?")
        await pilot.press("down")
        await wait_until(pilot, lambda: opened(app, "Oars 1"))
        assert "Answer" not in shown(app).splitlines()[-1]


async def test_an_empty_mailbox_says_what_to_do() -> None:
    app = OneScreen(MailboxScreen(ListedMails([])))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "No mail yet." in shown(app))
        await pilot.press("e", "r", "x", "delete", "a", "down", "enter", "escape")
        assert isinstance(app.screen, MailboxScreen)


async def test_a_mail_that_cannot_be_read_is_said_and_no_key_acts_on_another() -> None:
    service = ListedMails([mail(1), mail(2), mail(3)])
    service.unreadable = {2}
    screen = MailboxScreen(service)
    app = OneScreen(screen)
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: opened(app, "Oars 3"))
        await pilot.press("down")
        await wait_until(pilot, lambda: "doctor --check" in shown(app))
        assert "can't be read)" in shown(app)
        assert not any(screen.check_action(key, ()) for key in ("forget", "leave_out", "edit"))
        await pilot.press("down")
        await wait_until(pilot, lambda: opened(app, "Oars 1"))
        assert screen.check_action("forget", ())


async def test_rows_that_were_left_out_are_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_out, "_found", {})
    monkeypatch.setattr(left_out, "_told", {})
    left_out.leave_out("mails", 2)
    app = OneScreen(MailboxScreen(ListedMails([mail(1), mail(2)])))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: "2 mails can't be read" in notes(app))
        await pilot.press("down")
        await wait_until(pilot, lambda: opened(app, "Oars 1"))
        assert notes(app).count("can't be read") == 1


async def test_a_mail_removed_meanwhile_is_reported() -> None:
    service = ListedMails([mail(1), mail(2)])
    app = OneScreen(MailboxScreen(service))
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_until(pilot, lambda: opened(app, "Oars 2"))
        del service.mails[1]
        await pilot.press("down")
        await wait_until(pilot, lambda: "This mail is gone." in shown(app))
        assert app.screen.query_one(MailView).is_mounted


@pytest.mark.parametrize("size", [(100, 30), (60, 20)])
def test_how_it_looks(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    answered = Received("Kim", 1_599_996_000, "Oars?", "Have you oars?", "archive")
    service = ListedMails(
        [mail(1), mail(2, left_out="calendar"), mail(3), mail(4, answered=answered), mail(5)]
    )
    del service.instructions[3]
    service.instructions[5] = Instruction("tell Kim that the oar is here", "hand", "")

    async def settle(pilot: Pilot[None]) -> None:
        await wait_until(pilot, lambda: opened(pilot.app, "Oars 5"))
        await pilot.press("down")
        await wait_until(pilot, lambda: opened(pilot.app, "Oars 4"))

    app = OneScreen(MailboxScreen(service))
    assert snap_compare(app, run_before=settle, terminal_size=size)
