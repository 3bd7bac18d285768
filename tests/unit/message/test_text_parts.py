"""The text of a body is found once, wherever a mail program put it."""

from __future__ import annotations

from binascii import b2a_uu

import pytest

from engine.mail.importing.reasons import reason_to_leave_out
from engine.mail.message.enriched import enriched_text, richtext_text
from engine.mail.message.message import read_envelope, read_message

TEXT = "The boat is dry, so come at noon.\n\nIda"
HTML = "<p>The boat is <b>dry</b>, so come at noon.</p><p>Ida</p>"


def message(content_type: str, body: str, *headers: str) -> bytes:
    head = ["From: Ida <ida@example.org>", f"Content-Type: {content_type}", *headers]
    return ("\n".join(head) + "\n\n" + body).encode()


def part(content: str, content_type: str = "text/plain", *headers: str) -> str:
    return "\n".join([f"Content-Type: {content_type}", *headers, "", content, ""])


def parts(boundary: str, *contents: str) -> str:
    return "".join(f"--{boundary}\n{content}" for content in contents) + f"--{boundary}--\n"


PLAIN_PART = part(TEXT)
HTML_PART = part(HTML, "text/html")
PICTURE = part("xx", "image/png", 'Content-Disposition: attachment; filename="a.png"')


@pytest.mark.parametrize(
    "contents",
    [
        (PLAIN_PART, HTML_PART),
        (HTML_PART, PLAIN_PART),
        (PLAIN_PART, PICTURE, HTML_PART),
        (PLAIN_PART, 'Content-Type: multipart/related; boundary="r"\n\n' + parts("r", HTML_PART)),
        (PLAIN_PART, part("<style>p {color: red}</style>" + HTML, "text/html")),
        (part(TEXT + "\n\n[cid:a@b] <https://example.org/a/b/c>"), HTML_PART),
    ],
)
def test_a_text_and_its_html_are_one_text(contents: tuple[str, ...]) -> None:
    read = read_message(message("multipart/mixed; boundary=b", parts("b", *contents)))
    assert (read.plain or "").count("boat") == 1
    assert (read.html or "").count("boat") == 1


def test_the_same_text_twice_is_one_text() -> None:
    read = read_message(message("multipart/mixed; boundary=b", parts("b", PLAIN_PART, PLAIN_PART)))
    assert read.plain == TEXT


def test_html_with_a_notice_below_the_same_text_is_one_text() -> None:
    notice = part(HTML + "<p>This mail is meant for nobody else, so delete it.</p>", "text/html")
    read = read_message(message("multipart/mixed; boundary=b", parts("b", PLAIN_PART, notice)))
    assert read.plain == TEXT


def test_a_copy_of_the_header_for_old_programs_goes() -> None:
    body = f"Subject: boat\nFrom: Ida\n <ida@example.org>\n\n{TEXT}"
    assert read_message(message('text/plain; hp-legacy-display="1"', body)).plain == TEXT
    assert read_message(message("text/plain", body)).plain == body


def test_uuencoded_text() -> None:
    encoded = "begin 644 text\n" + b2a_uu(TEXT.encode()).decode() + "`\nend\n"
    head = "Content-Transfer-Encoding: x-uuencode"
    assert read_message(message("text/plain", encoded, head)).plain == TEXT
    assert read_message(message("text/plain", TEXT, head)).plain == TEXT


@pytest.mark.parametrize("encoding", ["quoted/printable", "Quoted Printable", '"quoted-printable"'])
def test_a_misspelt_transfer_encoding(encoding: str) -> None:
    head = f"Content-Transfer-Encoding: {encoding}"
    read = read_message(message("text/plain; charset=utf-8", "Gr=C3=BC=C3=9Fe", head))
    assert read.plain == "Grüße"


def test_other_texts_stay() -> None:
    other = part("<p>And bring the rope.</p>", "text/html")
    read = read_message(message("multipart/mixed; boundary=b", parts("b", PLAIN_PART, other)))
    assert read.plain is None
    assert "boat" in (read.html or "")
    assert "rope" in (read.html or "")


@pytest.mark.parametrize(
    "closing", ["--b--\n", "--b--\n--b--\n", f"--b--\n--b\n{PICTURE}--b--\n", ""]
)
def test_an_inner_part_with_the_boundary_around_it(closing: str) -> None:
    alternative = 'Content-Type: multipart/alternative; boundary="b"\n\npreamble\n'
    body = f"--b\n{alternative}--b\n{PLAIN_PART}--b\n{HTML_PART}{closing}"
    read = read_message(message("multipart/mixed; boundary=b", body))
    assert (read.plain, (read.html or "").strip()) == (TEXT, HTML)


def test_text_behind_an_inner_part_with_the_boundary_around_it() -> None:
    alternative = 'Content-Type: multipart/alternative; boundary="b"\n\n'
    footer = part("Bring the rope.")
    body = f"--b\n{alternative}--b\n{PLAIN_PART}--b--\n--b\n{footer}--b--\n"
    read = read_message(message("multipart/mixed; boundary=b", body))
    assert read.plain == f"{TEXT}\n\nBring the rope."


def test_a_grandchild_with_the_outermost_boundary() -> None:
    inner = 'Content-Type: multipart/alternative; boundary="b"\n\n' + parts(
        "b", PLAIN_PART, HTML_PART
    )
    related = 'Content-Type: multipart/related; boundary="r"\n\n' + parts("r", inner)
    read = read_message(message("multipart/mixed; boundary=b", parts("b", related)))
    assert ((read.plain or "").count("boat"), (read.html or "").count("boat")) == (1, 1)


@pytest.mark.parametrize("kind", ["mixed", "alternative", "related"])
def test_a_boundary_that_never_occurs(kind: str) -> None:
    declared = f"multipart/{kind}; boundary=declared"
    read = read_message(message(declared, parts("used", PLAIN_PART, HTML_PART)))
    assert (read.plain or "").strip() == TEXT
    inner = f"Content-Type: multipart/{kind}; boundary=inner\n\n{TEXT}\n"
    read = read_message(message("multipart/mixed; boundary=b", parts("b", inner)))
    assert (read.plain or "").strip() == TEXT
    read = read_message(message("multipart/mixed; boundary=b", HTML))
    assert (read.plain, read.html) == (None, HTML)


@pytest.mark.parametrize("boundary", ["a ", "a\t", "a b ", " a"])
def test_a_boundary_with_white_space(boundary: str) -> None:
    body = parts(boundary, PLAIN_PART)
    assert read_message(message(f'multipart/mixed; boundary="{boundary}"', body)).plain == TEXT


@pytest.mark.parametrize("disposition", ["inline", "INLINE", '"inline"'])
def test_the_only_text_may_have_a_file_name(disposition: str) -> None:
    named = part(TEXT, "text/plain", f'Content-Disposition: {disposition}; filename="m.txt"')
    for content in (named, named.replace("text/plain", 'text/plain; name="m.txt"')):
        read = read_message(message("multipart/mixed; boundary=b", parts("b", content, PICTURE)))
        assert read.plain == TEXT
    html = part(HTML, "text/html", f'Content-Disposition: {disposition}; filename="m.html"')
    read = read_message(message("multipart/alternative; boundary=b", parts("b", named, html)))
    assert (read.plain, read.html) == (TEXT, HTML)


def test_a_named_text_below_another_is_an_attachment() -> None:
    named = part("not mine", "text/plain", 'Content-Disposition: inline; filename="m.txt"')
    for first in (PLAIN_PART, part("")):
        read = read_message(message("multipart/mixed; boundary=b", parts("b", first, named)))
        assert "not mine" not in (read.plain or "")


def test_enriched_text() -> None:
    text = (
        "<bold>The boat</bold> is\ndry.\n\n<excerpt><color><param>red</param>Is it\n"
        "dry?</color></excerpt>\n\n<nofill>a\nb</nofill> 1 << 2 <x-new>Ida</x-new>"
    )
    plain = "The boat is dry.\n> Is it dry?\n\na\nb 1 < 2 Ida"
    assert enriched_text(text) == plain
    assert read_message(message("text/enriched", text)).plain == plain


def test_richtext() -> None:
    text = "<bold>The boat</bold> is\ndry.<nl>Come.<comment>not shown</comment><nl><nl>1 <lt> 2"
    assert richtext_text(text) == "The boat is dry.\nCome.\n\n1 < 2"
    assert read_message(message("text/richtext", text)).plain == richtext_text(text)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_white_space_behind_a_soft_line_break(end: str) -> None:
    body = f"The bo= \t{end}at is dry.{end}It costs 2 =3D 2.= "
    read = read_message(message("text/plain", body, "Content-Transfer-Encoding: quoted-printable"))
    assert read.plain == "The boat is dry.\nIt costs 2 = 2."


def test_encoded_ids() -> None:
    encoded = "=?utf-8?q?=3C1=40example=2Eorg=3E_=3C2=40exam?=\n =?utf-8?q?ple=2Eorg=3E?="
    headers = (f"References: {encoded}", f"In-Reply-To: {encoded}", f"Message-ID: {encoded}")
    envelope = read_envelope(message("text/plain", TEXT, *headers))
    assert envelope.references == ("1@example.org", "2@example.org")
    assert envelope.in_reply_to == "1@example.org"
    assert envelope.message_id == "1@example.org"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/ms-tnef",
        "application/vnd.ms-tnef",
        'application/octet-stream; name="WINMAIL.DAT"',
    ],
)
def test_winmail_has_a_reason_of_its_own(content_type: str) -> None:
    only = read_message(message(content_type, "eJ8+"))
    blank = parts("b", part(" "), part("eJ8+", content_type))
    for read in (only, read_message(message("multipart/mixed; boundary=b", blank))):
        assert reason_to_leave_out(read, (), "") == "winmail"
        assert reason_to_leave_out(read, (), "Come at noon.") is None


def test_a_page_sent_as_plain_text_is_html() -> None:
    page = "<!DOCTYPE html>\n<html><body><p>The boat is dry.</p></body></html>\n"
    for text in (page, page.partition("\n")[2]):
        read = read_message(b"From: a@x.org\nContent-Type: text/plain\n\n" + text.encode())
        assert (read.plain, (read.html or "").strip()) == (None, text.strip())
    code = "Write this:\n\n<html><body><p>The boat is dry.</p></body></html>\n"
    assert read_message(b"From: a@x.org\n\n" + code.encode()).plain == code


@pytest.mark.parametrize("inner", [PLAIN_PART, part(HTML, "text/html")])
def test_a_boundary_right_below_the_header_starts_the_first_part(inner: str) -> None:
    above = "From: Ida <ida@example.org>\nContent-Type: multipart/mixed; boundary=b\n"
    for blank in ("", "\n"):
        read = read_message((above + blank + parts("b", inner)).encode())
        assert "--b" not in (read.plain or "") + (read.html or "")
        assert "The boat is" in (read.plain or read.html or "")
    text = b"From: a@x.org\nSubject: two\n-- of them\nTo: b@x.org\n\nThe boat is dry."
    assert (read_message(text).plain or "").endswith("The boat is dry.")


def test_an_empty_field_above_the_real_one_does_not_count() -> None:
    head = "From: Ida <ida@example.org>\nContent-Type:\nContent-Type: multipart/mixed; boundary=b\n"
    read = read_message((head + "\n" + parts("b", PLAIN_PART)).encode())
    assert (read.plain or "").strip() == TEXT


def test_an_unknown_kind_of_text_is_read_if_it_is_the_only_one() -> None:
    assert read_message(message("text/x-web-markdown", TEXT)).plain == TEXT
    assert read_message(message("text/calendar", TEXT)).plain is None
    unknown = "Content-Type: text/x-log\n\nlog log\n"
    mixed = read_message(
        message("multipart/mixed; boundary=b", f"--b\n{PLAIN_PART}--b\n{unknown}--b--")
    )
    assert mixed.plain == TEXT
