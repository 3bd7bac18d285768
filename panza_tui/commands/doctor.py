"""`panza-tui doctor`: print what was found on this machine, with a fix for each problem."""

from __future__ import annotations

from collections.abc import Iterable

from panza_tui.commands.session import Session
from panza_tui.jobs.doctor import Finding, examine
from panza_tui.terminal.narration import narrated, say, show
from panza_tui.terminal.sanitise import safe_line


def doctor(session: Session, check: bool, repair: bool) -> int:
    """Print all findings; return the exit code, 1 if something must be fixed."""
    problems = _print(examine(session.home, session.config)) if not repair else 0
    if repair:
        _repair(session)
    if check or repair:
        from panza_tui.jobs.check import NOT_PROVEN
        from panza_tui.jobs.check import check as check_home

        problems += _print(check_home(session.home, session.config))
        show(NOT_PROVEN)
    return int(problems > 0)


def _repair(session: Session) -> None:
    from panza_tui.jobs.check import repair

    with narrated() as emit:
        lines = repair(session.home, emit)
    for line in lines or ["There was nothing to repair."]:
        say(safe_line(line))


def _print(findings: Iterable[Finding]) -> int:
    """Print findings as they are made; return how many are problems."""
    problems = 0
    for finding in findings:
        show(f"{'!' if finding.fix else '+'} {finding.subject:<14} {safe_line(finding.found)}")
        if finding.fix:
            problems += 1
            show(f"  {'':<14} fix: {safe_line(finding.fix)}")
    return problems
