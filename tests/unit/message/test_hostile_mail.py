"""Mail that is broken on purpose is read in bounded time and memory, and never raises."""

from __future__ import annotations

import io
import os
import random
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.mail.archives.archives import read_archive
from engine.mail.archives.folder_names import folder_labels, standard_labels
from engine.mail.importing.reasons import REASONS, reason_to_leave_out
from engine.mail.message.addresses import parse_addresses
from engine.mail.message.charsets import decode_bytes, decode_header_value
from engine.mail.message.dates import read_date
from engine.mail.message.fields import parse_headers, parse_parameters
from engine.mail.message.message import read_envelope, read_message
from engine.mail.message.mojibake import fix_mojibake
from engine.mail.own_words.language import guess_language

# `PANZA_FUZZ_EXAMPLES=20000 pytest tests/unit/message/test_hostile_mail.py` looks longer.
EXAMPLES = int(os.environ.get("PANZA_FUZZ_EXAMPLES", "0"))
FUZZ = settings(
    max_examples=EXAMPLES or 40,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

GOOD = b"From: Ida <ida@example.org>\nDate: 7 May 2020 18:50\nSubject: good\n\nStill here.\n"
SEPARATOR = b"From ida@example.org Thu May  7 18:50:09 2020\n"
MIB = 1024 * 1024

PIECES = st.sampled_from(
    [
        b"From: ",
        b"Subject: ",
        b"Date: ",
        b"Content-Type: multipart/mixed; boundary=b\n",
        b"Content-Type: multipart/alternative; boundary=bb\n",
        b"Content-Type: text/html; charset=utf-7\n",
        b"Content-Type: message/rfc822\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%ff; filename*1=x\n",
        b"--b\n",
        b"--b--\n",
        b"--bb\n",
        b"\n",
        b"\n\n",
        b"\r\n",
        b" \t",
        b"=?utf-8?q?=C3?=",
        b"=?iso-2022-jp?b?GyRC?=",
        b"<a@b.c>",
        b'"',
        b"(",
        b"\\",
        b":;,@",
        b"begin 644 x\n",
        b"=ybegin line=128\n",
        b"\0\x1b[31m\x80\xff",
        b"From x@y Thu May  7 18:50:09 2020\n",
        b"Wed, 99 Foo 0000 99:99:99 +9999",
    ]
)
MAILS = st.lists(st.one_of(PIECES, st.binary(max_size=40)), max_size=60).map(b"".join)


def read_all_of(data: bytes) -> None:
    """Do everything with a message that precedes the extraction of own words."""
    envelope = read_envelope(data)
    message = read_message(data, envelope)
    assert message == read_message(data)
    text = message.plain or message.html or ""
    assert not any("\ud800" <= letter <= "\udfff" or letter in "\0\x1b\x9b" for letter in text)
    assert len(text) <= 200_000 * 1002
    reason = reason_to_leave_out(message, standard_labels(envelope, ()), text[:5000])
    assert reason is None or reason in REASONS
    guess_language(text)


@FUZZ
@given(MAILS)
def test_any_bytes_are_read(data: bytes) -> None:
    read_all_of(data)


@FUZZ
@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_field_is_read(data: bytes, declared: str) -> None:
    parse_addresses(data)
    parse_parameters(data)
    parse_headers(data)
    decode_bytes(data, declared)
    assert "\n" not in decode_header_value(data, declared)
    read_date(data.decode("latin-1"), 1e9)
    folder_labels(declared)
    fix_mojibake(declared)


@FUZZ
@given(st.lists(MAILS, max_size=5))
def test_any_mailbox_is_read_and_its_last_mail_kept(tmp_path_factory, mails: list[bytes]) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("fuzz") / "m.mbox"
    path.write_bytes(b"".join(SEPARATOR + mail + b"\n\n" for mail in [GOOD, *mails, GOOD]))
    found = list(read_archive(path))
    assert found[-1].data.rstrip().endswith(b"Still here.")
    assert len(found) >= 2


def _nested(depth: int) -> bytes:
    return b"From: a@b.c\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(depth)
    )


BOMBS: dict[str, Callable[[], bytes]] = {
    "nesting": lambda: _nested(20_000),
    "messages in messages": lambda: b"Content-Type: message/rfc822\n\n" * 50_000,
    "parts": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 500_000,
    "parts of parts": lambda: (
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        + (b"--b\nContent-Type: multipart/mixed; boundary=c\n\n" + b"--c\n\nx\n" * 400) * 400
    ),
    "boundaries in a line": lambda: (
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b" * 2_000_000
    ),
    "boundary prefixes": lambda: (
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bb\n--b-\n--b--x\n" * 300_000
    ),
    "headers": lambda: b"X: y\n" * 1_000_000 + b"\nbody",
    "one header": lambda: b"Subject: " + b"x" * (12 * MIB) + b"\n\nbody",
    "folds": lambda: b"Subject: a" + b"\n x" * 2_000_000 + b"\n\nbody",
    "blank folds": lambda: b"Subject: a" + b"\n \t" * 2_000_000 + b"\n\nbody",
    "a line without an end": lambda: b"From: a@b.c\n\n" + b"x" * (15 * MIB),
    "base64 without an end": lambda: b"Content-Transfer-Encoding: base64\n\n" + b"QUJD" * (3 * MIB),
    "broken base64": lambda: b"Content-Transfer-Encoding: base64\n\n" + b"QQ==\n" * 2_000_000,
    "encoded words": lambda: b"Subject: " + b"=?a?q?" * 50_000 + b"\n\n",
    "recipients": lambda: b"To: " + b"a@b.c, " * 9_000 + b"\n\n",
    "no recipient": lambda: b"To: " + b"a" * 65_000 + b"\n\n",
    "at signs": lambda: b"To: " + b"@" * 65_000 + b"\n\n",
    "colons": lambda: b"To: " + b"a" * 32_000 + b"@" + b":" * 32_000 + b"\n\n",
    "comments": lambda: b"To: " + b"(" * 65_000 + b"\n\n",
    "brackets": lambda: b"To: " + b"<" * 65_000 + b"\n\n",
    "ids": lambda: b"References: " + b"<" * 65_000 + b"\n\n",
    "parameters": lambda: b"Content-Type: text/plain; " + b'a="' * 20_000 + b"\n\nx",
    "sections": lambda: (
        b"Content-Type: text/plain; " + b"".join(b"name*%d*=x; " % n for n in range(300)) + b"\n\n"
    ),
    "uuencoded": lambda: b"From: a@b.c\n\n" + b"begin 644 x\n" * 100_000,
    "flowed": lambda: b"Content-Type: text/plain; format=flowed\n\n" + b"x \n" * 500_000,
    "links": lambda: b"From: a@b.c\n\n" + b"http" * 100_000,
    "nothing": lambda: b"\0" * MIB,
    "soft breaks": lambda: b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=\n" * 2_000_000,
    "dates": lambda: b"Date: " + b"1 Jan " * 10_000 + b"\n\n",
    "declared strangely": lambda: (
        b"Content-Type: text/plain; charset=" + b"x" * 3000 + b"\n\n" + b"\xff\xfe" * 300_000
    ),
    "punycode": lambda: b"Content-Type: text/plain; charset=punycode\n\n" + b"\xe9" * 200_000,
    "shifts": lambda: b"Content-Type: text/plain; charset=utf-7\n\n" + b"+" * 500_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_hostile_messages_are_read(name: str) -> None:
    read_all_of(BOMBS[name]())


def test_a_huge_header_loses_only_its_own_mail(tmp_path: Path) -> None:
    path = tmp_path / "m.mbox"
    with path.open("wb") as file:
        file.write(SEPARATOR + GOOD + b"\n" + SEPARATOR + b"From: a@b.c\n")
        for _ in range(40):
            file.write(b"X-Bomb: " + b"y" * MIB + b"\n")
        file.write(b"\nbody\n\n" + SEPARATOR + GOOD)
    found = list(read_archive(path))
    assert [len(raw.data) < 40 * MIB for raw in found] == [True] * 3
    assert found[2].data == GOOD


def test_content_length_is_believed_where_a_mail_ends(tmp_path: Path) -> None:
    body = b"See:\n\n" + SEPARATOR + b"From: quoted@example.org\n\nof another.\n"
    head = b"From: ida@example.org\nDate: 7 May 2020 18:50\nContent-Length: %d\n\n"
    mail = head % len(body) + body
    path = tmp_path / "m.mbox"
    path.write_bytes(SEPARATOR + mail + b"\n" + SEPARATOR + GOOD)
    assert [raw.data.strip() for raw in read_archive(path)] == [mail.strip(), GOOD.strip()]
    path.write_bytes(SEPARATOR + mail)
    assert len(list(read_archive(path))) == 1
    for wrong in (b"0", b"3", b"99999999999", b"-1"):
        lying = b"From: ida@example.org\nContent-Length: " + wrong + b"\n\nHello.\n"
        path.write_bytes((SEPARATOR + lying + b"\n") * 3 + SEPARATOR + GOOD)
        assert len(list(read_archive(path))) == 4


def test_members_that_lead_elsewhere_or_are_no_files(tmp_path: Path) -> None:
    path = tmp_path / "m.tar"
    with tarfile.open(path, "w") as tar:
        for kind in (tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE):
            entry = tarfile.TarInfo(f"{kind!r}.eml")
            entry.type, entry.linkname = kind, "/etc/passwd"
            tar.addfile(entry)
        for name in ("../../up.eml", "/root.eml", "a\nb\x1b.eml"):
            entry = tarfile.TarInfo(name)
            entry.size = len(GOOD)
            tar.addfile(entry, io.BytesIO(GOOD))
    found = list(read_archive(path))
    linked, files = found[:4], found[4:]
    assert {raw.problem for raw in linked} == {
        "a link or a device in an archive, which is not followed"
    }
    assert [raw.data for raw in files] == [GOOD] * 3
    assert "\n" not in files[2].source
    assert list(tmp_path.iterdir()) == [path]


def test_a_long_name_in_a_tar_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "m.tar"
    with tarfile.open(path, "w") as tar:
        bomb = tarfile.TarInfo("x")
        bomb.type, bomb.size = tarfile.GNUTYPE_LONGNAME, 3 * MIB
        tar.addfile(bomb, io.BytesIO(b"n" * bomb.size))
        entry = tarfile.TarInfo("good.eml")
        entry.size = len(GOOD)
        tar.addfile(entry, io.BytesIO(GOOD))
    assert [raw.data for raw in read_archive(path)] == [GOOD]


def test_members_that_can_not_be_unpacked_lose_no_others(tmp_path: Path) -> None:
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("1.eml", "2.eml", "3.eml", "4.eml"):
            archive.writestr(name, GOOD)
    data = bytearray(path.read_bytes())
    directory = data.find(b"PK\x01\x02")
    data[directory + 8] |= 1  # encrypted
    second = data.find(b"PK\x01\x02", directory + 1)
    data[second + 10] = 99  # an unknown method
    third = data.find(b"PK\x03\x04", data.find(b"PK\x03\x04", 1) + 1)
    data[third + 40] ^= 0xFF  # damaged
    path.write_bytes(data)
    found = list(read_archive(path))
    assert [raw.problem is None for raw in found] == [False, False, False, True]
    assert "encrypted" in str(found[0].problem)


def _files(folder: Path) -> Iterator[bytes]:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file.read_bytes()[:200_000]


CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "hostile"


@pytest.mark.skipif(not CORPUS.exists(), reason="mail of other projects, not in the repository")
def test_mutated_mail_of_other_projects() -> None:
    noise = random.Random(EXAMPLES)
    files = list(_files(CORPUS))
    for data in files:
        read_all_of(data)
    for _ in range(EXAMPLES or 150):
        read_all_of(mutated(noise, noise.choice(files), noise.choice(files)))


def mutated(noise: random.Random, data: bytes, other: bytes) -> bytes:
    """Return the mail truncated, spliced with another, or with some bytes changed."""
    changed = bytearray(data)
    kind = noise.randrange(4)
    if kind == 0:
        del changed[noise.randrange(len(changed) + 1) :]
    elif kind == 1:
        at, start = noise.randrange(len(changed) + 1), noise.randrange(len(other) + 1)
        changed[at:at] = other[start : start + noise.randrange(3000)]
    elif kind == 2:
        start = noise.randrange(len(changed) + 1)
        del changed[start : start + noise.randrange(200)]
    for _ in range(noise.randrange(20) if changed else 0):
        changed[noise.randrange(len(changed))] = noise.randrange(256)
    return bytes(changed)
