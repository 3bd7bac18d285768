"""`panza-tui evaluate`: held-out figures of the base and the personal model, side by side."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path

import apsw

from engine import database
from engine.errors import NotReadyError
from engine.home import Home
from engine.models import ModelCard, default_model, read_card
from engine.settings import Settings
from panza_tui.commands.session import Session
from panza_tui.jobs.generators import load_transformers
from panza_tui.terminal.json_output import print_json
from panza_tui.terminal.narration import narrated, say
from training.evaluate import Contender, Report, Row
from training.evaluate import evaluate as judge
from training.evaluation_pairs import build_prompts, held_out_pairs, read_pairs


def evaluate(
    session: Session, name: str | None, pairs: Path | None, limit: int | None, as_json: bool
) -> None:
    """Judge model `name`, or the default one, and the base model on the same mails."""
    home = session.home.prepare()
    settings = session.settings()
    connection = database.connect(home.database)
    card = read_card(home, name) if name else default_model(home, connection)
    if card is None or card.state != "finished":
        raise NotReadyError("There is no finished model yet; run 'panza-tui train' first.")
    # Everything is judged as drafts on this model's base, whatever base the settings name today.
    settings = dataclasses.replace(
        settings, model=dataclasses.replace(settings.model, base=card.base)
    )
    judged = read_pairs(pairs) if pairs else held_out_pairs(home, connection, card)
    judged = judged[:limit]
    base = _contender("base", card, home, connection, settings, plain_base=True)
    personal = _contender(card.method, card, home, connection, settings, plain_base=False)
    with closing(base.open()) as counter:
        prompts = build_prompts(judged, card, home, connection, settings, counter.count_tokens)
    with narrated() as emit:
        rows, drafts = judge(judged, prompts, [base, personal], settings, emit)
    split = f"pairs:{pairs.name}" if pairs else "held_out:playback"
    report = Report(card.name, card.base, split, len(judged), rows, drafts)
    if as_json:
        print_json(dataclasses.asdict(report))
    else:
        _show(report)


def _contender(
    method: str,
    card: ModelCard,
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    *,
    plain_base: bool,
) -> Contender:
    from engine.generators.loading import open_generator

    load = load_transformers(home, settings)
    return Contender(
        method,
        lambda: (
            open_generator(
                home,
                connection,
                settings,
                model=None if plain_base else card.name,
                plain_base=plain_base,
                backend=settings.drafting.backend,
                load_transformers=load,
            ).generator
        ),
        lambda: load(None if plain_base else card),
    )


def _show(report: Report) -> None:
    print(f"{report.model} on {report.base}, {report.n} mails ({report.split})")
    print(f"{'':10}{'loss':>8}{'BLEU':>8}{'ROUGE-L':>9}{'chrF':>8}{'length':>8}")
    for row in report.rows:
        print(_line(row))
    say("loss: nats a token of the real mail, given the prompt; length: draft words per mail word.")


def _line(row: Row) -> str:
    return (
        f"{row.method:10}{row.loss:8.3f}{row.bleu:8.1f}{row.rougeL:9.3f}{row.chrf:8.1f}"
        f"{row.length_ratio:8.2f}"
    )
