"""Mails a second of the import, against a stand-in of PanzaMail's extraction on the same mbox.

    python -m tests.bench.bench_import [MBOX ADDRESS]... [--rounds N]

Ours: `import_archives` into an empty database: reading, own words, language, de-duplication and
the full-text index; embedding is a stage of its own and not part of it. The stand-in does what
PanzaMail's extraction does for each mail (arXiv 2407.10994): the standard library's `mailbox`, the
date, the text/plain parts decoded as UTF-8, their lines sorted by depth of quoting with two
expressions a line, one more for attributions, `langdetect` on the first depth when it has ten
words, and each kept mail printed (here to nowhere) and written as JSON. Both run by turns in
processes of their own; the best round of each counts. The CPU ratio is of processor time, of all
processes together: it tells what the wall clock can't on a machine that does other work, and it
leaves out that ours reads with two cores. `langdetect` is needed for this benchmark
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
    from engine.database.database import connect
    from engine.events import silent
    from engine.mail.importing.importing import import_archives
    from engine.mail.own_words.language import guess_language

    guess_language("The model of the languages is loaded by the first text.")
    with tempfile.TemporaryDirectory() as folder:
        connection = connect(Path(folder) / "panza.db")
        begun, used = time.perf_counter(), _cpu()
        report = import_archives(connection, [archive], [address], silent)
        wall, cpu = time.perf_counter() - begun, _cpu() - used
        connection.close()
    return {"read": report.read, "kept": report.kept, "wall": wall, "cpu": cpu}


def stand_in(archive: Path, address: str) -> dict[str, float]:
    """Parse, clean and detect the language as PanzaMail's extraction does."""
    import langdetect

    langdetect.detect("The profiles of the languages are loaded by the first text.")
    begun, used = time.perf_counter(), _cpu()
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
    wall, cpu = time.perf_counter() - begun, _cpu() - used
    return {"read": len(messages), "kept": len(kept), "wall": wall, "cpu": cpu}


def _cpu() -> float:
    """Seconds of processor time of this process and of those it has ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


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
    columns = " | ".join(f"{way}: kept | mails/s | CPU ms a mail" for way in ways)
    print(f"| mailbox | mails | {columns} | ratio | ratio of kept/s | CPU ratio |")
    print("|---|---|" + "---|---|---|" * len(ways) + "---|---|---|")
    for archive, address in named or [pair for pair in _DEFAULTS if pair[0].exists()]:
        rounds = [
            {way: measure(way, archive, address) for way in ways} for _ in range(options.rounds)
        ]
        best = {
            way: {key: min(one[way][key] for one in rounds) for key in rounds[0][way]}
            for way in ways
        }
        cells = " | ".join(
            f"{got['kept']:.0f} | {got['read'] / got['wall']:.0f} "
            f"| {1e3 * got['cpu'] / got['read']:.2f}"
            for got in best.values()
        )
        ratios = ""
        if len(ways) > 1:
            mine, other = best["ours"], best["stand-in"]
            wall, cpu = other["wall"] / mine["wall"], other["cpu"] / mine["cpu"]
            kept = wall * mine["kept"] / other["kept"]
            ratios = f"{wall:.1f} | {kept:.1f} | {cpu:.1f}"
        print(f"| {archive.name} | {best['ours']['read']:.0f} | {cells} | {ratios} |", flush=True)


if __name__ == "__main__":
    main()
