"""Whom --to names: addresses, a name, or a mailto: link."""

from __future__ import annotations

import pytest

from engine.mail.replies.recipients import (
    Addressee,
    addresses_without_dot,
    missing_addresses,
    read_addressee,
)


@pytest.mark.parametrize(
    ("typed", "addressee"),
    [
        ("", Addressee("")),
        ("Jane Roe", Addressee("Jane Roe")),
        ("Jane <jane@example.org>", Addressee("Jane <jane@example.org>")),
        ("jane%40example.org", Addressee("jane@example.org")),
        ("jane%2Broe@example.org", Addressee("jane+roe@example.org")),
        ("100%", Addressee("100%")),
        ("a%20b@example.org", Addressee("a%20b@example.org")),
        ("user%relay@example.org", Addressee("user%relay@example.org")),
        ("mailto:jane%40example.org", Addressee("jane@example.org")),
        ("<MAILTO:jane%2Broe@example.org>", Addressee("jane+roe@example.org")),
        (
            "mailto:a@x.org,%22Roe%2C%20J%22%20%3Cb@x.org%3E?cc=c@x.org&subject=To%20b%26c",
            Addressee('a@x.org, "Roe, J" <b@x.org>, c@x.org', "To b&c"),
        ),
        ("mailto:?to=a@x.org&body=Hi&bcc=b@x.org", Addressee("a@x.org", "", ("body", "bcc"))),
        ("mailto://jane@example.org", Addressee("jane@example.org")),
        ("mailto:", Addressee("")),
        ("mailto:?subject=A%20page", Addressee("", "A page")),
        ("mailto:jane@example.org#top", Addressee("jane@example.org")),
        ('"mailto:jane@example.org"', Addressee("jane@example.org")),
        ("[Jane](mailto:jane@example.org?subject=Hi)", Addressee("jane@example.org", "Hi")),
        ("jane@example.org?subject=Hi", Addressee("jane@example.org", "Hi")),
    ],
)
def test_addressees(typed: str, addressee: Addressee) -> None:
    assert read_addressee(typed) == addressee


@pytest.mark.parametrize(
    ("typed", "missing"),
    [
        ("Jane", []),
        ("jane@example.org; Bo <bo@example.org>", []),
        ("Roe, Jane <jane@example.org>", []),
        ('"Roe, Jane @ home" <jane@example.org>', []),
        ("jane@", ["jane@"]),
        ("@example.org", ["@example.org"]),
        ("jane@example.org, bo@", ["bo@"]),
        ("jane@example.org, Bo", ["Bo"]),
        ("Bo, jane@example.org", ["Bo"]),
        ("jane @ example.org", ["jane @ example.org"]),
        ("jane@example..org", ["jane@example..org"]),
        ("Jane <jane@.example.org>", ["Jane <jane@.example.org>"]),
        ("jane@-example.org", ["jane@-example.org"]),
        ("jane@example-.org", ["jane@example-.org"]),
        ("j-.r@ex-ample.org", []),
        ("jane@example", []),
        ("jane@example.org，eve＠evil.example", ["jane@example.org，eve＠evil.example"]),
    ],
)
def test_entries_without_an_address(typed: str, missing: list[str]) -> None:
    assert missing_addresses(typed) == missing


def test_a_domain_without_a_dot_is_noticed() -> None:
    typed = "jane@example, bo@example.org, root@localhost"
    assert addresses_without_dot(typed) == ["jane@example"]
