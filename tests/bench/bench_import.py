"""Mails a second of the import, against a stand-in of PanzaMail's extraction on the same mbox.

    python -m tests.bench.bench_import [MBOX ADDRESS]... [--rounds N]

Ours: `import_archives` into an empty database: reading, own words, language, de-duplication and
the full-text index; embedding is a stage of its own and not part of it. The stand-in does what
PanzaMail's extraction does for each mail (arXiv 2407.10994): the standard library's `mailbox`, the
text/plain parts decoded, regular expressions for quotes, `langdetect` on what is left. Both run by
turns in processes of their own; the best round of each counts. `langdetect` is needed for this
benchmark alone; without it the stand-in is left out. The default mailboxes lie beside the
repository, in ../shared/corpora.
"""

from __future__ import annotations

import argparse
import json
import mailbox
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from email.message import Message
from pathlib import Path

_CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
_DEFAULTS = [
    (_CORPORA / "people" / "kossler_sent.mbox", "rkossler@nd.edu"),
    (_CORPORA / "people" / "padalino_sent.mbox", "bpadalino@gmail.com"),
    (_CORPORA / "enron" / "guzman.mbox", "mark.guzman@enron.com"),
    (_CORPORA / "panza" / "david_rebuilt.mbox", "david@example.org"),
]
_QUOTED = re.compile(r"^(?:On|Am)\b.*?\b(?:wrote|schrieb).*", re.MULTILINE | re.DOTALL)
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
    read = kept = 0
    for message in mailbox.mbox(archive, create=False):
        read += 1
        if address in str(message["from"]).lower():
            parts = message.walk() if message.is_multipart() else [message]
            kept += sum(_is_usable(part, langdetect.detect) for part in parts)
    wall, cpu = time.perf_counter() - begun, time.process_time() - used
    return {"read": read, "kept": kept, "wall": wall, "cpu": cpu}


def _is_usable(part: Message, detect: Callable[[str], str]) -> bool:
    if part.get_content_type() != "text/plain":
        return False
    try:
        text = part.get_payload(decode=True).decode()  # type: ignore[union-attr]
    except (UnicodeDecodeError, AttributeError):
        return False
    text = _QUOTED.sub("", text)
    text = "\n".join(line for line in text.split("\n") if not line.startswith(">"))
    if len(text.split()) < _FEWEST_WORDS:
        return False
    try:
        return detect(text) == "en"
    except Exception:  # langdetect's own, for a text without letters
        return False


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
