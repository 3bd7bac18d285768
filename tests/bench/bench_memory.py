"""Memory and time of the import of a large archive: made-up mail, a tenth of it sent.

    python -m tests.bench.bench_memory [--megabytes N]

The most that the import and the processes beside it hold together is sampled five times a second,
as the memory that is theirs alone plus their share of what they have in common (PSS on Linux).
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

_TEXT = "the kettle on that ferry was warm and nobody asked who had left it there at noon"
_WORDS = _TEXT.split(" ")
_ME = "ida@example.org"
_IMPORT = """
import sys
from pathlib import Path
from engine.database.database import connect
from engine.events import silent
from engine.mail.importing.importing import import_archives
report = import_archives(connect(Path(sys.argv[2])), [Path(sys.argv[1])], [sys.argv[3]], silent)
print(report.read, report.kept)
"""


def messages(size: int) -> Iterator[str]:
    """Messages of `size` bytes in all; every tenth is a sent answer to the one before."""
    chance = random.Random(0)
    sentences = [" ".join(chance.choices(_WORDS, k=12)) for _ in range(1000)]
    written = number = 0
    while written < size:
        number += 1
        lines = chance.choices(sentences, k=chance.randint(5, 800))
        is_sent = number % 10 == 0
        sender, receiver = (_ME, "bo@example.org") if is_sent else ("bo@example.org", _ME)
        body = "\n".join(f"> {line}" for line in lines)
        own = " ".join(chance.choices(_WORDS, k=30))
        body = (
            f"{own}\n\nOn 2 Jan 2020 at 10:00, Bo wrote:\n{body}" if is_sent else "\n".join(lines)
        )
        answers = f"In-Reply-To: <{number - 1}@x>\n" if is_sent else ""
        message = (
            f"From {sender} Wed Jan  1 12:00:00 2020\nFrom: {sender}\nTo: {receiver}\n"
            f"Message-ID: <{number}@x>\n{answers}Subject: {number}\n"
            f"Date: {time.strftime('%d %b %Y %H:%M:%S +0000', time.gmtime(10**9 + 600 * number))}"
            f"\n\n{body}\n\n"
        )
        written += len(message)
        yield message


def held(process: psutil.Process) -> int:
    """Bytes that a process and its children hold."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            total += each.memory_full_info().pss
        except psutil.Error:  # it has just ended
            continue
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive, database = Path(folder) / "made-up.mbox", Path(folder) / "panza.db"
        with archive.open("w") as file:
            file.writelines(messages(options.megabytes * 1_000_000))
        begun, most = time.perf_counter(), 0
        command = [sys.executable, "-c", _IMPORT, str(archive), str(database), _ME]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            watched = psutil.Process(running.pid)
            while running.poll() is None:
                most = max(most, held(watched))
                time.sleep(0.2)
            read, kept = (running.stdout.read() if running.stdout else "").split()
        print(
            f"{options.megabytes} MB, {read} messages, {kept} kept: "
            f"{most / 2**20:.0f} MiB at most, {time.perf_counter() - begun:.0f} s"
        )


if __name__ == "__main__":
    main()
