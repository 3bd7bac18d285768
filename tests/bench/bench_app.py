"""How the app feels: first paint, delay of its event loop, echo of a key, drafts beside a run.

The real app runs in a pseudo-terminal on a copy of a home that holds a trained model; it is steered
and watched from outside, by keys and by what it paints. The loop's delay is how late a wake-up of
every 10 ms comes.

    python tests/bench/bench_app.py HOME [--seconds 60] [--config FILE] [--paint]

Prints a table in Markdown. A training run of the same home is started for the rows that name it.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

WAKE = 0.010
ROWS, COLUMNS = 36, 120
INSTRUCTION = "Thank Ann for the parcel and tell her that Friday suits me\r"


# --- inside: the app with a clock in its event loop


def run_child(home: Path, config: str, delays: Path) -> None:
    """Run the app; write each delay of its loop, with the time it was noticed."""
    from engine.home.home import Home
    from engine.settings import load_settings
    from panza_tui import app

    mount = app.PanzaApp.on_mount

    def mount_watched(self: app.PanzaApp) -> None:
        self.clock = asyncio.create_task(watch(delays))
        mount(self)

    app.PanzaApp.on_mount = mount_watched
    path = Path(config) if config else None
    app.run_app(Home(home).prepare(), lambda: load_settings(path), path)


async def watch(delays: Path) -> None:
    with open(delays, "w", buffering=1) as file:
        while True:
            before = time.monotonic()
            await asyncio.sleep(WAKE)
            now = time.monotonic()
            file.write(f"{now:.4f} {now - before - WAKE:.5f}\n")


# --- outside: a terminal with a person at it


@dataclass
class Terminal:
    """The app in a pseudo-terminal, and all that it painted."""

    process: subprocess.Popen[bytes]
    master: int
    began: float
    painted: bytearray = field(default_factory=bytearray)

    def take(self, seconds: float) -> None:
        """Read what is painted for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                try:
                    self.painted += os.read(self.master, 1 << 16)
                except OSError:
                    return

    def wait_for(self, text: str, since: int, limit: float) -> float | None:
        """Seconds until `text` was painted after byte `since`; None when it never was."""
        asked = time.monotonic()
        while time.monotonic() - asked < limit:
            if text.encode() in self.painted[since:]:
                return time.monotonic() - asked
            self.take(0.002)
        return None

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def close(self) -> None:
        self.press("\x11")
        self.take(1.0)
        self.process.terminate()
        self.process.wait()
        os.close(self.master)


def open_terminal(arguments: list[str]) -> Terminal:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # As installed: compiled by the first start.
    began = time.monotonic()
    process = subprocess.Popen(
        arguments,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    return Terminal(process, master, began)


def first_paint(home: Path, config: str, times: int = 9) -> tuple[list[float], list[float]]:
    """Seconds from the start of the process until the place to type in is painted, and of CPU."""
    found, worked = [], []
    for _ in range(times + 1):
        terminal = open_terminal(command(home, config))
        terminal.wait_for("hat should the email say?", 0, 30)  # The cursor stands on the W.
        found.append(time.monotonic() - terminal.began)
        times_of = psutil.Process(terminal.process.pid).cpu_times()
        worked.append(times_of.user + times_of.system)
        terminal.close()
    # The first one compiles, and reads all files from the disk.
    return sorted(found[1:]), sorted(worked[1:])


@dataclass
class Feel:
    """Delays of the loop and echoes of keys, in seconds."""

    delays: list[float]
    echoes: list[float]
    drafts: int


def feel(home: Path, config: str, seconds: float, *, drafting: bool) -> Feel:
    """Type for `seconds`, with drafts being written meanwhile or not."""
    with tempfile.TemporaryDirectory() as folder:
        delays = Path(folder) / "delays"
        child = [__file__, str(home), "--child", str(delays), "--config", config]
        terminal = open_terminal([sys.executable, *child])
        terminal.wait_for("●", 0, 120)  # The model is loaded.
        terminal.take(2.0)
        begun = time.monotonic()
        echoes, drafts, letters = [], 0, "abcdefghijklmnopqrstuvwxyz"
        told = len(terminal.painted)  # up to where drafts are counted
        if drafting:
            terminal.press(INSTRUCTION)
        while time.monotonic() - begun < seconds:
            mark = len(terminal.painted)
            letter = letters[len(echoes) % len(letters)]
            terminal.press(letter)
            echo = terminal.wait_for(letter, mark, 2.0)
            echoes.append(2.0 if echo is None else echo)
            terminal.take(0.2)
            if drafting and b"based on" in terminal.painted[told:]:
                drafts, told = drafts + 1, len(terminal.painted)
                terminal.press("\x12")  # ctrl+r: once more
        terminal.close()
        lines = [line.split() for line in delays.read_text().splitlines()]
        found = [float(late) for at, late in lines if begun < float(at) < begun + seconds]
    return Feel(sorted(found), sorted(echoes), drafts)


def share(values: list[float], part: float) -> float:
    return values[min(len(values) - 1, int(len(values) * part))] if values else float("nan")


def command(home: Path, config: str, *arguments: str) -> list[str]:
    chosen = ["--config", config] if config else []
    return [sys.executable, "-m", "panza_tui", "--home", str(home), *chosen, *arguments]


def ask(home: Path, config: str) -> dict:
    """One draft on the command line, with its timings."""
    made = subprocess.run(
        command(home, config, "--ask", INSTRUCTION.strip(), "--json"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return json.loads(made.stdout)


def decode_rate(home: Path, config: str, times: int = 5) -> tuple[float, float]:
    """Tokens a second, and seconds from a loaded model to the first one; the middle of `times`."""
    rates, firsts = [], []
    for _ in range(times):
        made = ask(home, config)
        seconds = made["seconds"]
        rates.append(made["tokens"]["draft"] / max(1e-6, seconds["total"] - seconds["first_token"]))
        firsts.append(seconds["first_token"] - seconds["start"])
    return sorted(rates)[times // 2], sorted(firsts)[times // 2]


def start_training(home: Path, config: str) -> subprocess.Popen[bytes]:
    """A run that takes longer than the measuring; returns when its steps have begun."""
    process = subprocess.Popen(
        command(home, config, "train", "--name", "bench", "--epochs", "50", "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event.get("stage") == "train" and event.get("done", 0) >= 1:
            return process
    raise SystemExit("the training run ended before its first step")


def table(rows: list[tuple[str, Feel]]) -> None:
    print("| | loop delay p50 / p99 / max ms | key echo p50 / p99 ms | drafts |")
    print("|---|---|---|---|")
    for name, felt in rows:
        late = " / ".join(f"{share(felt.delays, p) * 1000:.0f}" for p in (0.5, 0.99, 1.0))
        echo = " / ".join(f"{share(felt.echoes, p) * 1000:.0f}" for p in (0.5, 0.99))
        print(f"| {name} | {late} | {echo} | {felt.drafts} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--config", default="")
    parser.add_argument("--paint", action="store_true", help="the first paint alone")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        run_child(given.home, given.config, given.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(given.home, home)
        for name, seconds in zip(("s", "s of CPU"), first_paint(home, given.config), strict=True):
            print(f"first paint, {name}: " + ", ".join(f"{s:.2f}" for s in seconds), flush=True)
        if given.paint:
            return
        idle = decode_rate(home, given.config)
        rows = [
            ("idle", feel(home, given.config, given.seconds, drafting=False)),
            ("drafting", feel(home, given.config, given.seconds, drafting=True)),
        ]
        training = start_training(home, given.config)
        try:
            beside = decode_rate(home, given.config)
            rows += [
                ("beside a run", feel(home, given.config, given.seconds, drafting=False)),
                ("drafting beside it", feel(home, given.config, given.seconds, drafting=True)),
            ]
        finally:
            training.send_signal(signal.SIGINT)
            training.communicate()
        table(rows)
        print(
            f"\ndecode, tokens a second: idle {idle[0]:.0f}, beside a run {beside[0]:.0f} "
            f"({beside[0] / idle[0]:.2f}); first token after {idle[1]:.2f} s and {beside[1]:.2f} s"
        )


if __name__ == "__main__":
    main()
