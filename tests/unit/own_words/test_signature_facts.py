"""Facts about the writer in signatures."""

import pytest

from engine.mail.own_words.extract import signature_block
from engine.mail.own_words.signature_facts import Fact, signature_facts


def test_the_facts_of_a_block():
    block = (
        "Best regards,\nSam Hill\nHead Gardener\nHill & Sons Ltd\n12 Mill Road\nCB1 2AB Cambridge\n"
        "T: +44 20 7946 0123 | M: +44 7700 900123\nsam@example.org - www.example.org\n"
    )
    assert [(fact.kind, fact.text) for fact in signature_facts(block)] == [
        ("organisation", "Hill & Sons Ltd"),
        ("postal", "12 Mill Road, CB1 2AB Cambridge"),
        ("phone", "T: +44 20 7946 0123"),
        ("phone", "M: +44 7700 900123"),
        ("email", "sam@example.org"),
        ("link", "www.example.org"),
    ]


@pytest.mark.parametrize(
    ("block", "facts"),
    [
        ("", []),
        ("Sam Hill\nthe garden behind the mill", []),
        ("Tel. 030 1234567, Fax: 030 1234568", ["Tel. 030 1234567", "Fax: 030 1234568"]),
        ("a@example.org\na@example.org", ["a@example.org"]),
        ("Web: https://example.org/sam.", ["https://example.org/sam"]),
        ("Musterstr. 12\n10115 Berlin", ["Musterstr. 12, 10115 Berlin"]),
    ],
)
def test_texts(block, facts):
    assert [fact.text for fact in signature_facts(block)] == facts


def test_endless_blocks_cost_little():
    assert len(signature_facts("x" * 1_000_000)) == 0
    assert signature_facts("a@example.org\n" * 100_000) == [Fact("email", "a@example.org")]


def test_the_signature_block_that_own_words_removes():
    quote = "On 3/4/24 09:12, Ada wrote:\n> Noon?\n"
    body = f"Yes.\n\nBest,\nSam\n\n-- \nSam Hill\n+44 20 7946 0123\n\n{quote}"
    assert signature_block(body) == "--\nSam Hill\n+44 20 7946 0123"
    assert signature_block("Yes.\n\nBest,\nSam") is None
    assert signature_block("") is None
