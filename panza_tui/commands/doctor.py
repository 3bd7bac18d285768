"""`panza-tui doctor`: print what was found on this machine, with a fix for each problem."""

from __future__ import annotations

from panza_tui.commands.session import Session
from panza_tui.jobs.doctor import examine
from panza_tui.terminal.sanitise import safe_line


def doctor(session: Session) -> int:
    """Print all findings; return the exit code, 1 if something must be fixed."""
    findings = list(examine(session.home, session.config))
    for finding in findings:
        print(f"{'!' if finding.fix else '+'} {finding.subject:<14} {safe_line(finding.found)}")
        if finding.fix:
            print(f"  {'':<14} fix: {safe_line(finding.fix)}")
    return int(any(finding.fix for finding in findings))
