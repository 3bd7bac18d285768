"""Facts of the writer are found only for instructions that ask for them."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from engine.database import database
from engine.retrieval.facts import relevant_facts

PHONE, OLD_PHONE, STREET, LINK = (
    "+44 20 7946 0123",
    "+44 20 7946 0999",
    "1 Quay Rd, Hull",
    "lo.example",
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[apsw.Connection]:
    connection = database.connect(tmp_path / "panza.db")
    connection.executemany(
        "INSERT INTO writer_facts VALUES ('lo@x.example', ?, ?, ?)",
        [("phone", OLD_PHONE, 1), ("phone", PHONE, 2), ("postal", STREET, 2), ("link", LINK, 2)],
    )
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "instruction",
    ["Give her my phone number", "tell Sam to ring, include my number",
     "Schick ihm meine Telefonnummer",
     "donne-lui mon numéro de téléphone", "dale mi número de teléfono", "把我的电话给她",
     "отправь ему мой номер телефона", "my direct mobile number please"],
)  # fmt: skip
def test_a_number_that_is_asked_for_is_found(connection: apsw.Connection, instruction: str) -> None:
    assert relevant_facts(connection, instruction) == [PHONE, OLD_PHONE]


def test_each_kind_of_input_is_recognised(connection: apsw.Connection) -> None:
    assert relevant_facts(connection, "send him our postal address") == [STREET]
    assert relevant_facts(connection, "point her to my website") == [LINK]
    assert relevant_facts(connection, "my address and my phone") == [PHONE, OLD_PHONE, STREET]
    assert relevant_facts(connection, "tell them my e-mail address") == []  # There is none.


@pytest.mark.parametrize(
    "instruction",
    ["Ask for his phone number", "call Ann tomorrow", "thank him for the number of bikes", "",
     "decline my invitation", "remind him of my last email", "frag nach seiner Telefonnummer"],
)  # fmt: skip
def test_facts_are_given_only_when_asked_for(connection: apsw.Connection, instruction: str) -> None:
    assert relevant_facts(connection, instruction) == []
