"""A fact that a text states, in a form in which "6 pm", "18:00" and "six" can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

FactKind = Literal[
    "name",
    "number",
    "time",
    "date",
    "weekday",
    "amount",
    "link",
    "email",
    "iban",
    "phone",
    "sentence",
]
"""A sentence counts only where it is copied from a mail to answer."""

Half = Literal["am", "pm", ""]
"""Of the day, where a time tells it."""

CURRENCIES = ("eur", "usd", "gbp", "chf", "jpy", "sek", "pln", "brl", "mxn")


@dataclass(frozen=True)
class Fact:
    """A fact in a text, which stands at text[start:end].

    values: everything that it may mean, as strings; two facts agree if they share one. firm: False
    for words that often mean something else, such as "one": they can confirm a fact, but are not
    one by themselves.
    """

    kind: FactKind
    text: str
    start: int
    end: int
    values: frozenset[str]
    firm: bool = True


def values_of(facts: Iterable[Fact]) -> frozenset[str]:
    """Return everything that the facts may mean."""
    return frozenset(value for fact in facts for value in fact.values)


def number_values(number: Decimal) -> set[str]:
    """Return what a bare number may mean: itself, an hour, a day of any month, an amount."""
    values = {f"number {number:f}"}
    values.update(amount_value(number, currency) for currency in CURRENCIES)
    if number == int(number):
        if 0 <= number <= 24:
            values.update(clock_values(int(number), 0))
        if 1 <= number <= 31:
            values.update(date_value(month, int(number)) for month in range(1, 13))
    return values


def amount_value(number: Decimal, currency: str) -> str:
    """Return the value of an amount of money. currency: an ISO 4217 code in lower case."""
    return f"amount {number:f} {currency}"


def clock_values(hour: int, minute: int, half: Half = "") -> set[str]:
    """Return the times that an hour and a minute may mean; without `half`, 6:30 may be 18:30."""
    if half:
        hours = {hour % 12 + (12 if half == "pm" else 0)}
        if hour > 12:
            hours = {hour}
    else:
        hours = {hour, hour + 12} if 1 <= hour <= 12 else {hour}
    return {f"time {found % 24:02d}:{minute:02d}" for found in hours}


def date_value(month: int, day: int) -> str:
    """Return the value of a day of the year."""
    return f"date {month:02d}-{day:02d}"
