"""The chat's drafts, on real homes and with the real embedded model."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_mails import made_mail

from engine.database.database import connect
from engine.drafting.types import DraftRequest
from engine.errors import NotReadyError
from engine.home.home import Home
from engine.mail.stored.store import insert_mail
from engine.mail_base import MAIL_BASE
from engine.models.packaged import embedded_base_gguf
from engine.settings import load_settings
from panza_tui.chat.home_service import HomeDraftService
from panza_tui.chat.service import Readiness


def home_with_mails(folder: Path, kept: int, played: int) -> Home:
    home = Home(folder).prepare()
    connection = connect(home.database)
    for number in range(kept):
        mail = made_mail(
            number,
            recipients=(("Anna", "anna@example.org"),),
            subject="Lunch",
            body=f"Hi Anna, lunch at {number}? Sam",
        )
        insert_mail(connection, mail)
    connection.execute(
        "INSERT INTO instructions SELECT id, 'ask Anna to lunch', 'hand', '', 0, '', '' "
        "FROM mails LIMIT ?",
        (played,),
    )
    connection.close()
    return home


@pytest.mark.parametrize(
    ("kept", "played", "words", "command"),
    [
        (0, 0, "Import the mails you sent", "import PATH"),
        (7, 0, "7 so far, 20 at least", "import PATH"),
        (25, 0, "An instruction for each", "playback"),
        (25, 11, "11 of 25", "playback"),
        (25, 25, "Your model", "train"),
    ],
)
def test_the_next_step_is_known_from_the_home(
    tmp_path: Path, kept: int, played: int, words: str, command: str
) -> None:
    home = home_with_mails(tmp_path / "my home", kept, played)
    service = HomeDraftService(home, lambda: load_settings(environment={}))
    readiness = service.readiness()
    service.close()
    assert readiness.model == (MAIL_BASE if kept else "")
    step = next(step for step in readiness.steps if not step.done)
    assert words in step.title
    assert step.command == f"panza-tui --home '{home.root}' {command}"


def test_a_home_named_by_the_environment_needs_no_flag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANZA_HOME", str(tmp_path))
    service = HomeDraftService(Home(tmp_path), lambda: load_settings(environment={}))
    assert service.readiness().steps[0].command == "panza-tui import PATH"
    assert not (tmp_path / "panza.db").exists()


def test_drafts_come_from_the_home_s_own_model(tmp_path: Path) -> None:
    home = home_with_mails(tmp_path / "home", 0, 0)
    folder = home.model("sam")
    folder.mkdir()
    (folder / "card.toml").write_text(
        'name = "sam"\nbase = "smollm2-135m-instruct"\nmethod = "rosa"\ncreated = 0\n'
        'state = "finished"\ngguf = "sam.gguf"\n'
    )
    settings = load_settings(overrides={"drafting.max_tokens": 12}, environment={})
    service = HomeDraftService(home, lambda: settings)
    assert service.readiness().export == f"panza-tui --home {home.root} export sam"
    (folder / "sam.gguf").symlink_to(embedded_base_gguf(home))
    assert service.readiness() == Readiness("sam")
    service.load()
    assert service.readiness() == Readiness("sam", is_loaded=True)

    def draft(attempt: int) -> str:
        pieces: list[str] = []
        request = DraftRequest("ask Anna to lunch", recipient="anna@example.org")
        finished = service.draft(request, attempt, pieces.append, lambda: None, lambda: False)
        assert finished.is_replacement or finished.text == "".join(pieces)
        assert finished.prepared.sources == ()
        assert finished.request.conversation is not None
        return finished.text

    first = draft(0)
    assert first
    assert draft(0) == first
    assert any(draft(attempt) != first for attempt in (1, 2, 3))
    asked = DraftRequest("ask Anna to lunch", conversation=1)
    # Variants are the next best of the drafts that were written with the first.
    first_of_many = service.draft(asked, 0, lambda text: None, lambda: None, lambda: False)
    for attempt, other in enumerate(first_of_many.others, 1):
        variant = service.draft(asked, attempt, lambda text: None, lambda: None, lambda: False)
        assert variant.text == other.text
        assert variant.id not in (None, first_of_many.id)
    stopped = service.draft(asked, 0, lambda text: None, lambda: None, lambda: True)
    assert stopped.request == asked
    assert len(stopped.text) < len(first)
    service.close()


def test_a_draft_without_a_loaded_model_is_refused(tmp_path: Path) -> None:
    service = HomeDraftService(Home(tmp_path), lambda: load_settings(environment={}))
    with pytest.raises(NotReadyError, match="not loaded"):
        service.draft(DraftRequest("say hi"), 0, lambda text: None, lambda: None, lambda: False)
