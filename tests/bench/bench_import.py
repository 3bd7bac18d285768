"""Mails a second of the import, against a stand-in of PanzaMail's extraction on the same mbox.

    python -m tests.bench.bench_import [MBOX ADDRESS]... [--rounds N]

Ours: `import_archives` into an empty database: reading, own words, language, de-duplication and
the full-text index; embedding is a stage of its own and not part of it. The stand-in does what
PanzaMail's extraction does for each mail (arXiv 2407.10994): the standard library's `mailbox`, the
date, the text/plain parts decoded as UTF-8, their lines sorted by depth of quoting with two
expressions a line, one more for attributions, `langdetect` on the first depth when it has ten
words, and each kept mail printed (here to nowhere) and written as JSON. Both run by turns in
processes of their own; the best round of each counts. `langdetect` is needed for this benchmark
alone; without it the stand-in is left out. The default mailboxes lie beside the repository, in
../shared/corpora.
"""

from __future__ import annotations

import argparse
import json
import mailbox
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

_CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
_DEFAULTS = [
    (_CORPORA / "people" / "kossler_sent.mbox", "rkossler@nd.edu"),
    (_CORPORA / "people" / "padalino_sent.mbox", "bpadalino@gmail.com"),
    (_CORPORA / "enron" / "guzman.mbox", "mark.guzman@enron.com"),
    (_CORPORA / "panza" / "david_rebuilt.mbox", "david@example.org"),
]
_ATTRIBUTED = re.compile(r"^(?:On.*wrote|Am.*schrieb).*", re.MULTILINE | re.DOTALL)
_FORWARDED = "---------- Forwarded message ---------"
_FEWEST_WORDS = 10


def ours(archive: Path, address: str) -> dict[str, float]:
    """Import the archive into a new database."""
    from engine.database import connect
    from engine.events import silent
    from engine.mail.importing import import_archives
    from engine.mail.language import guess_language

    guess_language("The model of the languages is loaded by the first text.")
    with tempfile.TemporaryDirectory() as folder:
        connection = connect(Path(folder) / "panza.db")
        begun, used = time.perf_counter(), time.process_time()
        report = import_archives(connection, [archive], [address], silent)
        wall, cpu = time.perf_counter() - begun, time.process_time() - used
        connection.close()
    return {"read": report.read, "kept": report.kept, "wall": wall, "cpu": cpu}


def stand_in(archive: Path, address: str) -> dict[str, float]:
    """Parse, clean and detect the language as PanzaMail's extraction does."""
    import langdetect

    langdetect.detect("The profiles of the languages are loaded by the first text.")
    begun, used = time.perf_counter(), time.process_time()
    kept: list[str] = []
    with open(os.devnull, "w", encoding="utf-8") as shown:
        messages = mailbox.mbox(archive, create=False)
        for number, message in enumerate(messages):
            print(f"{number} of {len(messages)}", file=shown)
            if address not in str(message["from"]).lower() or not message["date"]:
                continue
            date = parsedate_to_datetime(message["date"]).isoformat()
            for part in message.walk():
                words = _usable(part, langdetect.detect)
                if words:
                    print(words, file=shown)
                    kept.append(json.dumps([words, str(message["subject"]), date]))
    wall, cpu = time.perf_counter() - begun, time.process_time() - used
    return {"read": len(messages), "kept": len(kept), "wall": wall, "cpu": cpu}


def _usable(part: Message, detect: Callable[[str], str]) -> list[str]:
    """The first depth of quoting in a part, then the others; nothing when it is left out."""
    if part.get_content_type() != "text/plain":
        return []
    try:
        text = part.get_payload(decode=True).decode()  # type: ignore[union-attr]
    except (UnicodeDecodeError, AttributeError):
        return []
    if _FORWARDED in text:
        return []
    depths: dict[int, list[str]] = {}
    for line in text.split("\n"):
        marks = re.match("^>*", line)
        depth = marks.end() if marks else 0
        depths.setdefault(depth, []).append(re.sub(r"^>*\s*", "", line))
    first, *others = (_ATTRIBUTED.sub("", "\n".join(lines)).strip() for lines in depths.values())
    if len(first.split()) < _FEWEST_WORDS:
        return []
    try:
        return [first, *others] if detect(first) == "en" else []
    except Exception:  # langdetect's own, for a text without letters
        return []


_WAYS = {"ours": ours, "stand-in": stand_in}


def measure(way: str, archive: Path, address: str) -> dict[str, float]:
    """One round in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.bench_import", "--way", way, archive, address]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("archives", nargs="*", metavar="MBOX ADDRESS")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--way", choices=_WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    pairs = list(zip(options.archives[::2], options.archives[1::2], strict=True))
    named = [(Path(archive), address) for archive, address in pairs]
    if options.way:
        print(json.dumps(_WAYS[options.way](*named[0])))
        return
    ways = list(_WAYS)
    try:
        import langdetect  # noqa: F401
    except ImportError:
        print("langdetect is not installed: the stand-in is left out.", file=sys.stderr)
        ways.remove("stand-in")
    print("| mailbox | mails | " + " | ".join(f"{way}: kept | mails/s" for way in ways), end="")
    print(" | ratio |\n|---|---|" + "---|---|" * len(ways) + "---|")
    for archive, address in named or [pair for pair in _DEFAULTS if pair[0].exists()]:
        rounds = [
            {way: measure(way, archive, address) for way in ways} for _ in range(options.rounds)
        ]
        best = {way: min((one[way] for one in rounds), key=lambda got: got["wall"]) for way in ways}
        rates = {way: got["read"] / got["wall"] for way, got in best.items()}
        cells = " | ".join(f"{best[way]['kept']:.0f} | {rates[way]:.0f}" for way in ways)
        ratio = f"{rates['ours'] / rates['stand-in']:.1f}" if len(ways) > 1 else ""
        print(f"| {archive.name} | {best['ours']['read']:.0f} | {cells} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
