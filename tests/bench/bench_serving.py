"""Drafting beside llama-cpp-python and llm: decoding, first tokens, and the whole of `--ask`.

    python tests/bench/bench_serving.py warm second lookup cold
    python tests/bench/bench_serving.py beginning --base FILE

All but the last on the embedded model, with the prompts of the bundled mailbox's writer, greedy,
one thread. Seconds are those of the processor, since other work on the machine does not change them
much; the ways take turns, and medians are compared.

warm: tokens a second after the first, ours, llama-cpp-python's `Llama.generate`, and llama.cpp's
bare calls with an argmax. second: seconds until the first token of a session's drafts. lookup:
`Llama.generate` with and without prompt-lookup speculation. cold: processes from their start:
`panza-tui --ask --fast` with retrieval, and a minimal llama-cpp-python script with the same prompt,
for the same number of tokens; both of them and `llm -m SmolLM2` until the first token; with the
largest memory. beginning: the first token of `panza-tui --ask --fast` on a large base, with and
without the saved state of the prompt's beginning, for prompts with and without a past mail.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
from llama_cpp.llama_speculative import LlamaPromptLookupDecoding

from engine.database import database
from engine.drafting.preparing import prepare
from engine.drafting.types import DraftRequest
from engine.events import silent
from engine.generators import Sampling
from engine.generators.llama_cpp_generator import LlamaCppGenerator
from engine.home.home import Home
from engine.mail.importing.importing import import_archives
from engine.models.packaged import EMBEDDED_BASE, embedded_base_gguf
from engine.prompt.prompt import Message, Turn
from engine.prompt.tokens import prompt_token_ids
from engine.retrieval.index import index_missing
from engine.settings import load_settings

MAILBOX = Path(__file__).parents[2] / "panza_tui" / "demo" / "mailbox.mbox"
WRITER = "lo@finchandchain.example"
ASKED = "Tell Nils that the spokes came and ask for the invoice"
OTHER = "Thank Ann for the parcel and say that the frame is ready on Friday"
SETTINGS = load_settings(environment={})
SAMPLING = Sampling(SETTINGS.drafting.max_tokens, repeat_penalty=1.1)

MINIMAL = """
import json, sys
from llama_cpp import Llama
path, prompt, tokens = sys.argv[1:]
llama = Llama(path, n_ctx=2048, n_threads=1, n_threads_batch=1, verbose=False)
answer = llama.create_chat_completion(
    json.load(open(prompt)), temperature=0, repeat_penalty=1.1, max_tokens=int(tokens)
)
print(answer["choices"][0]["message"]["content"])
"""


def make_home(home: Home) -> None:
    home.prepare()
    with closing(database.connect(home.database)) as connection:
        import_archives(connection, [MAILBOX], [WRITER], silent)
        index_missing(connection, home, silent)


def prompt_of(home: Home, request: DraftRequest, generator: LlamaCppGenerator) -> list[Message]:
    with closing(database.connect(home.database)) as connection:
        made = prepare(request, connection, home, SETTINGS, generator.count_tokens)
    return list(made.first)


def processor_seconds(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def in_turns(ways: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Measure each way in each round; return the medians."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, measure in ways.items():
            found[name].append(measure())
    return {name: statistics.median(values) for name, values in found.items()}


def table(title: str, unit: str, found: dict[str, float], peer: str) -> None:
    print(f"\n{title} ({unit})\n")
    for name, value in found.items():
        print(f"| {name} | {value:.3g} | {value / found[peer]:.2f} |")


def pace(tokens: Callable[[], Any], count: int) -> float:
    """Tokens a second of the processor, without the first, which waits for the prompt."""
    stream = iter(tokens())
    next(stream)
    seconds = processor_seconds(lambda: [next(stream) for _ in range(count)])
    stream.close()
    return count / seconds


def warm(home: Home, rounds: int, count: int) -> None:
    ours = LlamaCppGenerator(embedded_base_gguf(home), 2048, lambda: 1)
    ours._ends_text = lambda token: False  # type: ignore[method-assign]
    messages = prompt_of(home, DraftRequest(ASKED), ours)
    prompt = prompt_token_ids(ours._tokenizer, messages)
    print(f"prompt: {len(prompt)} tokens")
    theirs = llama_cpp.Llama(
        str(embedded_base_gguf(home)), n_ctx=2048, n_threads=1, n_threads_batch=1, verbose=False
    )

    def bare() -> Any:
        logits = ours._read_prompt(prompt, lambda: False)
        ours._truncate_cache(len(prompt))
        while True:
            token = int(np.argmax(logits))
            yield token
            one = (ctypes.c_int32 * 1)(token)
            batch = ours._llama.llama_batch_get_one(one, 1)
            ours._llama.llama_decode(ours._context, batch)
            logits = ours._logits(-1)

    ways = {
        "panza-tui": lambda: pace(
            lambda: ours._pieces(prompt, replace(SAMPLING, max_tokens=count + 8), lambda: False),
            count - 8,  # Some tokens are parts of a character, and no piece.
        ),
        "llama-cpp-python": lambda: pace(
            lambda: theirs.generate(prompt, temp=0.0, repeat_penalty=1.1), count
        ),
        "llama.cpp's calls, argmax": lambda: pace(bare, count),
    }
    table("Warm decoding", "tokens/s", in_turns(ways, rounds), "llama-cpp-python")
    ours.close()
    theirs.close()


def second(home: Home, rounds: int) -> None:
    found: dict[str, list[float]] = {}

    def until_first_token(generator: LlamaCppGenerator, request: DraftRequest) -> float:
        start = time.process_time()
        next(generator.stream(prompt_of(home, request, generator), SAMPLING))
        return time.process_time() - start

    for _ in range(rounds):
        start = time.process_time()
        generator = LlamaCppGenerator(embedded_base_gguf(home), 2048, lambda: 1)
        loading = time.process_time() - start
        follow_up = DraftRequest("Shorter", turns=(Turn(ASKED, "Ahoy Nils, the spokes came. Lo"),))
        for name, request in (
            ("first", DraftRequest(ASKED)),
            ("the same again, a variant", DraftRequest(ASKED)),
            ("a follow-up", follow_up),
            ("another instruction", DraftRequest(OTHER)),
        ):
            found.setdefault(name, []).append(until_first_token(generator, request))
        found.setdefault("first, with loading", []).append(found["first"][-1] + loading)
        generator.close()
    medians = {name: statistics.median(values) for name, values in found.items()}
    table("First token, retrieval included", "s", medians, "first, with loading")


def lookup(home: Home, rounds: int, count: int) -> None:
    path = str(embedded_base_gguf(home))
    options = {"n_ctx": 2048, "n_threads": 1, "n_threads_batch": 1, "verbose": False}
    ours = LlamaCppGenerator(embedded_base_gguf(home), 2048, lambda: 1)
    prompt = prompt_token_ids(ours._tokenizer, prompt_of(home, DraftRequest(ASKED), ours))
    ours.close()
    plain = llama_cpp.Llama(path, **options)
    ways = {"plain": lambda: pace(lambda: plain.generate(prompt, temp=0.0), count)}
    for guessed in (2, 5):
        speculating = llama_cpp.Llama(
            path,
            draft_model=LlamaPromptLookupDecoding(num_pred_tokens=guessed),
            logits_all=True,
            **options,
        )
        ways[f"prompt lookup, {guessed} tokens"] = lambda llama=speculating: pace(
            lambda: llama.generate(prompt, temp=0.0), count
        )
    table("Prompt-lookup speculation", "tokens/s", in_turns(ways, rounds), "plain")


def cold(home: Home, rounds: int, count: int) -> None:
    environment = {
        **os.environ,
        "PANZA_HOME": str(home.root),
        "PANZA_MODEL_BASE": EMBEDDED_BASE,
        "PANZA_DRAFTING_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "LLM_USER_PATH": str(home.root.parent / "llm"),
    }
    ask = [sys.executable, "-m", "panza_tui", "--ask", ASKED, "--fast", "--max-tokens"]

    def run(command: Sequence[str | Path], *, first_byte: bool = False) -> bytes:
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        assert process.stdout is not None
        out = process.stdout.read(1 if first_byte else -1)
        if first_byte:
            process.kill()
        assert out, command
        process.wait()
        return out

    record = json.loads(run([*ask, str(count), "--json"]))
    print(f"\nprompt {record['tokens']['prompt']} tokens, {len(record['sources'])} past mails")
    prompt = home.root.parent / "prompt.json"
    prompt.write_text(json.dumps(record["prompt"]))
    system, user = (message["content"] for message in record["prompt"])
    llm = [sys.executable, "-m", "llm", "-m", "SmolLM2", "-s", system, user]
    script = [sys.executable, "-c", MINIMAL, str(embedded_base_gguf(home)), str(prompt)]
    commands: dict[str, Sequence[str | Path]] = {
        "panza-tui --ask --fast": [*ask, str(count)],
        "minimal script": [*script, str(count)],
        "panza-tui --ask --fast, first token": [*ask, "1"],
        "minimal script, first token": [*script, "1"],
        "llm -m SmolLM2, first token": [*llm, "--no-log"],
    }
    memory: dict[str, float] = {}

    def measured(name: str, command: Sequence[str | Path]) -> float:
        read, write = os.pipe()
        if not (child := os.fork()):  # Children's figures are of all that were waited for.
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run(command, first_byte="llm" in name)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            os.write(write, json.dumps([seconds, after.ru_maxrss]).encode())
            os._exit(0)
        os.waitpid(child, 0)
        seconds, memory[name] = json.loads(os.read(read, 1 << 10))
        os.close(read)
        os.close(write)
        return seconds

    ways = {
        name: lambda name=name, command=command: measured(name, command)
        for name, command in commands.items()
    }
    table("Cold, processor", "s", in_turns(ways, rounds), "minimal script")
    table("Cold, largest memory", "KiB", memory, "minimal script")


def beginning(home: Home, base: Path, rounds: int) -> None:
    from engine.generators.saved_beginnings import remove_beginnings

    def ask(sources: int, *more: str, is_saved: bool) -> dict[str, Any]:
        if not is_saved:
            remove_beginnings(home)
        environment = {
            **os.environ,
            "PANZA_HOME": str(home.root),
            "PANZA_MODEL_BASE": str(base),
            "PANZA_DRAFTING_THREADS": "1",
            "PANZA_RETRIEVAL_SOURCES": str(sources),
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "-m", "panza_tui", "--ask", ASKED, "--fast", *more]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [*command, "--max-tokens", "1"], env=environment, capture_output=True, check=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"seconds": seconds, "out": done.stdout}

    for sources in (0, 1):
        record = json.loads(ask(sources, "--json", is_saved=False)["out"])
        ways = {
            "without": lambda n=sources: ask(n, is_saved=False)["seconds"],
            "with the state": lambda n=sources: ask(n, is_saved=True)["seconds"],
        }
        shown = f"{len(record['sources'])} past mails, {record['tokens']['prompt']} tokens"
        table(f"Cold first token, {shown}", "s", in_turns(ways, rounds), "without")
    [state] = home.cache.glob("beginning-*.state")
    print(f"\nstate: {state.stat().st_size / 1e6:.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "what", nargs="+", choices=["warm", "second", "lookup", "cold", "beginning"]
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--base", type=Path, help="a GGUF, for `beginning`")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        # In a process of its own, as a process that starts others hands on its largest memory.
        made = get_context("spawn").Process(target=make_home, args=(home,))
        made.start()
        made.join()
        if "warm" in chosen.what:
            warm(home, chosen.rounds, chosen.tokens)
        if "second" in chosen.what:
            second(home, chosen.rounds)
        if "lookup" in chosen.what:
            lookup(home, chosen.rounds, chosen.tokens)
        if "cold" in chosen.what:
            cold(home, chosen.rounds, 24)
        if "beginning" in chosen.what:
            beginning(home, chosen.base, chosen.rounds)


if __name__ == "__main__":
    main()
