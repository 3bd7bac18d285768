"""The steps to a first draft, and the command for each."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engine.errors import PanzaError
from engine.home.home import Home, default_home
from engine.mail.stored import store
from engine.mail.stored.instructions import count_instructed
from engine.models.models import ModelCard, default_model, gguf_of, list_models
from panza_tui.jobs.runs import running_model
from panza_tui.jobs.update import update_offer
from training.runs.checkpoints import last_checkpoint
from training.runs.run_folder import check_resumable

if TYPE_CHECKING:
    import apsw


Work = Literal["import", "playback", "train", "export", "draft"]


@dataclass(frozen=True)
class Step:
    """One step. command: the command to run for it, or '' to wait."""

    title: str
    done: bool
    command: str
    work: Work = "draft"


def steps_to_a_model(home: Home, connection: apsw.Connection) -> tuple[Step, ...]:
    """Return import, playback and training, with what is done of each. Writes nothing."""
    kept = store.counts(connection).kept
    return (
        _importing(home, kept),
        _playback(home, kept, count_instructed(connection)),
        _training(home, connection),
    )


def next_step(home: Home, connection: apsw.Connection) -> Step:
    """Return the first step that is not done; if all are, the export, an update or a draft."""
    for step in steps_to_a_model(home, connection):
        if not step.done:
            return step
    model = default_model(home, connection)
    if model is not None and gguf_of(home, model) is None:
        command = export_command(home, model.name)
        return Step("A GGUF file of your model, for faster drafts", False, command, "export")
    if offer := update_offer(home, connection):
        title = f"Your model learns from the {offer.drafts} drafts you accepted"
        return Step(title, False, command_in(home, f"train --update {offer.model}"), "train")
    return Step("A draft in your voice", False, draft_command(home))


def next_hint(home: Home, connection: apsw.Connection) -> str:
    """Return the next command to run, or what to wait for, to print after "Next:"."""
    step = next_step(home, connection)
    return step.command or step.title


def export_command(home: Home, name: str) -> str:
    """Return the command that exports model `name`."""
    return command_in(home, f"export {name}")


def draft_command(home: Home, name: str = "") -> str:
    """Return the command that drafts with model `name`, or with the default one for ''."""
    model = f" --model {name}" if name else ""
    return command_in(home, f'--ask "what the email should say"{model}')


def command_in(home: Home, words: str) -> str:
    """Return a command for this home, as the user would type it."""
    if home == default_home():
        return f"panza-tui {words}"
    return f"panza-tui --home {shlex.quote(str(home.root))} {words}"


def _importing(home: Home, kept: int) -> Step:
    if kept == 0:
        title = "Import the mails you sent: an mbox, a Maildir, or Google's Takeout zip"
    elif kept < store.FEWEST_USABLE:
        title = f"Import more mails you sent: {kept} so far, {store.FEWEST_USABLE} at least"
    else:
        title = f"{kept} mails you sent"
    return Step(title, kept >= store.FEWEST_USABLE, command_in(home, "import PATH"), "import")


def _playback(home: Home, kept: int, instructed: int) -> Step:
    title = "An instruction for each of them"
    if 0 < instructed < kept:
        title += f": {instructed} of {kept}"
    return Step(title, 0 < kept <= instructed, command_in(home, "playback"), "playback")


def _training(home: Home, connection: apsw.Connection) -> Step:
    if default_model(home, connection) is not None:
        return Step("Your model", True, command_in(home, "train"), "train")
    if (running := running_model(home)) is not None:
        return Step(f"Your model is being trained now ({running.name})", False, "", "train")
    if (resumable := resumable_model(home, connection)) is not None:
        command = command_in(home, f"train --resume {resumable.name}")
        return Step("Your model; its training was stopped", False, command, "train")
    return Step("Your model", False, command_in(home, "train"), "train")


def resumable_model(home: Home, connection: apsw.Connection) -> ModelCard | None:
    """Return the newest model whose training was stopped and can be resumed, or None."""
    begun = [card for card in reversed(list_models(home)) if card.state != "finished"]
    return next((card for card in begun if _is_resumable(home, connection, card)), None)


def _is_resumable(home: Home, connection: apsw.Connection, card: ModelCard) -> bool:
    """Return whether to resume a run; one that failed before a checkpoint would fail again."""
    if card.state == "failed" and last_checkpoint(home.model(card.name)) is None:
        return False
    try:
        check_resumable(home, connection, card.name)
    except PanzaError:
        return False
    return True
