"""Does memory grow with use? Many mails imported and searched, many drafts in one session.

    python -m tests.bench.bench_endurance [--mails N] [--searches N] [--drafts N]

Mails: those of made_up_mails.py, each with a number of its own, so that none is a copy; every
second one is sent, and answers the one before. They are imported (own words, full-text index) and
not embedded: vectors of 100,000 mails take hours on a processor. Searches are the product's, by
words. Drafts are the product's, too, by the embedded base in one process, each with its sources,
its checks and its row in the history.

Memory is that of the process alone (USS), after the first tenth and at the end.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil

from engine.database.database import connect
from engine.drafting.drafting import draft
from engine.drafting.types import DraftRequest
from engine.home.home import Home
from engine.models.packaged import EMBEDDED_BASE
from engine.retrieval.search import search
from engine.settings import load_settings
from panza_tui.jobs.generators import open_model
from tests.bench.bench_memory import held
from tests.bench.made_up_mails import cases

_ME, _PEER = "ida@example.org", "bo@example.org"
_IMPORT = """
import sys
from pathlib import Path
from engine.database.database import connect
from engine.events import silent
from engine.mail.importing.importing import import_archives
report = import_archives(connect(Path(sys.argv[2])), [Path(sys.argv[1])], [sys.argv[3]], silent)
print(report.read, report.kept)
"""


def messages(count: int) -> Iterator[str]:
    texts = [(case.text, case.kind) for case in cases()]
    for number, (text, kind) in zip(range(count), itertools.cycle(texts), strict=False):
        is_sent = number % 2 == 1
        sender, receiver = (_ME, _PEER) if is_sent else (_PEER, _ME)
        answers = f"In-Reply-To: <{number - 1}@x>\n" if is_sent else ""
        day = time.strftime("%d %b %Y %H:%M:%S +0000", time.gmtime(10**9 + 3600 * number))
        mark = f"<p>Case {number}.</p>" if kind == "html" else f"Case {number}.\n\n"
        body = f"{mark}{text}".replace("\nFrom ", "\n>From ")
        yield (
            f"From {sender} Wed Jan  1 12:00:00 2020\nFrom: {sender}\nTo: {receiver}\n"
            f"Message-ID: <{number}@x>\n{answers}Subject: Case {number}\nDate: {day}\n"
            f"Content-Type: text/{kind}; charset=utf-8\n\n{body}\n\n"
        )


def imported(folder: Path, home: Home, count: int) -> None:
    archive = folder / "made-up.mbox"
    with archive.open("w", encoding="utf-8") as file:
        file.writelines(messages(count))
    begun, most = time.perf_counter(), 0
    command = [sys.executable, "-c", _IMPORT, str(archive), str(home.database), _ME]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        watched = psutil.Process(running.pid)
        while running.poll() is None:
            most = max(most, held(watched))
            time.sleep(0.2)
        read, kept = (running.stdout.read() if running.stdout else "").split()
    seconds = time.perf_counter() - begun
    sizes = [path.stat().st_size / 2**20 for path in (archive, home.database)]
    print(
        f"import: {sizes[0]:.0f} MiB, {read} mails, {kept} kept, {seconds:.0f} s, "
        f"{most / 2**20:.0f} MiB at most, database {sizes[1]:.0f} MiB"
    )


def own_memory() -> float:
    """MiB that this process alone holds."""
    return psutil.Process().memory_full_info().uss / 2**20


def repeated(what: str, times: int, one: Callable[[int], None]) -> None:
    """Call `one` that often, and print the time of a call and the growth of memory."""
    seconds, first, early = [], 0.0, max(1, times // 10)
    for number in range(times):
        begun = time.perf_counter()
        one(number)
        seconds.append(time.perf_counter() - begun)
        if number + 1 == early:
            first = own_memory()
    last = own_memory()
    middle, slow = statistics.median(seconds), sorted(seconds)[int(0.95 * times)]
    print(
        f"{times} {what}: {middle * 1000:.0f} ms in the middle, 95 % within {slow * 1000:.0f} ms; "
        f"{first:.1f} MiB after {early}, {last:.1f} MiB at the end"
    )


def searched(home: Home, count: int, mails: int) -> None:
    words = [word for case in itertools.islice(cases(), 400) for word in case.own.split()[:6]]
    with closing(connect(home.database)) as connection:

        def one(number: int) -> None:
            query = (
                f"case {number * 7919 % mails} {' '.join(words[number % 2000 : number % 2000 + 4])}"
            )
            search(connection, home, query, 5, recipient=_PEER)

        repeated("searches", count, one)


def drafted(home: Home, count: int) -> None:
    settings = load_settings(
        overrides={"model.base": EMBEDDED_BASE, "drafting.max_tokens": 12, "drafting.candidates": 2}
    )
    settings = dataclasses.replace(
        settings, drafting=dataclasses.replace(settings.drafting, threads=1)
    )
    with (
        closing(connect(home.database)) as connection,
        closing(open_model(home, connection, settings, plain_base=True)) as loaded,
    ):

        def one(number: int) -> None:
            request = DraftRequest(f"Tell Bo about case {number}.", recipient=_PEER)
            draft(request, connection, home, settings, loaded)

        repeated("drafts", count, one)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--searches", type=int, default=500)
    parser.add_argument("--drafts", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home").prepare()
        imported(Path(folder), home, options.mails)
        searched(home, options.searches, options.mails)
        drafted(home, options.drafts)


if __name__ == "__main__":
    main()
