"""Look for inputs that a reader of foreign data can't take.

    python -m tests.fuzz.run TARGET... [--seconds N] [--seed N] [--pool FOLDER]

TARGET: all, or a name. Inputs are made of those in corpus/TARGET and the words in words/TARGET by
chance. One that gives a new kind of result or reaches new lines is changed further, and kept in the
pool for the next run. What raises an error that its reader does not promise, takes longer than 10 s
of the processor or more than 2 GiB beyond the start is a finding: it is kept in corpus/TARGET,
where tests/unit/test_fuzz_corpus.py tries it ever after. The exit code is 1 if there was one.
"""

from __future__ import annotations

import argparse
import hashlib
import os
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

from tests.fuzz.targets import LINES, TARGETS, Target

CORPUS = Path(__file__).with_name("corpus")
WORDS = Path(__file__).with_name("words")
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


def words_of(name: str) -> list[bytes]:
    """Return the words of a target's language: the lines of its file, with Python's escapes."""
    path = WORDS / name
    lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
    return [line.encode().decode("unicode_escape").encode("utf-8") for line in lines]


def changed(data: bytes, others: list[bytes], words: list[bytes], chance: random.Random) -> bytes:
    """Return an input with one to eight changes."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        start = chance.randint(0, len(made))
        end = min(len(made), start + chance.choice((0, 1, 2, 8, 40, 400)))
        match chance.randint(0, 10):
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
            case 9 | 10 if words:
                made[start:end] = chance.choice(words)
    return bytes(made[:_LONGEST])


class Pool:
    """The inputs that others are made of. kept: the folder where new ones are written."""

    def __init__(self, inputs: list[bytes], kept: Path | None) -> None:
        self.inputs = inputs
        self._costs: list[float] = []
        self._kept = kept

    def next(self, words: list[bytes], chance: random.Random) -> bytes:
        """Return those that were given, and then changed ones: rather of cheap and of new ones."""
        tried = len(self._costs)
        if tried < len(self.inputs):
            return self.inputs[tried]
        newest = max(0, len(self.inputs) - 60)
        first = chance.choice((0, newest))
        of = min(chance.randrange(first, tried), chance.randrange(first, tried), key=self._cost)
        return changed(self.inputs[of], self.inputs, words, chance)

    def _cost(self, place: int) -> float:
        return self._costs[place]

    def tried(self, data: bytes, cost: float, is_new: bool) -> None:
        if len(self._costs) < len(self.inputs):
            self._costs.append(cost)
        elif is_new:
            self.inputs.append(data)
            self._costs.append(cost)
            if self._kept:
                (self._kept / _name(data)).write_bytes(data)


def _name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _processor_seconds() -> float:
    return sum(os.times()[:4])


def fuzz(name: str, seconds: float, seed: int, kept: Path | None = None) -> int:
    """Try inputs for some seconds of the processor; return how many findings there were."""
    target, words, chance = TARGETS[name], words_of(name), random.Random(seed)
    paths = corpus_of(name)
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        paths += sorted(kept.iterdir())
    pool = Pool([path.read_bytes() for path in paths], kept)
    seen: set[object] = set()
    tried, begun, found = 0, _processor_seconds(), 0
    with tempfile.TemporaryDirectory() as folder:
        while (start := _processor_seconds()) - begun < seconds:
            data = pool.next(words, chance)
            tried += 1
            lines = len(LINES.reached)
            shape: object
            try:
                shape = _tried(target, data, Path(folder))
            except Exception as error:  # anything that the target does not expect is a finding
                frames = traceback.extract_tb(error.__traceback__)
                shape = type(error), str(frames[-1]) if frames else ""
                if shape not in seen:
                    found += 1
                    path = CORPUS / name / f"found-{_name(data)}"
                    path.write_bytes(data)
                    print(f"{name}: {path}")
                    traceback.print_exc()
                    sys.stderr.flush()
            is_new = shape not in seen or len(LINES.reached) > lines
            seen.add(shape)
            pool.tried(data, _processor_seconds() - start, is_new)
    print(
        f"{name}: {tried} inputs in {_processor_seconds() - begun:.0f} s of the processor, "
        f"{len(seen)} kinds of results, {len(LINES.reached)} lines, {found} findings",
        flush=True,
    )
    return found


def _tried(target: Target, data: bytes, folder: Path) -> object:
    try:
        with limited(), LINES.followed():
            return target(data, folder)
    except TooSlowError:  # perhaps for the lines that are followed
        with limited():
            return target(data, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="+", choices=[*TARGETS, "all"], metavar="TARGET")
    parser.add_argument(
        "--seconds", type=float, default=3600, help="of the processor, for each target"
    )
    parser.add_argument("--pool", type=Path, help="a folder to keep the inputs for the next run")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + _MEMORY, resource.RLIM_INFINITY))
    print(f"seed {options.seed}")
    names = list(TARGETS) if "all" in options.targets else options.targets
    found = [
        fuzz(name, options.seconds, options.seed, options.pool and options.pool / name)
        for name in names
    ]
    sys.exit(1 if any(found) else 0)


if __name__ == "__main__":
    main()
