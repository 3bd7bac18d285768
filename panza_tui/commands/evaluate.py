"""`panza-tui evaluate`: compare the base with the personal model, or all models with each other."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from panza_tui.commands.session import Session
from panza_tui.jobs.evaluate import Asked
from panza_tui.jobs.evaluate import evaluate as run_evaluation
from panza_tui.terminal.evaluation_table import (
    heading,
    legend,
    markdown,
    side_by_side,
    table_lines,
)
from panza_tui.terminal.json_output import print_json
from panza_tui.terminal.narration import narrated, say, show
from panza_tui.terminal.sanitise import safe_line
from training.evaluation.figures import Report, to_json
from training.evaluation.probes import PROBES


def evaluate(
    session: Session,
    name: str | None,
    compare: bool,
    pairs: Path | None,
    others: Sequence[Path],
    probes: str | None,
    limit: int | None,
    as_markdown: bool,
    as_json: bool,
) -> None:
    """Evaluate model `name`, or the default one, and its base model on the same mails."""
    settings = session.settings()
    home = session.home.check()
    asked = Asked(
        name=name,
        pairs=pairs,
        compare=compare,
        others=others,
        probes=None if probes is None else Path(probes) if probes else PROBES,
        limit=limit,
    )
    with narrated() as emit:
        report = run_evaluation(home, settings, asked, emit)
    if as_json:
        print_json(to_json(report))
    elif as_markdown:
        _print(markdown(report))
    else:
        _show(report, compare)


def _show(report: Report, compare: bool) -> None:
    show(heading(report))
    _print(table_lines(report))
    if compare:
        _print(side_by_side(report, shutil.get_terminal_size().columns))
    for line in (*legend(report), *report.notes):
        say(safe_line(line))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        show(line)
