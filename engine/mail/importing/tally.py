"""What an import counts on its way, and the report it ends with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

Tell = Callable[[str], None]
"""Is given one line for each mail that is not kept, and why."""


@dataclass(frozen=True)
class ImportReport:
    """What became of the messages of an import.

    read: messages seen. sent: from the user, copies included. kept: different sent mails that
    are learnt from; `new` of them were not stored before. duplicates: further copies of sent
    mails within the archives. left_out: reason -> mails (see reasons.py). received: messages
    from others. broken: messages that can't be read, and problems: why -> how many. improved:
    mails stored before that this import bettered. warnings: what was said on the way.
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


@dataclass
class Tally:
    """The counts while they grow. tell: hears of each mail that is not kept."""

    tell: Tell | None = None
    read: int = 0
    sent: int = 0
    duplicates: int = 0
    received: int = 0
    kept: int = 0
    new: int = 0
    improved: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)

    def count_copy(self, source: str, subject: str) -> None:
        self.duplicates += 1
        self._say("copy", source, subject)

    def count_broken(self, source: str, problem: str) -> None:
        if problem in self.problems or len(self.problems) < _MAX_PROBLEMS:
            self.problems[problem] += 1
        else:
            self.problems["other reasons"] += 1
        self._say("broken", source, problem)

    def count_left_out(self, reason: str, source: str, subject: str) -> None:
        self.left_out[reason] += 1
        self._say(reason, source, subject)

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
        )

    def _say(self, reason: str, source: str, what: str) -> None:
        if self.tell is not None:
            self.tell(f"{reason}: {source}: {what}")


_MAX_PROBLEMS = 20  # different ones that are counted each by its name
