"""A path is understood in the forms that file managers and terminals paste."""

from __future__ import annotations

from pathlib import Path

import pytest

from panza_tui.first_start.typed_path import typed_path


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("/a/my mail.mbox", "/a/my mail.mbox"),
        ("  '/a/my mail.mbox' ", "/a/my mail.mbox"),
        ('"/a/my mail.mbox"', "/a/my mail.mbox"),
        ("file:///a/my%20mail.mbox", "/a/my mail.mbox"),
        ("'file:///a/my%20mail.mbox'", "/a/my mail.mbox"),
        ("FILE:/a/my%20mail.mbox", "/a/my mail.mbox"),
        ("file://localhost/a/Gr%C3%BC%C3%9Fe%23%25.mbox", "/a/Grüße#%.mbox"),
        ("file:///a/100%.mbox", "/a/100%.mbox"),
        ("file:///a/one%20.mbox\nfile:///a/two.mbox\n", "/a/one .mbox"),
        ("/a/my%20mail.mbox", "/a/my%20mail.mbox"),
        (r"/a/my\ mail\(1\).mbox", "/a/my mail(1).mbox"),
        ("/a/it's.mbox", "/a/it's.mbox"),
        ("“/a/my mail.mbox”", "/a/my mail.mbox"),
        ("\x1b[200~/a/mail.mbox\x1b[201~", "/a/mail.mbox"),
        ("\u200e/a/mail.mbox\u200b", "/a/mail.mbox"),
        ("x-special/nautilus-clipboard\ncopy\nfile:///a/mail.mbox", "/a/mail.mbox"),
        ("copy\nfile:///a/mail.mbox", "/a/mail.mbox"),
        ("cut\n", str(Path("cut").absolute())),
        ("copy", str(Path("copy").absolute())),
        ("$HOME/mail", str(Path.home() / "mail")),
        ("~/mail", str(Path.home() / "mail")),
    ],
)
def test_paths(typed: str, path: str) -> None:
    assert typed_path(typed) == Path(path)


def test_bytes_that_are_no_utf8_and_names_with_a_backslash(tmp_path: Path) -> None:
    assert bytes(typed_path("file:///a/caf%E9") or Path()) == b"/a/caf\xe9"
    odd = tmp_path / r"a\b"
    odd.touch()
    assert typed_path(str(odd)) == odd


@pytest.mark.parametrize("nothing", ["", "  ", "''", "\n"])
def test_nothing(nothing: str) -> None:
    assert typed_path(nothing) is None
