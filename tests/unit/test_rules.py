"""Each named rule recognises its example."""

from __future__ import annotations

import pytest

from engine.mail.own_words.attribution_rules import ATTRIBUTIONS, AttributionLine
from engine.mail.own_words.contact import CONTACT_POINTS, Piece, contact_strength
from engine.mail.own_words.contact_lines import (
    IN_BLOCK,
    LIKE_A_CLOSING,
    NEVER_IN_BLOCK,
    NO_CLOSING,
)
from engine.mail.own_words.header_rules import HEADERS, HeaderRule, header_at, read_lines
from engine.mail.own_words.quote_marks import openly_quoted
from engine.mail.own_words.rules import Rule


@pytest.mark.parametrize("rule", ATTRIBUTIONS, ids=lambda rule: rule.name)
def test_attributions(rule: Rule[AttributionLine]) -> None:
    assert rule.matches(AttributionLine(rule.example))


@pytest.mark.parametrize("table", [NEVER_IN_BLOCK, IN_BLOCK, NO_CLOSING, LIKE_A_CLOSING])
def test_lines_of_contact_blocks(table: tuple[Rule[str], ...]) -> None:
    for rule in table:
        assert rule.matches(rule.example), rule.name


@pytest.mark.parametrize(("points", "rule"), CONTACT_POINTS, ids=lambda it: getattr(it, "name", ""))
def test_pieces_of_contact_blocks(points: int, rule: Rule[Piece]) -> None:
    assert rule.matches(Piece(rule.example))
    assert contact_strength(rule.example) == points


@pytest.mark.parametrize("rule", HEADERS, ids=lambda rule: rule.name)
def test_headers_are_read_by_the_rule_that_names_them(rule: HeaderRule) -> None:
    lines = rule.example.split("\n")
    text = read_lines(lines, openly_quoted(lines))
    header = rule.read(text, ["own"] * len(lines), 0)
    assert header is not None
    assert header.start == 0
    assert lines[header.end :] in (["Shall we?"], ["", "Shall we?"], ["> Shall we?"])
    assert header_at(text, ["own"] * len(lines), 0) == header
    assert all(
        earlier.read(text, ["own"] * len(lines), 0) is None
        for earlier in HEADERS[: HEADERS.index(rule)]
    )
