"""Raw messages are decoded as mail programs show them, even if they are malformed."""

from __future__ import annotations

import base64

import pytest

from engine.mail.importing.reasons import reason_to_leave_out
from engine.mail.message.addresses import canonical, parse_addresses
from engine.mail.message.charsets import decode_bytes, decode_header_value
from engine.mail.message.dates import read_date
from engine.mail.message.fields import parse_parameters
from engine.mail.message.message import read_envelope, read_message
from engine.mail.message.subjects import base_subject, is_reply
from engine.mail.own_words import own_words
from engine.mail.own_words.language import guess_language

NOW = 1_790_000_000


def mail(body: str | bytes, *headers: str) -> bytes:
    encoded = body.encode() if isinstance(body, str) else body
    fields = ["From: Ida <ida@example.org>", *headers]
    return "\n".join(fields).encode() + b"\n\n" + encoded


def multipart(kind: str, *parts: str) -> str:
    inner = "".join(f"--b{kind}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="b{kind}"\n\n{inner}--b{kind}--\n'


def whole(kind: str, *parts: str) -> bytes:
    return ("From: Ida <ida@example.org>\n" + multipart(kind, *parts)).encode()


PLAIN = "Content-Type: text/plain\n\nHello."
HTML = "Content-Type: text/html\n\n<p>Hello.</p>"


def test_alternatives_are_one_text_in_two_forms() -> None:
    message = read_message(whole("alternative", PLAIN, HTML))
    assert (message.plain, message.html) == ("Hello.", "<p>Hello.</p>")


def test_related_takes_the_root_and_mixed_takes_all_text() -> None:
    image = "Content-Type: image/png\n\nxx"
    inner = multipart("related", multipart("alternative", PLAIN, HTML), image)
    footer = "Content-Type: text/plain\n\nList <footer>"
    message = read_message(whole("mixed", inner, footer))
    assert message.plain == "Hello.\n\nList <footer>"
    assert message.html == "<p>Hello.</p>\n<div>List &lt;footer&gt;</div>"


def test_signed_mail_is_its_first_part() -> None:
    signature = "Content-Type: application/pgp-signature\n\n-----BEGIN"
    assert read_message(whole("signed", PLAIN, signature)).plain == "Hello."


@pytest.mark.parametrize(
    "attachment",
    [
        "Content-Type: text/plain\nContent-Disposition: attachment\n\nnot mine",
        'Content-Type: text/plain; name="notes.txt"\n\nnot mine',
        "Content-Type: text/html\nContent-Disposition: inline; filename*=utf-8''a.html\n\nnot mine",
        "Content-Type: message/rfc822\n\nFrom: a@b.c\n\nnot mine",
        multipart("digest", "\nFrom: a@b.c\n\nnot mine"),
        "Content-Type: text/csv\n\nnot mine",
    ],
)
def test_attachments_and_nested_mails_are_never_text(attachment: str) -> None:
    message = read_message(whole("mixed", PLAIN, attachment))
    assert message.plain == "Hello."
    assert message.html is None


def test_a_mail_that_is_only_an_attachment_has_no_text() -> None:
    message = read_message(mail("secret", "Content-Disposition: attachment"))
    assert message.plain is None


def test_transfer_encodings() -> None:
    encoded = base64.encodebytes("Grüße, höchst privat".encode()).decode()
    for body, name in ((encoded + "\n-- list footer!\n", "base64"), ("Gr=C3=BC=\n=C3=9Fe", "q")):
        encoding = "quoted-printable" if name == "q" else name
        message = read_message(
            mail(
                body,
                "Content-Type: text/plain; charset=utf-8",
                f"Content-Transfer-Encoding: {encoding}",
            )
        )
        assert message.plain is not None
        assert message.plain.startswith("Grü")
        assert "�" not in message.plain


def test_text_that_is_not_encoded_as_its_header_says() -> None:
    text = "Friday suits me well, and the boat is dry.\n\nSam\n"
    for kind in ("base64", "quoted-printable"):
        message = read_message(mail(text, f"Content-Transfer-Encoding: {kind}"))
        assert (message.plain or "").split() == text.split()


@pytest.mark.parametrize("charset", ["latin-1", "cp1252"])
def test_utf8_that_was_encoded_twice(charset: str) -> None:
    text = "Grüße, à bientôt – bis Freitag."
    twice = text.encode().decode(charset, "replace").encode().decode()
    assert "�" not in twice
    message = read_message(mail(twice, "Content-Type: text/plain; charset=utf-8"))
    assert (message.plain or "").strip() == text


@pytest.mark.parametrize("stray", [b"!!", b"*", b"\x00"])
def test_characters_that_base64_has_not_are_left_out(stray: bytes) -> None:
    text = b"Friday suits me well. Shall we meet at the mill?"
    head = b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
    whole_line = base64.b64encode(text)
    for line in (whole_line + stray, whole_line[:30] + stray + whole_line[30:]):
        assert read_message(head + line).plain == text.decode()


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode(), "iso-8859-1", "Grüße"),
        ("Grüße".encode("cp1252"), "utf-8", "Grüße"),
        ("“Grüße”".encode("cp1252"), "iso-8859-1", "“Grüße”"),
        ("Grüße".encode("cp1252"), "no-such-charset", "Grüße"),
        ("Grüße".encode("cp1252"), "rot13", "Grüße"),
        ("привет".encode("koi8-r"), "koi8-r", "привет"),
        ("こんにちは".encode("iso2022_jp"), "", "こんにちは"),
        ("안녕".encode("cp949"), "ks_c_5601-1987", "안녕"),
        ("it’s Grüße".encode().decode("cp1252").encode(), "utf-8", "it’s Grüße"),
        ("日本語テスト".encode().decode("cp1252", "western").encode(), "utf-8", "日本語テスト"),
        ("привет, мир".encode().decode("cp1251").encode(), "utf-8", "привет, мир"),
        ("“DÉJÀ…” Spaß“ IRMÔ".encode(), "utf-8", "“DÉJÀ…” Spaß“ IRMÔ"),
        ("до встречи в пятницу".encode("koi8-r"), "", "до встречи в пятницу"),
        ("до встречи в пятницу".encode("cp1251"), "utf-8", "до встречи в пятницу"),
        ("Uvidíme se v pátek u řeky".encode("cp1250"), "x-unknown", "Uvidíme se v pátek u řeky"),
        ("привет".encode(), "koi8-r", "привет"),
        ("你好，周五见".encode(), "gb2312", "你好，周五见"),
        ("联通".encode("gb18030"), "gb2312", "联通"),
        ("朱镕基".encode("gb18030"), "gb2312", "朱镕基"),
        ("①テスト".encode("cp932"), "shift_jis", "①テスト"),
        ("Grüße ‚x‘".encode("utf-7"), "utf-7", "Grüße ‚x‘"),
        (b"1+1 is +2", "us-ascii", "1+1 is +2"),
        ("Grüße, alles gut".encode()[:-1] + b"\xff", "utf-8", "Grüße, alles gu\ufffd"),
        ("Grüße".encode("utf-16"), "utf-16", "Grüße"),
        (b"a\x00b\x1b[31mc\r\nd", "us-ascii", "abc\nd"),
        (b"\x1b[1;32m+ a\x1b(B\x1b[m \x1b]8;;http://x\x1b\\b\x1b]8;;\x07", "utf-8", "+ a b"),
        ("L\x08Lü\x08ü_\x08x".encode(), "utf-8", "Lüx"),
        ("嬛\n".encode("utf-16-be"), "utf-16-be", "嬛\n"),
        (
            "a\u200bb\U000e0061\U000e0062\u2063 ❤\ufe0f می\u200cخواهم".encode(),
            "utf-8",
            "ab ❤\ufe0f می\u200cخواهم",
        ),
    ],
)
def test_charsets_are_repaired(data: bytes, declared: str, text: str) -> None:
    assert decode_bytes(data, declared) == text


def test_headers_are_decoded() -> None:
    assert decode_header_value(b"=?utf-8?q?Gr=C3=BC?= =?utf-8?b?w59l?=") == "Grüße"
    assert decode_header_value("Grüße".encode()) == "Grüße"
    assert decode_header_value(b"=?utf-8?b?!!!?= x") != ""
    assert decode_header_value(b"=?x-unknown?q?caf=E9?=") == "café"
    assert decode_header_value(b"=?utf-8?Q?a=C3?= =?utf-8?Q?=BC?=") == "aü"
    assert decode_header_value(b"=?utf-8?q?with spaces in it?=") == "with spaces in it"
    assert decode_header_value(b"a =?utf-8?q?b?= c") == "a b c"
    assert decode_header_value(b"=?utf-8*en?q?x?==?utf-8?q?y?=") == "xy"
    assert decode_header_value("привет".encode("koi8-r"), "koi8-r") == "привет"


def test_a_header_in_the_charset_of_the_body() -> None:
    head = "Content-Type: text/plain; charset=koi8-r"
    data = "From: Лев <lev@example.org>\nSubject: да\n".encode("koi8-r") + head.encode() + b"\n\n"
    envelope = read_envelope(data)
    assert (envelope.sender[0], envelope.subject) == ("Лев", "да")


def test_headers_that_are_folded_wrong() -> None:
    data = (
        b"Subject: one\ntwo three\nFrom: a@b.c\nTo: x@y.z\n \t\n"
        b"Date: 1 Jan 2020 11:00:00 +0000\n\nBody"
    )
    envelope = read_envelope(data)
    assert envelope.subject == "one two three"
    assert envelope.date == 1577876400
    assert read_message(data).plain == "Body"
    assert read_message(b"From: a@b.c\nBody without a blank line.").plain is not None


def test_parameters() -> None:
    value = b'; name*0*=utf-8\'de\'Gr%C3%BC; name*1="sse;"; Charset = "utf-8"; x'
    assert parse_parameters(value) == {"name": "Grüsse;", "charset": "utf-8"}


@pytest.mark.parametrize(
    ("headers", "writer"),
    [
        (["From: a@x.org, b@x.org", "Sender: b@x.org"], "b@x.org"),
        (["From: a@x.org, b@x.org"], "a@x.org"),
        (["From: a@x.org", "Sender: list@x.org"], "a@x.org"),
        (["Sender: b@x.org"], "b@x.org"),
        (["From: a@x.org", "Resent-From: c@x.org"], "a@x.org"),
        (["From: Team: a@x.org;"], "a@x.org"),
        (["From: \"'A' via L\" <l@x.org>", "X-Original-From: A <a@x.org>"], "a@x.org"),
        (["From: L <l@x.org>", "X-Original-From: A <a@x.org>"], "l@x.org"),
        (["From: A via L <l@x.org>", "Reply-To: l@x.org, A <a@x.org>", "List-Id: <l>"], "a@x.org"),
        (["From: A via L <l@x.org>", "Reply-To: A <a@x.org>"], "l@x.org"),
    ],
)
def test_the_writer_of_several(headers: list[str], writer: str) -> None:
    assert read_envelope("\n".join([*headers, "", "x"]).encode()).sender[1] == writer


def test_files_written_into_the_text_are_left_out() -> None:
    block = "begin 644 a.bin\n#0V%T\n#0V%T\n`\nend"
    assert read_message(mail(f"Hi.\n\n{block}\nBye.")).plain == "Hi.\n\nBye."
    cut = "begin 644 a.bin\n" + "M0V%T\n" * 5
    assert read_message(mail(f"Hi.\n{cut}")).plain == "Hi.\n"
    yenc = "=ybegin line=128 size=3 name=a.bin\nxyz\n=yend size=3\n"
    assert read_message(mail(f"Hi.\n{yenc}Bye.")).plain == "Hi.\nBye."
    binhex = "(This file must be converted with BinHex 4.0)\n\n:$f*TEQKPH#jdH\n-0dFJ#3!:\n"
    assert read_message(mail(f"Hi.\n{binhex}Bye.")).plain == "Hi.\n\nBye."
    assert read_message(mail("begin 2020 well")).plain == "begin 2020 well"


def test_an_alternative_in_several_parts() -> None:
    image = "Content-Type: application/pdf\n\nxx"
    html = multipart("mixed", HTML, image, "Content-Type: text/html\n\n<p>Bye.</p>")
    message = read_message(whole("alternative", PLAIN, html))
    assert message.plain == "Hello."
    assert message.html == "<p>Hello.</p>\n<p>Bye.</p>"


def test_related_names_its_root() -> None:
    data = whole("related", "Content-Type: image/png\n\nxx", "Content-ID: <r@x>\n" + HTML)
    data = data.replace(b'boundary="brelated"', b'boundary="brelated"; start="<r@x>"')
    assert read_message(data).html == "<p>Hello.</p>"


@pytest.mark.parametrize(
    "kind",
    [
        "application/pkcs7-mime; smime-type=signed-data",
        "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
        "application/x-pkcs7-mime",
        "application/octet-stream; name=SMIME.P7M",
    ],
)
def test_an_encrypted_mail_has_no_text(kind: str) -> None:
    data = f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\nSGVsbG8sIEFubi4=\n"
    message = read_message(data.encode())
    assert (message.plain, message.html, message.is_encrypted) == (None, None, True)
    assert own_words(data, "eml") == ""
    assert reason_to_leave_out(message, (), "") == "encrypted"


def test_openpgp_mail_is_recognised() -> None:
    parts = ("Content-Type: application/pgp-encrypted\n\nVersion: 1", "Content-Type: x/y\n\n---")
    message = read_message(whole("encrypted", *parts))
    assert (message.plain, message.is_encrypted) == (None, True)
    assert reason_to_leave_out(message, (), "") == "encrypted"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Ida <IDA@Example.org>", [("Ida", "ida@example.org")]),
        ('"Moor, Ida" <i@x.org>, b@x.org', [("Moor, Ida", "i@x.org"), ("", "b@x.org")]),
        ("Moor, Ida <i@x.org>; Bo <b@x.org>", [("Moor, Ida", "i@x.org"), ("Bo", "b@x.org")]),
        ("i@x.org (Ida Moor)", [("Ida Moor", "i@x.org")]),
        ("=?utf-8?q?M=C3=B6r=2C_Ida?= <i@x.org>", [("Mör, Ida", "i@x.org")]),
        ("friends: a@x.org, b@x.org;", [("", "a@x.org"), ("", "b@x.org")]),
        ("undisclosed-recipients:;", []),
        ("<>", []),
        ("((((((((", []),
        ("'i@x.org' <i@x.org>", [("", "i@x.org")]),
        ('"O"Brien" <o@x.org>, b@x.org', [("OBrien", "o@x.org"), ("", "b@x.org")]),
        ("Ida <Moor> <i@x.org>", [("Ida <Moor>", "i@x.org")]),
        ("Ida (a, (b)) <i@x.org>", [("Ida (a, (b))", "i@x.org")]),
        ("<@relay.org:i@x.org>", [("", "i@x.org")]),
        ("Ida <i@x.org", [("Ida", "i@x.org")]),
        ("ida@пример.example", [("", "ida@пример.example")]),
        ("=?utf-8?B?IklkYSBNb29yIiA8aUB4Lm9yZz4=?=", [("Ida Moor", "i@x.org")]),
        ("=?utf-8?Q?Ida_Moor_<i@x.org>?=", [("Ida Moor", "i@x.org")]),
        ("=?utf-8?Q?Ida_Moor_=3Ci=40?= =?utf-8?Q?x.org=3E?=", [("Ida Moor", "i@x.org")]),
        ("Ida <=?utf-8?Q?i=40x.org?=>, b@x.org", [("Ida", "i@x.org"), ("", "b@x.org")]),
        ("Ida <=?utf-8?Q?i?=@x.org>", [("Ida", "i@x.org")]),
        ("=?utf-8?Q?i=40x.org?=", [("", "i@x.org")]),
        ('=?utf-8?Q?a@x.org,_"M,_I"_<i@x.org>?=', [("", "a@x.org"), ("M, I", "i@x.org")]),
        ("=?utf-8?Q?Ida=40work?= <i@x.org>", [("Ida@work", "i@x.org")]),
        ("=?utf-8?Q?<i@x.org>?= <b@x.org>", [("<i@x.org>", "b@x.org")]),
        ("=?utf-8?Q?Ida_Moor?=i@x.org", [("Ida Moor", "i@x.org")]),
        ("=?utf-8?Q?Ida_Moor?=<i@x.org>", [("Ida Moor", "i@x.org")]),
        ("i at x.org (Ida Moor)", [("Ida Moor", "i@x.org")]),
        ("i at x.org", [("", "i@x.org")]),
        ("Ida <i at x.org>", [("Ida", "i@x.org")]),
        ("i en x.org (=?utf-8?q?Mo=C3=B6r?=)", [("Moör", "i@x.org")]),
        ("Ida <i(a)lake.x.org>", [("Ida", "i@lake.x.org")]),
        ("i [at] x [dot] org", [("", "i@x.org")]),
        ('"i"@x.org, Ida <"i"@x.org>', [("", "i@x.org"), ("Ida", "i@x.org")]),
        ("Ida <i@x.org.>, <\u200bb@x.org>", [("Ida", "i@x.org"), ("", "b@x.org")]),
        ("Ida Moor [SMTP:i@x.org]", [("Ida Moor", "i@x.org")]),
        ("Ida Moor [i@x.org], b@[192.0.2.1]", [("Ida Moor", "i@x.org"), ("", "b@[192.0.2.1]")]),
        ("Ida Moor &lt;i@x.org&gt;", [("Ida Moor", "i@x.org")]),
        ("Ida [mailto:i@x.org]; Bo [smtp: b@x.org]", [("Ida", "i@x.org"), ("Bo", "b@x.org")]),
        ("Ida [Lake] <i@x.org>, b@[192.0.2.1]", [("Ida [Lake]", "i@x.org"), ("", "b@[192.0.2.1]")]),
        ("Look at the lake", []),
        ("i@x.org， b@x.org", []),
        ('"Ida" <i@pay.example，b＠x.org>, c@x.org', [("", "c@x.org")]),
        ("Ida <i@x.org＞；＜b＠x.org>", []),
        ("=?utf-8?q?i=40x.org=EF=BC=8Cb=EF=BC=A0x.org?=", []),
        ("i，b＠x.org@x.org", []),
    ],
)
def test_addresses(value: str, found: list[tuple[str, str]]) -> None:
    assert list(parse_addresses(value.encode())) == found


def test_aliases_are_one_address() -> None:
    assert canonical("I.Da+news@GoogleMail.com") == canonical("ida@gmail.com")
    assert canonical("ida+x@example.org") == "ida@example.org"
    assert canonical("jose\u0301@example.org") == canonical("jos\u00e9@example.org")
    assert canonical("ida@xn--mnchen-3ya.example") == canonical("ida@MÜNCHEN.example")
    assert canonical("i.da@example.org") != canonical("ida@example.org")


def test_dates() -> None:
    assert read_date("Wed, 01 Jan 2020 12:00:00 +0100", NOW) == 1577876400
    assert read_date("2020-01-01 11:00", NOW) == 1577876400
    for text in (
        "Wed, 1 Jan 20 12:00 +0100",
        "1 Jan 2020 12:00:00 CET",
        "Wednesday, January 1, 2020 11:00:00 GMT",
        "Wed Jan  1 11:00:00 2020",
        "2020-01-01T12:00:00+01:00",
        "mer., 1 janv. 2020 12:00:00 +0100",
        "Wed, 1 Jan 2020 12.00.00 +0100 (MEZ)",
        "Wed, 01 Jan 2020 11:00:00",
        "Wed, 01 Jan 2020 11:00:00 +9999",
    ):
        assert read_date(text, NOW) == 1577876400, text
    assert read_date("Sat, 1 Jan 100 11:00:00 +0000", NOW) == 946724400
    assert read_date("Sat, 1 Jan 19100 11:00:00 +0000", NOW) == 946724400
    assert read_date("31 Dec 99 11:00:00 EST", NOW) == 946656000
    for absurd in ("Thu, 01 Jan 1970 00:00:00 +0000", "1 Jan 2090 00:00:00", "soon", "", "9" * 300):
        assert read_date(absurd, NOW) is None


def test_a_missing_date_is_taken_from_the_first_stamp() -> None:
    envelope = read_envelope(
        mail("x", "Received: from a by b;", "  Wed, 01 Jan 2020 12:00:00 +0100", "Date: never")
    )
    assert envelope.date == 1577876400


def test_ids() -> None:
    envelope = read_envelope(
        mail(
            "x", "Message-ID: <1@x>", "References: <a@x>", " <b@x> junk", "In-Reply-To: yours <b@x>"
        )
    )
    assert (envelope.message_id, envelope.in_reply_to) == ("1@x", "b@x")
    assert envelope.references == ("a@x", "b@x")


def test_subjects() -> None:
    assert base_subject("[list] Re: AW: Fwd[2]: The  Plan") == "the plan"
    assert is_reply("AW: x")
    assert not is_reply("Regarding: x")


def test_languages() -> None:
    assert guess_language("Could you please send me the report when it is ready?") == "en"
    assert guess_language("Kannst du mir bitte den Bericht schicken, wenn er fertig ist?") == "de"
    assert guess_language("Je vous remercie pour votre message, nous sommes là.") == "fr"
    assert guess_language("これはペンです。") == "ja"
    assert guess_language("https://the.example.org/and/is/of") == ""
    assert guess_language("ok") == ""
    for language, sentence in {
        "es": "¿Puedes mandarme otra vez el archivo?",
        "it": "Puoi rimandarmi il file?",
        "pt": "A reunião foi adiada para terça.",
        "nl": "Kun je het bestand nog een keer sturen?",
        "sv": "Kan du skicka filen igen?",
        "fi": "Voitko lähettää tiedoston uudelleen?",
        "pl": "Czy możesz przesłać plik jeszcze raz?",
        "cs": "Můžeš mi ten soubor poslat znovu?",
        "hu": "El tudnád küldeni újra a fájlt?",
        "tr": "Dosyayı tekrar gönderebilir misin?",
        "ru": "Можешь переслать файл ещё раз?",
        "uk": "Чи можеш надіслати файл ще раз?",
        "ko": "금요일에 봐요!",
    }.items():
        assert guess_language(sentence) == language, sentence


def test_nested_and_repeated_parts_are_bounded() -> None:
    nested = b"From: a@b.c\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(5000)
    )
    assert read_message(nested).plain is None
    endless = b"From: a@b.c\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 50_000
    assert len((read_message(endless).plain or "").split()) <= 1000
    header_bomb = b"From: a@b.c\nSubject: " + b" \n x" * 200_000 + b"\n\nbody"
    assert read_envelope(header_bomb).sender == ("", "a@b.c")
    assert read_message(b"\0" * 1000).plain is not None
    assert read_message(b"").plain == ""
    encoded_words = b"Subject: " + b"=?a?q?" * 100_000 + b"\n\n"
    assert len(read_envelope(encoded_words).subject) <= 1000


def test_a_missing_boundary_or_end_loses_no_text() -> None:
    cut = b'From: a@b.c\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nHello'
    assert read_message(cut).plain == "Hello"
    none = b"From: a@b.c\nContent-Type: multipart/mixed\n\nHello"
    assert read_message(none).plain == "Hello"
