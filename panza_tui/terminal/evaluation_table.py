"""Print an evaluation's report: tables of figures with their intervals, and drafts side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from panza_tui.terminal.sanitise import safe_line, safe_text
from training.evaluation.figures import Figure, Kind, Report, measured

_LABEL, _COLUMN = 20, 12
_MAILS = "your own mails"
_SHOWN_DRAFTS = 3


def heading(report: Report) -> str:
    """Say what was evaluated on what."""
    return (
        f"{safe_line(report.model)} on {safe_line(report.base)}, {report.n} "
        f"mail{'s' if report.n != 1 else ''} ({safe_line(report.split)})"
    )


def table_lines(report: Report) -> Iterator[str]:
    """Yield a table for each group of figures, with an interval below each figure."""
    for group, kinds in measured(report).items():
        yield ""
        yield f"{group:{_LABEL}}" + "".join(f"{kind.title:>{_COLUMN}}" for kind in kinds)
        for label, figures in _rows(report, kinds):
            yield from _fitted(label, "".join(f"{_value(figures, k):>{_COLUMN}}" for k in kinds))
            intervals = "".join(f"{_interval(figures, k):>{_COLUMN}}" for k in kinds)
            if intervals.strip():
                yield " " * _LABEL + intervals


def legend(report: Report) -> Iterator[str]:
    """Yield how many weights each model trained, and what each figure means."""
    trained = {row.model: row.trained_weights for row in report.rows if row.trained_weights}
    for model, weights in trained.items():
        yield f"{safe_line(model)}: {weights / 1e6:.2f}M trained weights"
    for kinds in measured(report).values():
        for kind in kinds:
            yield f"{kind.title}: {kind.meaning}"
    yield "The range below a figure is its 95 % interval, by bootstrap over the mails."
    if report.others:
        share = format(report.others.value, ".1%")
        yield f"Of mails by others, which it had not seen, the classifier takes {share} for yours."


def side_by_side(report: Report, columns: int) -> Iterator[str]:
    """Yield the drafts of a few pairs, as many as fit beside each other, with the true mail."""
    for record in report.drafts[:_SHOWN_DRAFTS]:
        yield ""
        yield f"▸ {safe_line(record['instruction'])}"
        texts = {_MAILS.removesuffix("s"): record["mail"], **record["drafts"]}
        for few in _batches(list(texts.items()), max(1, columns // 38)):
            yield ""
            yield from _columns(few, columns // len(few) - 2)


def markdown(report: Report) -> Iterator[str]:
    """Yield the report as Markdown: one table for each group, and all drafts."""
    yield f"# {heading(report)}"
    for group, kinds in measured(report).items():
        yield ""
        yield f"| {group} | " + " | ".join(kind.title for kind in kinds) + " |"
        yield "|---" * (len(kinds) + 1) + "|"
        for label, figures in _rows(report, kinds):
            cells = (" ".join(filter(None, cell)) for cell in _cells(figures, kinds))
            yield f"| {_plain(label)} | " + " | ".join(cells) + " |"
    yield ""
    for line in (*legend(report), *report.notes):
        yield f"- {_plain(line)}"
    for record in report.drafts:
        yield ""
        yield f"## {_plain(record['instruction'])}"
        texts = {_MAILS.removesuffix("s"): record["mail"], **record["drafts"]}
        for label, text in texts.items():
            yield f"\n**{_plain(label)}**\n"
            # Indented text is code in Markdown: nothing in a mail is taken for a mark or a link.
            yield from (f"    {line}" for line in safe_text(text).strip().splitlines())


def _rows(report: Report, kinds: Sequence[Kind]) -> Iterator[tuple[str, Mapping[str, Figure]]]:
    for row in report.rows:
        yield row.label, row.figures
    if any(kind.key in report.mails for kind in kinds):
        yield _MAILS, report.mails


def _cells(figures: Mapping[str, Figure], kinds: Sequence[Kind]) -> Iterator[tuple[str, str]]:
    for kind in kinds:
        interval = _interval(figures, kind)
        yield _value(figures, kind), f"({interval})" if interval else ""


def _value(figures: Mapping[str, Figure], kind: Kind) -> str:
    figure = figures.get(kind.key)
    return "–" if figure is None or math.isnan(figure.value) else format(figure.value, kind.form)


def _interval(figures: Mapping[str, Figure], kind: Kind) -> str:
    figure = figures.get(kind.key)
    if figure is None or math.isnan(figure.low):
        return ""
    low, high = format(figure.low, kind.form), format(figure.high, kind.form)
    return f"{low.removesuffix('%')}–{high}"


def _fitted(label: str, cells: str) -> Iterator[str]:
    """A row's line; a label that is too long gets one of its own."""
    label = safe_line(label)
    if len(label) >= _LABEL:
        yield label
        label = ""
    yield f"{label:{_LABEL}}{cells}"


def _batches(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _columns(texts: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    from rich.cells import set_cell_size

    blocks = [[safe_line(label), "─" * width, *_wrapped(text, width)] for label, text in texts]
    for number in range(max(map(len, blocks))):
        parts = (block[number] if number < len(block) else "" for block in blocks)
        yield "  ".join(set_cell_size(part, width) for part in parts).rstrip()


def _wrapped(text: str, width: int) -> Iterator[str]:
    from rich.console import Console
    from rich.text import Text

    console = Console(width=width, color_system=None)
    for line in safe_text(text).strip().expandtabs(4).splitlines():
        yield from (part.plain.rstrip() for part in Text(line).wrap(console, width) or [Text("")])


def _plain(text: str) -> str:
    """A line in which Markdown sees no marks."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>|#" else c for c in safe_line(text))
