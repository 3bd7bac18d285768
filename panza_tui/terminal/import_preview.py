"""Print what `import --dry-run` shows: own words beside the original, for mails of each kind."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.mail.importing.reasons import REASONS
from panza_tui.terminal.mail_words import first_recipients, mail_date
from panza_tui.terminal.sanitise import safe_line, safe_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from engine.mail.importing.finishing import ImportedMail

_CHARACTERS = 20_000
"""The maximum length of a text in memory; more is never shown."""

_LINES = 16
"""The maximum number of lines shown of each text."""

_LINES_VERBOSE = 80
"""The same with -v."""

_COLUMNS_FOR_TWO = 100
"""The minimum width of a terminal that shows the two texts side by side."""


@dataclass
class MailSample:
    """A random sample of the mails of each kind (reservoir sampling).

    per_kind: its size for each kind. Memory does not grow with the number of mails.
    """

    per_kind: int
    _seen: Counter[str] = field(default_factory=Counter)
    _chosen: dict[str, list[ImportedMail]] = field(default_factory=dict)
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def add(self, found: ImportedMail) -> None:
        """Count a mail, and add it to the sample if it is drawn."""
        kind = kind_of(found)
        chosen = self._chosen.setdefault(kind, [])
        self._seen[kind] += 1
        index = len(chosen)
        if index == self.per_kind:
            index = self._random.randrange(self._seen[kind])
        mail = found.mail
        shorter = replace(mail, body=mail.body[:_CHARACTERS], original=mail.original[:_CHARACTERS])
        if index < self.per_kind:
            chosen[index : index + 1] = [replace(found, mail=shorter)]

    def chosen(self) -> Iterator[tuple[str, ImportedMail]]:
        """Yield (kind, mail), the kept kinds first."""
        for kind in sorted(self._chosen, key=lambda kind: (kind.startswith("left out"), kind)):
            for found in self._chosen[kind]:
                yield kind, found


def kind_of(found: ImportedMail) -> str:
    """Describe what the import did with a mail."""
    mail = found.mail
    if mail.left_out:
        meaning = REASONS.get(mail.left_out)
        return f"left out: {mail.left_out}" + (f" ({meaning})" if meaning else "")
    if found.signature:
        return "kept, without a signature that many mails have"
    kept = "kept, read from its HTML" if found.is_html else "kept"
    if len(mail.body.split()) < len(mail.original.split()):
        return f"{kept}, without quotes or appended text"
    return f"{kept}, unchanged"


def show_preview(sample: MailSample, verbose: bool) -> None:
    """Print the chosen mails on stdout, side by side if there is room."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    wide = console.is_terminal and console.width >= _COLUMNS_FOR_TWO
    most = _LINES_VERBOSE if verbose else _LINES
    for kind, found in sample.chosen():
        mail = found.mail
        day = mail_date(mail.date)
        recipients = first_recipients(mail.recipients)
        console.print(kind, style="bold")
        console.print(safe_line(f"{day}  {recipients}: {mail.subject}  [{mail.source}]"))
        original, own = _shortened(mail.original, most), _shortened(mail.body, most)
        if wide:
            console.print(_beside(original, own))
        else:
            _print_indented(console, "as it was sent", original)
            _print_indented(console, "own words", own)
        console.print()


def _shortened(text: str, most: int) -> str:
    lines = safe_text(text).strip("\n").split("\n")
    more = len(lines) - most
    return "\n".join(lines[:most] + ([f"[{more} more lines]"] if more > 0 else []))


def _beside(original: str, own: str) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE, expand=True, pad_edge=False)
    for title in ("as it was sent", "own words"):
        table.add_column(title, ratio=1, overflow="fold")
    table.add_row(Text(original), Text(own or "(none)"))
    return table


def _print_indented(console: Console, title: str, text: str) -> None:
    console.print(f"  {title}:", style="dim")
    for line in (text or "(none)").split("\n"):
        # In a pipe, long lines are not wrapped.
        console.print(f"    {line}", soft_wrap=not console.is_terminal)
