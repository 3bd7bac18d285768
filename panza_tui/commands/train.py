"""`panza-tui train`: start or resume a run, show its progress, and print its result."""

from __future__ import annotations

import contextlib
import json

from engine.database import database
from engine.errors import UsageError
from engine.events import Event, to_json
from engine.home.home import Home
from engine.models.models import UPDATED_FROM, Method, ModelCard, default_model, gguf_of
from engine.settings import Settings
from engine.sizes import counted
from panza_tui.commands.session import Session
from panza_tui.jobs.steps import export_command
from panza_tui.jobs.train import begin_run, begin_update, resume_run, run_to_end
from panza_tui.jobs.update import update_line
from panza_tui.terminal.duration import duration
from panza_tui.terminal.json_output import print_json
from panza_tui.terminal.narration import narrated, say
from panza_tui.terminal.sanitise import safe_line
from panza_tui.terminal.signals import stoppable
from training.cost.estimate import Estimate


def train(
    session: Session,
    method: Method | None,
    name: str | None,
    base: str | None,
    epochs: int | None,
    max_steps: int | None,
    seed: int | None,
    resume: str | None,
    update: str | None,
    as_json: bool,
) -> None:
    """Train a model and print the result. Ctrl-C stops the run, which can then be resumed."""
    settings = session.settings(model__base=base, training__epochs=epochs, training__seed=seed)
    others = (method, name, base, epochs, max_steps, seed, update)
    if resume and any(given is not None for given in others):
        raise UsageError("--resume uses the run's own options; use it without others.")
    if update and (method or base):
        raise UsageError(
            "--update goes on from the model's own base and method; use it without --base and "
            "--method."
        )
    home = session.home.require()
    if resume:
        card = resume_run(home, resume)
    elif update:
        with stoppable(), narrated() as emit:
            card = begin_update(home, settings, emit, update, name=name, max_steps=max_steps)
    else:
        with stoppable(), narrated() as emit:
            run = begin_run(
                home,
                settings,
                emit,
                method=method or "rosa",
                name=name,
                max_steps=max_steps,
                with_cost=True,
            )
        card = run.card
        if run.cost is not None:
            say(cost_line(run.cost, settings, max_steps))
    say(f"{safe_line(_beginning(card))} Ctrl-C stops and saves it.")
    if as_json:
        card = run_to_end(home, card.name, _print_event)
    else:
        with narrated() as emit:
            card = run_to_end(home, card.name, emit)
    _report(home, card)


def _beginning(card: ModelCard) -> str:
    data = card.data
    if before := data.get(UPDATED_FROM):
        new = (
            counted(data["new_mails"], "new mail"),
            counted(data["new_drafts"], "accepted draft"),
        )
        return f"Training '{card.name}', which goes on from '{before}' with {' and '.join(new)}."
    judged = f"({data['validation']} to validate, {data['held_out']} held out)"
    return f"Training '{card.name}' on {data['train']} mails {judged}."


def cost_line(cost: Estimate, settings: Settings, max_steps: int | None) -> str:
    """Describe the time and memory that a run takes, or say why it may not fit."""
    if cost.why:
        return f"Note: {cost.why}"
    memory = f"{cost.memory_gib:.1f} GiB of memory ({cost.free_gib:.1f} are free)"
    if cost.saving.quantised:
        memory += ", with the base's weights quantised in memory"
    if max_steps:
        return f"It takes about {memory}."
    epochs = settings.training.epochs
    what = "One epoch takes" if epochs == 1 else f"All {epochs} epochs take"
    return f"{what} about {duration(cost.minutes)} and {memory}."


def _print_event(event: Event) -> None:
    print_json(json.loads(to_json(event)))


def _report(home: Home, card: ModelCard) -> None:
    figures = card.figures
    with contextlib.suppress(KeyError):
        say(
            f"Held-out loss {figures['held_out_loss_base']:.3f} -> {figures['held_out_loss']:.3f} "
            f"nats/token, in {duration(figures['seconds'] / 60)}, "
            f"{figures['peak_memory_gib']:.1f} GiB."
        )
    with contextlib.closing(database.connect(home.database)) as connection:
        default = default_model(home, connection)
    is_default = default is not None and default.name == card.name
    if UPDATED_FROM in card.data:
        say(safe_line(update_line(card, is_default=is_default)))
        if not is_default or gguf_of(home, card):
            return
    drafts = " It is the default model." if is_default else ""
    say(f"'{card.name}' is ready.{drafts} Next: {export_command(home, card.name)}")
