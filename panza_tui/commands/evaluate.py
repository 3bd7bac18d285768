"""`panza-tui evaluate`: print a table that compares the base with the personal model."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from panza_tui.commands.session import Session
from panza_tui.jobs.evaluate import evaluate as run_evaluation
from panza_tui.terminal.json_output import print_json
from panza_tui.terminal.narration import narrated, say
from training.evaluate import Report, Row


def evaluate(
    session: Session, name: str | None, pairs: Path | None, limit: int | None, as_json: bool
) -> None:
    """Evaluate model `name`, or the default one, and its base model on the same mails."""
    settings = session.settings()
    home = session.home.check()
    with narrated() as emit:
        report = run_evaluation(home, settings, emit, name=name, pairs=pairs, limit=limit)
    if as_json:
        print_json(dataclasses.asdict(report))
    else:
        _show(report)


def _show(report: Report) -> None:
    print(f"{report.model} on {report.base}, {report.n} mails ({report.split})")
    print(f"{'':10}{'loss':>8}{'BLEU':>8}{'ROUGE-L':>9}{'chrF':>8}{'length':>8}")
    for row in report.rows:
        print(_line(row))
    say("loss: nats/token of the real mail, given the prompt; length: draft words per mail word.")


def _line(row: Row) -> str:
    return (
        f"{row.method:10}{row.loss:8.3f}{row.bleu:8.1f}{row.rougeL:9.3f}{row.chrf:8.1f}"
        f"{row.length_ratio:8.2f}"
    )
