"""Detect a file's format from its first bytes, and from its name only where they are not enough."""

from __future__ import annotations

import os
import re
from enum import Enum

from engine.mail.archives.mbox import starts_mbox


class Format(Enum):
    """The formats of files in a mail archive. PACKED: zip, tar, gzip, bzip2 or xz."""

    MBOX = "mbox"
    MESSAGE = "message"
    EMLX = "emlx"
    PACKED = "packed"
    PST = "pst"
    MSG = "msg"
    OLM = "olm"
    DBX = "dbx"
    NSF = "nsf"
    BABYL = "babyl"
    THE_BAT = "tbb"
    FOXMAIL = "box"
    OUTLOOK_EXPRESS_4 = "mbx"
    UW_MBX = "uw"
    DOVECOT = "dbox"
    PEGASUS = "pmm"
    SEVEN_ZIP = "7z"
    RAR = "rar"
    ZSTD = "zst"
    OTHER = "other"


CONVERT_ADVICE = {
    Format.PST: "an Outlook .pst file; convert it with `readpst -o FOLDER FILE` (package "
    "pst-utils), then import the folder",
    Format.MSG: "an Outlook .msg file; convert it with `msgconvert --mbox OUT.mbox FILE` (package "
    "libemail-outlook-message-perl), then import OUT.mbox",
    Format.OLM: "an Outlook for Mac .olm file; convert it to mbox (Thunderbird with "
    "ImportExportTools NG, or an olm converter), then import the mbox",
    Format.DBX: "an Outlook Express .dbx file; convert it with `undbx FILE FOLDER` (package "
    "undbx), then import the folder",
    Format.NSF: "a Lotus Notes .nsf database; drag its mails from Notes into a folder, which saves "
    "them as .eml, then import the folder",
    Format.BABYL: "an Emacs Rmail file in Babyl format; open it once with Rmail of Emacs 23 or "
    "later, which converts it to mbox, then import it",
    Format.THE_BAT: "a message base of The Bat!; export its mails from The Bat! as a Unix mailbox "
    "(Tools, Export messages), then import that",
    Format.FOXMAIL: "a mailbox of Foxmail; export its mails from Foxmail as .eml files, then "
    "import the folder",
    Format.OUTLOOK_EXPRESS_4: "an Outlook Express 4 .mbx file; open it with Outlook Express 5 or "
    "6, which make .dbx files of it, and convert those with `undbx FILE FOLDER`, or convert it "
    "to mbox, then import the result",
    Format.UW_MBX: "a mailbox in UW IMAP's mbx format; copy it to mbox with `mailutil copy FILE "
    "'#driver.unix/OUT'` (package uw-mailutils), then import OUT",
    Format.DOVECOT: "a mailbox of Dovecot in its dbox format; copy it to a Maildir with `doveadm "
    "backup -u USER maildir:FOLDER`, then import FOLDER",
    Format.PEGASUS: "a mail folder of Pegasus Mail; save its mails from Pegasus as a Unix mailbox "
    "(Folder, Export), then import that",
    Format.SEVEN_ZIP: "a 7z archive; unpack it with `7z x FILE`, then import what is in it",
    Format.RAR: "a RAR archive; unpack it with `unrar x FILE`, then import what is in it",
    Format.ZSTD: "packed with Zstandard; unpack it with `zstd -d FILE`, then import the result",
}

NOT_MAIL_BY_NAME = "index, settings, picture or document"
NOT_MAIL = "neither a mailbox nor a mail"
EMPTY = "empty"
UNFINISHED_COPY = "a copy of a mail folder that Thunderbird left unfinished when compacting it"
UNREAD_FOLDER = "a mail folder of Thunderbird in which no mail is recognised"

_OUTLOOK_EXTENSIONS = {
    ".pst": Format.PST,
    ".ost": Format.PST,
    ".msg": Format.MSG,
    ".olm": Format.OLM,
}
# Files kept beside mail: indexes, settings and databases of mail programs, and Takeout's pages.
_NEVER_MAIL = re.compile(
    r"(?i)\.(?:msf|dat|js|json|sqlite(?:-wal|-shm)?|db|html?|css|ics|vcf|xml|plist|mab|ini|lock"
    r"|bin|wdseml|mozeml|(?:moz|json)?lz4|gpg|log|toc|idx|index|key|safe"
    r"|jpe?g|png|gif|svg|pdf|docx?|xlsx?|pptx?|mp[34]|mov|exe|dll|so|py)$|^\._|^\.DS_Store$"
    r"|^(?:maildirfolder|dovecot[-.].*|courierimap.*|subscriptions|lock|\.?parentlock"
    r"|(?:Outlook|Internet)Headers\.txt)$"  # of a mail that pffexport took apart
)
# The first bytes of each format ("magic numbers").
_PACKED_MAGIC = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00")  # gzip, zip, bzip2, xz
_MAGIC_TO_CONVERT = {
    b"!BDN": Format.PST,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": Format.MSG,  # OLE compound files
    b"\xcf\xad\x12\xfe": Format.DBX,
    b"\x1a\x00\x00\x04\x00\x00": Format.NSF,
    b"BABYL OPTIONS:": Format.BABYL,
    b"\x21\x09\x70\x19": Format.THE_BAT,
    b"\x10\x10\x10\x10\x10\x10\x10\x11\x11\x11\x11\x11\x11S": Format.FOXMAIL,
    b"JMF": Format.OUTLOOK_EXPRESS_4,
    b"*mbx*\r\n": Format.UW_MBX,
    b"7z\xbc\xaf\x27\x1c": Format.SEVEN_ZIP,
    b"Rar!\x1a\x07": Format.RAR,
    b"\x28\xb5\x2f\xfd": Format.ZSTD,
}

_PEGASUS_NAME = 128  # bytes with the name of a folder, above its mails
# The first line of a file of Dovecot's dbox, with the length of what is above each mail.
_DBOX = re.compile(rb"2 M[0-9a-f]{1,4} C[0-9a-f]{4,16}\n")
_KNOWN_HEADERS = re.compile(
    rb"(?im)^(?:From|To|Subject|Date|Received|Message-ID|Return-Path|MIME-Version|Delivered-To"
    rb"|Content-Type|Reply-To|Sender|X-[!-9;-~]+)[ \t]*:"
)
_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:")
_HEADER_END = re.compile(rb"\n\r?\n|\r\r")
_LENGTH_LINE = re.compile(rb"(\d{1,12})[ \t]*\r?\n")


def detect_format(head: bytes, name: str) -> Format:
    """Return the format of a file. head: its first 16 kB, or all of it if shorter.

    A name such as "node.js" may also be that of a mail folder, so a mailbox is read whatever its
    name.
    """
    if is_never_mail(name.rpartition("/")[2]):
        return Format.MBOX if starts_mbox(head) else Format.OTHER
    extension = os.path.splitext(name)[1].lower()
    if extension in _OUTLOOK_EXTENSIONS:
        return _OUTLOOK_EXTENSIONS[extension]
    for magic, to_convert in _MAGIC_TO_CONVERT.items():
        if head.startswith(magic):
            return to_convert
    if _DBOX.match(head):
        return Format.DOVECOT
    if extension == ".pmm" and b"\0" in head[:_PEGASUS_NAME] and not starts_mbox(head):
        return Format.PEGASUS
    if head.startswith(_PACKED_MAGIC) or head[257:262] == b"ustar":
        return Format.PACKED
    if starts_mbox(head):
        return Format.MBOX
    length = _LENGTH_LINE.match(head)
    if length and (looks_like_message(head[length.end() :]) or extension == ".emlx"):
        return Format.EMLX
    if looks_like_message(head):
        # A mailbox that lost its beginning starts in the middle of a mail.
        return Format.MBOX if extension in (".mbox", ".mbx") else Format.MESSAGE
    return Format.MESSAGE if head and extension == ".eml" else Format.OTHER


def looks_like_message(head: bytes) -> bool:
    """Return whether a file with these first bytes starts with the header of a mail."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    end = _HEADER_END.search(start)
    block = start[: end.start()] if end else start
    return bool(_HEADER_LINE.match(start)) and bool(_KNOWN_HEADERS.search(block))


def other_line_end(head: bytes) -> bytes:
    """Return what ends the lines of a mailbox or mail if it is no line feed or CR LF; else b"".

    A carriage return did in classic Mac OS; two and a line feed are left where a program took CR LF
    for LF and made CR LF of it.
    """
    line_end = b"\r\r\n" if b"\n" in head else b"\r"
    if 2 * head.count(line_end) <= head.count(b"\n"):
        return b""
    head = head.replace(line_end, b"\n")
    return line_end if starts_mbox(head) or looks_like_message(head) else b""


def why_not_mail(head: bytes, name: str) -> str:
    """Return why a file of Format.OTHER is not read."""
    if is_never_mail(name.rpartition("/")[2]):
        return NOT_MAIL_BY_NAME
    return NOT_MAIL if head else EMPTY


def is_never_mail(name: str) -> bool:
    """Return whether a mail program's own file, or one that is not text, has such a name."""
    return _NEVER_MAIL.search(name) is not None
