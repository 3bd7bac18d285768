"""Training speed and memory of the embedded model: a naive loop against this project's.

    python -m tests.bench.bench_training [--steps N] [--threads N] [--mails ../shared/corpora/panza]
                                           [--dtype bfloat16] [--quantised]

132 mails of about 44 prompt and 48 labelled tokens, 8 an optimizer step. With --mails they have the
instructions and texts of one person's real mails (david_instructions.jsonl and
david_anonymous_clean.jsonl there); without, random tokens of made-up lengths (log-normal, sigma
0.53), of which the prompts have --shared tokens alike. Each variant runs in a process of its own,
so that its peak memory (ru_maxrss) is its own; the first step is not timed. With one thread the
processor's time counts, which other work on the machine disturbs less. Variants:

    naive       padded batches of 8, logits at every position, LoRA r 8 of peft
    sorted      padded micro-batches of at most 512 tokens, sorted by length, logits at labelled
                positions, LoRA r 8 of peft
    lean lora   this project's micro-batches and loss, LoRA r 8 of peft
    lean rosa   the same with RoSA r 8, d 0.01, its masks made before the first timed step
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

VARIANTS = ("naive", "sorted", "lean lora", "lean rosa")
_MAILS = 132
_PROMPT_TOKENS = 44
_LABELLED_TOKENS = 48
_SPREAD = 0.53
_BATCH = 8
_MICRO_BATCH_TOKENS = 512
_LEARNING_RATE = 1e-3


def make_mails(vocabulary: int, shared: int) -> list[Any]:
    """Examples of random tokens; the first `shared` of each prompt are alike."""
    from training.examples.tokens import Example

    draw = random.Random(0)

    def tokens(count: int) -> tuple[int, ...]:
        return tuple(draw.randrange(100, vocabulary) for _ in range(count))

    beginning = tokens(shared)
    middle = math.log(_LABELLED_TOKENS) - _SPREAD**2 / 2
    examples = []
    for number in range(_MAILS):
        prompt = max(shared + 1, draw.randint(_PROMPT_TOKENS * 3 // 4, _PROMPT_TOKENS * 5 // 4))
        labelled = max(5, round(draw.lognormvariate(middle, _SPREAD)))
        ids = beginning + tokens(prompt - shared + labelled)
        examples.append(Example(number, ids, prompt))
    return examples


def read_mails(tokenizer: Any, folder: Path) -> list[Any]:
    """Examples of real mails and the instructions that somebody wrote for them."""
    from training.examples.tokens import Example

    def rows(name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]

    examples = []
    for number, (note, mail) in enumerate(
        zip(
            rows("david_instructions.jsonl")[:_MAILS],
            rows("david_anonymous_clean.jsonl")[:_MAILS],
            strict=True,
        )
    ):
        asked = f"Draft this e-mail for me: {note['instruction']}"
        prompt = tokenizer(
            f"<|im_start|>user\n{asked}<|im_end|>\n<|im_start|>assistant\n"
        ).input_ids
        ids = prompt + tokenizer(f"{mail['email']}<|im_end|>").input_ids
        examples.append(Example(number, tuple(ids), len(prompt)))
    return examples


def adapt(model: Any, variant: str) -> Any:
    from peft import LoraConfig, get_peft_model

    from training.rosa import RosaConfig

    shared: dict[str, Any] = {"r": 8, "target_modules": "all-linear", "task_type": "CAUSAL_LM"}
    if variant == "lean rosa":
        return get_peft_model(model, RosaConfig(d=0.01, alpha=16, **shared))
    return get_peft_model(model, LoraConfig(lora_alpha=16, **shared))


def naive_step(model: Any, batch: list[Any]) -> None:
    """One padded batch with the loss as transformers computes it from labels."""
    import torch

    longest = max(len(example.token_ids) for example in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    labels = torch.full_like(ids, -100)
    mask = torch.zeros_like(ids)
    for row, example in enumerate(batch):
        end = len(example.token_ids)
        ids[row, :end] = torch.tensor(example.token_ids)
        labels[row, example.prompt_tokens : end] = ids[row, example.prompt_tokens : end]
        mask[row, :end] = 1
    model(input_ids=ids, attention_mask=mask, labels=labels, use_cache=False).loss.backward()


def sorted_step(model: Any, batch: list[Any]) -> None:
    """Micro-batches of mails of like length, and the loss of the labelled positions alone."""
    import torch

    labelled = sum(example.labelled_tokens for example in batch)
    waiting = sorted(batch, key=lambda example: len(example.token_ids), reverse=True)
    while waiting:
        longest = len(waiting[0].token_ids)
        count = max(1, _MICRO_BATCH_TOKENS // longest)
        taken, waiting = waiting[:count], waiting[count:]
        ids = torch.zeros(len(taken), longest, dtype=torch.long)
        mask, predicts = torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
        targets = torch.zeros_like(ids)
        for row, example in enumerate(taken):
            end = len(example.token_ids)
            ids[row, :end] = torch.tensor(example.token_ids)
            mask[row, :end] = 1
            predicts[row, example.prompt_tokens - 1 : end - 1] = True
            targets[row, : end - 1] = ids[row, 1:end]
        bare = model.get_base_model()
        hidden = bare.model(input_ids=ids, attention_mask=mask, use_cache=False)[0]
        logits = bare.lm_head(hidden[predicts])
        loss = torch.nn.functional.cross_entropy(logits, targets[predicts], reduction="sum")
        (loss / labelled).backward()


def lean_step(model: Any, batch: list[Any]) -> None:
    from training.loop.micro_batches import labelled_tokens, pack_for, response_loss

    rows = pack_for(model, batch, _MICRO_BATCH_TOKENS)
    labelled = labelled_tokens(rows)
    for row in rows:
        (response_loss(model, row) / labelled).backward()


def make_all_masks(model: Any, batch: list[Any]) -> None:
    from training.loop.micro_batches import labelled_tokens, pack, response_loss
    from training.rosa import make_masks

    rows = [pack([example], len(example.token_ids))[0] for example in batch]
    make_masks(
        model,
        rows,
        lambda m, row: response_loss(m, row) / labelled_tokens([row]),
        memory_budget=1024 << 20,
    )


def measure(
    variant: str,
    steps: int,
    threads: int,
    shared: int,
    mails: Path | None,
    home: Path,
    dtype: str,
    quantised: bool,
) -> dict[str, float]:
    """Run one variant in this process. dtype: of the frozen base. quantised: it is not unpacked."""
    import torch

    from engine.home.home import Home
    from engine.models.packaged import EMBEDDED_BASE
    from training.bases.base_model import load_base
    from training.cost.memory import peak_memory_gib

    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(0)
    model, tokenizer = load_base(
        Home(home),
        EMBEDDED_BASE,
        allow_download=False,
        dtype=getattr(torch, dtype),
        quantised=quantised,
    )
    examples = read_mails(tokenizer, mails) if mails else make_mails(len(tokenizer), shared)
    model = adapt(model, variant).train()
    optimizer = torch.optim.AdamW(
        (p for p in model.parameters() if p.requires_grad), lr=_LEARNING_RATE
    )
    if variant == "lean rosa":
        make_all_masks(model, examples[:_BATCH])
    step = {"naive": naive_step, "sorted": sorted_step}.get(variant, lean_step)
    clock = time.process_time if threads == 1 else time.perf_counter
    seconds = tokens = 0.0
    for number in range(steps + 1):
        first = number * _BATCH % _MAILS
        batch = examples[first : first + _BATCH]
        started = clock()
        step(model, batch)
        optimizer.step()
        optimizer.zero_grad()
        if number:
            seconds += clock() - started
            tokens += sum(example.labelled_tokens for example in batch)
    return {"tokens_per_second": tokens / seconds, "peak_gib": peak_memory_gib()}


def run_alone(variant: str, arguments: argparse.Namespace, home: Path) -> dict[str, float]:
    options = ["--steps", str(arguments.steps), "--threads", str(arguments.threads)]
    options += ["--shared", str(arguments.shared), "--dtype", arguments.dtype]
    options += ["--mails", str(arguments.mails)] if arguments.mails else []
    options += ["--quantised"] if arguments.quantised else []
    done = subprocess.run(
        [sys.executable, __file__, *options, "--variant", variant, "--home", str(home)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=12, help="timed optimizer steps (default 12)")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: its own choice")
    parser.add_argument("--shared", type=int, default=24, help="tokens that all prompts begin with")
    parser.add_argument("--mails", type=Path, help="a folder with real mails' jsonl files")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--quantised", action="store_true", help="keep the base's own 4 bits")
    parser.add_argument("--home", type=Path, help="keeps the unpacked base model; default: none")
    parser.add_argument("--variant", choices=VARIANTS, help="one alone, in this process, as JSON")
    arguments = parser.parse_args()
    if arguments.variant:
        figures = measure(
            arguments.variant,
            arguments.steps,
            arguments.threads,
            arguments.shared,
            arguments.mails,
            arguments.home,
            arguments.dtype,
            arguments.quantised,
        )
        print(json.dumps(figures))
        return

    import tempfile

    from engine.home.home import Home
    from engine.models.packaged import EMBEDDED_BASE
    from training.bases.base_model import resolve_base

    with tempfile.TemporaryDirectory() as folder:
        home = Home((arguments.home or Path(folder)).absolute()).prepare()
        resolve_base(home, EMBEDDED_BASE, allow_download=False)
        found = {variant: run_alone(variant, arguments, home.root) for variant in VARIANTS}
    naive = found["naive"]
    print(f"{'':10}{'tokens/s':>10}{'ratio':>8}{'peak GiB':>10}{'ratio':>8}")
    for variant, figures in found.items():
        speed, peak = figures["tokens_per_second"], figures["peak_gib"]
        print(
            f"{variant:10}{speed:10.1f}{speed / naive['tokens_per_second']:8.2f}"
            f"{peak:10.2f}{peak / naive['peak_gib']:8.2f}"
        )


if __name__ == "__main__":
    main()
