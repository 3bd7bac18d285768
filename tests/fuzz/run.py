"""Look for inputs that a reader of foreign data can't take.

    python -m tests.fuzz.run TARGET... [--seconds N] [--seed N]     (TARGET: all, or a name)

Inputs are made of those in corpus/TARGET by chance. One that gives a new kind of result is changed
further. What raises an error that its reader does not promise, takes longer than 10 s of the
processor or more than 2 GiB beyond the start is a finding: it is kept in corpus/TARGET, where
tests/unit/test_fuzz_corpus.py tries it ever after. The exit code is 1 if there was one.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tests.fuzz.targets import TARGETS, Target

CORPUS = Path(__file__).with_name("corpus")
_SECONDS_OF_AN_INPUT = 10
_MEMORY = 2 << 30
_LONGEST = 1 << 16  # bytes of an input
_TOKEN = re.compile(rb"[A-Za-z0-9-]{2,30}|[^A-Za-z0-9\s]{1,4}")
_STRANGE = [
    b"", b"\0", b"\n", b"\r\n", b"\r", b"\x1b[31m", b"\x1b]8;;", b"\xff\xfe", b"\xef\xbb\xbf",
    b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xe2\x80\xa8", b"\xf3\xa0\x80\x81", b"%", b"%00", b"\\",
    b"'", b'"', b'"""', b"<", b">", b"=", b"==", b"{", b"}" * 9, b"[" * 99, b"]", b"(" * 99, b",",
    b"-1", b"0", b"1e999", b"nan", b"9" * 30, b"9" * 5000, b"A" * 2000, b"../", b"/dev/zero", b"=?",
    b"?=", b"From ", b"\nFrom a Thu Jan  1 00:00:00 1970\n", b"--", b"<!--", b"-->", b"{{", b"{%",
]  # fmt: skip


class TooSlowError(Exception):
    """An input took too long."""


def corpus_of(name: str) -> list[Path]:
    return sorted((CORPUS / name).iterdir())


@contextmanager
def limited() -> Iterator[None]:
    """Raise TooSlowError after the seconds that an input may take."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, _SECONDS_OF_AN_INPUT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def changed(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Return an input with one to eight changes."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        start = chance.randint(0, len(made))
        end = min(len(made), start + chance.choice((0, 1, 2, 8, 40, 400)))
        match chance.randint(0, 8):
            case 0 if made:
                made[start % len(made)] ^= 1 << chance.randint(0, 7)
            case 1:
                del made[start:end]
            case 2:
                made[start:end] = chance.choice(_STRANGE)
            case 3:
                made[start:start] = bytes(made[start:end]) * chance.choice((1, 2, 9, 99))
            case 4:
                other = chance.choice(others)
                cut = chance.randint(0, len(other))
                made[start:end] = other[cut : cut + chance.choice((4, 40, 400, 4000))]
            case 5 | 6:
                tokens = _TOKEN.findall(chance.choice(others)) or [b""]
                made[start:end] = chance.choice(tokens)
            case 7:
                made[start:end] = chance.randbytes(chance.randint(1, 8))
            case 8:
                made = bytearray(b"\n".join(chance.sample(lines := made.split(b"\n"), len(lines))))
    return bytes(made[:_LONGEST])


def fuzz(name: str, target: Target, seconds: float, seed: int) -> int:
    """Try inputs for some seconds; return how many findings there were."""
    chance = random.Random(seed)
    pool = [path.read_bytes() for path in corpus_of(name)]
    seen: set[object] = set()
    tried, begun, found = 0, time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() - begun < seconds:
            data = pool[tried] if tried < len(pool) else changed(chance.choice(pool), pool, chance)
            tried += 1
            try:
                with limited():
                    shape = target(data, Path(folder))
            except Exception as error:  # anything that the target does not expect is a finding
                kind = "".join(traceback.format_tb(error.__traceback__)[-1:]) + type(error).__name__
                if kind not in seen:
                    found += 1
                    path = CORPUS / name / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
                    path.write_bytes(data)
                    print(f"{name}: {path}")
                    traceback.print_exc()
                seen.add(kind)
                continue
            if shape not in seen:
                seen.add(shape)
                pool.append(data)
    print(f"{name}: {tried} inputs, {len(seen)} kinds of results, {found} findings", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="+", choices=[*TARGETS, "all"], metavar="TARGET")
    parser.add_argument("--seconds", type=float, default=3600, help="for each target")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + _MEMORY, resource.RLIM_INFINITY))
    print(f"seed {options.seed}")
    names = list(TARGETS) if "all" in options.targets else options.targets
    found = [fuzz(name, TARGETS[name], options.seconds, options.seed) for name in names]
    sys.exit(1 if any(found) else 0)


if __name__ == "__main__":
    main()
