"""Each named rule recognises its example."""

from __future__ import annotations

import pytest

from engine.mail.own_words.attribution_rules import ATTRIBUTIONS, AttributionLine
from engine.mail.own_words.contact import CONTACT_POINTS, LinePart, contact_points
from engine.mail.own_words.contact_lines import (
    IN_BLOCK,
    LIKE_A_CLOSING,
    NOT_A_CLOSING,
    NOT_IN_BLOCK,
)
from engine.mail.own_words.header_rules import HEADERS, HeaderRule, analyse_lines, find_header
from engine.mail.own_words.quote_marks import greater_than_marks
from engine.mail.own_words.rules import Rule


@pytest.mark.parametrize("rule", ATTRIBUTIONS, ids=lambda rule: rule.name)
def test_attributions(rule: Rule[AttributionLine]) -> None:
    assert rule.matches(AttributionLine(rule.example))


@pytest.mark.parametrize("table", [NOT_IN_BLOCK, IN_BLOCK, NOT_A_CLOSING, LIKE_A_CLOSING])
def test_lines_of_contact_blocks(table: tuple[Rule[str], ...]) -> None:
    for rule in table:
        assert rule.matches(rule.example), rule.name


@pytest.mark.parametrize(("points", "rule"), CONTACT_POINTS, ids=lambda it: getattr(it, "name", ""))
def test_parts_of_contact_blocks(points: int, rule: Rule[LinePart]) -> None:
    assert rule.matches(LinePart(rule.example))
    assert contact_points(rule.example) == points


@pytest.mark.parametrize("rule", HEADERS, ids=lambda rule: rule.name)
def test_headers_are_read_by_the_rule_that_names_them(rule: HeaderRule) -> None:
    lines = rule.example.split("\n")
    text = analyse_lines(lines, greater_than_marks(lines))
    header = rule.find(text, ["own"] * len(lines), 0)
    assert header is not None
    assert header.start == 0
    assert lines[header.end :] in (["Shall we?"], ["", "Shall we?"], ["> Shall we?"])
    assert find_header(text, ["own"] * len(lines), 0) == header
    assert all(
        earlier.find(text, ["own"] * len(lines), 0) is None
        for earlier in HEADERS[: HEADERS.index(rule)]
    )
