"""The counts of an import, and the report made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.mail.archives.formats import NOT_MAIL

OnSkipped = Callable[[str], None]
"""Called with one line for each mail that is not kept, and why."""

_MAX_PROBLEMS = 20  # different ones that are counted separately
_MAX_NAMED = 3  # files that a warning names


@dataclass
class Files:
    """Files of one kind: how many, and the paths of the first ones."""

    count: int = 0
    first: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ImportReport:
    """The numbers of mails of an import.

    read: messages in the archives. sent: mails from the user, copies included. kept: distinct sent
    mails that are not left out; `new` of them were not stored before. duplicates: further copies
    of sent mails. left_out: reason -> number (see reasons.py). received: mails from others.
    broken: messages and files that can't be read; problems: reason -> number of them. not_mail:
    files that are no mail, by what they are. improved: stored mails
    that this import updated. warnings: also emitted as events.
    """

    read: int
    sent: int
    kept: int
    new: int
    duplicates: int
    left_out: dict[str, int]
    received: int
    broken: int
    problems: dict[str, int]
    improved: int
    warnings: tuple[str, ...]
    not_mail: dict[str, Files] = field(default_factory=dict)


@dataclass
class Tally:
    """The counts while an import runs."""

    on_skipped: OnSkipped | None = None
    read: int = 0
    sent: int = 0
    duplicates: int = 0
    received: int = 0
    kept: int = 0
    new: int = 0
    improved: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    not_mail: dict[str, Files] = field(default_factory=dict)
    names: Counter[str] = field(default_factory=Counter)

    _named_broken: list[str] = field(default_factory=list)

    def count_copy(self, source: str, subject: str) -> None:
        self.duplicates += 1
        self._report_skipped("copy", source, subject)

    def count_broken(self, source: str, problem: str) -> None:
        if problem in self.problems or len(self.problems) < _MAX_PROBLEMS:
            self.problems[problem] += 1
        else:
            self.problems["other reasons"] += 1
        if len(self._named_broken) < _MAX_NAMED:
            self._named_broken.append(f"{source} ({problem})")
        self._report_skipped("broken", source, problem)

    def count_not_mail(self, source: str, what: str) -> None:
        """Count a file that is no mail."""
        files = self.not_mail.setdefault(what, Files())
        files.count += 1
        if len(files.first) < _MAX_NAMED:
            files.first.append(source)
        self._report_skipped("not read", source, what)

    def warnings(self) -> list[str]:
        """Return what to say about files and messages that were not read."""
        warnings = []
        if broken := self.problems.total():
            what = "message or file" if broken == 1 else "messages or files"
            skipped = "was skipped" if broken == 1 else "were skipped"
            named = _enumerate(self._named_broken, broken)
            warnings.append(f"{broken} {what} can't be read and {skipped}: {named}.")
        if unknown := self.not_mail.get(NOT_MAIL):
            what = (
                "file was not read: it is" if unknown.count == 1 else "files were not read: each is"
            )
            named = _enumerate(unknown.first, unknown.count)
            warnings.append(f"{unknown.count} {what} {NOT_MAIL}: {named}.")
        return warnings

    def count_left_out(self, reason: str, source: str, subject: str) -> None:
        self.left_out[reason] += 1
        self._report_skipped(reason, source, subject)

    def report(self, warnings: tuple[str, ...]) -> ImportReport:
        return ImportReport(
            read=self.read,
            sent=self.sent,
            kept=self.kept,
            new=self.new,
            duplicates=self.duplicates,
            left_out=dict(sorted(self.left_out.items())),
            received=self.received,
            broken=self.problems.total(),
            problems=dict(self.problems.most_common()),
            improved=self.improved,
            warnings=warnings,
            not_mail=dict(sorted(self.not_mail.items())),
        )

    def _report_skipped(self, reason: str, source: str, what: str) -> None:
        if self.on_skipped is not None:
            self.on_skipped(f"{reason}: {source}: {what}")


def _enumerate(named: list[str], total: int) -> str:
    more = f"; and {total - len(named)} more (-v names all)" if total > len(named) else ""
    return "; ".join(named) + more
