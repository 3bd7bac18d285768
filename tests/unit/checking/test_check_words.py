"""What checks found, in words and as marks in a draft."""

from __future__ import annotations

from engine.checking.brief import Brief
from engine.checking.check import check_draft
from panza_tui.chat.marks import doubtful_places, flagged
from panza_tui.terminal.check_words import check_line, facts_of

DRAFT = "Hi Bo,\n\nlet's meet at 7 or at 7 then, in the Ritz, 17 Main: pay €9 on example.org/x."
BRIEF = Brief("Ask Bo to meet on Friday.", "Bo", "Al", thread=("Pay €9 on http://example.org/x",))


def test_findings_are_one_line() -> None:
    assert check_line(check_draft(DRAFT, BRIEF), is_doubtful=False) == (
        "Check the draft: not in your text or mails: 7, Ritz, 17, Main; "
        "only in the mail you answer: €9, example.org/x; missing: Friday."
    )
    assert check_line(check_draft("Friday?", BRIEF), is_doubtful=False) == ""
    assert check_line(None, is_doubtful=False) == ""
    assert check_line(None, is_doubtful=True) == ("Check the draft: it may not say what you asked.")


def test_facts_are_listed_once_and_unchecked_drafts_have_none() -> None:
    checks = check_draft(DRAFT, BRIEF)
    assert facts_of(checks, "unsupported") == ["7", "Ritz", "17", "Main"]
    assert facts_of(check_draft("Friday?", BRIEF), "missing") == []
    assert facts_of(None, "missing") is None


def test_facts_in_doubt_are_flagged_wherever_they_stand() -> None:
    checks = check_draft(DRAFT, BRIEF)
    places = doubtful_places(DRAFT, checks)
    found = ["7", "7", "Ritz", "17", "Main", "€9", "example.org/x"]
    assert [DRAFT[start:end] for start, end in places] == found
    content = flagged(DRAFT, places)
    assert content.plain == DRAFT
    assert len(content.spans) == len(found)
    assert flagged("Fine.", doubtful_places("Fine.", None)).plain == "Fine."


def test_hostile_facts_are_shown_safely() -> None:
    checks = check_draft("See http://example.org/\x1b[31m!", Brief("Say hi."))
    assert "\x1b" not in check_line(checks, is_doubtful=False)
