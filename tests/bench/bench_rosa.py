"""The price of RoSA: a training step beside stock PEFT's LoRA and SHiRA, and all weights.

    python -m tests.bench.bench_rosa [--what embedded|mistral] [--rounds N] [--threads N]
    python -m tests.bench.bench_rosa --masks

fp32 on the CPU, LoRA and RoSA of rank 8, d 0.01, SHiRA with as many parameters as RoSA, on batches
of 2x256 and 8x128 tokens: forward, backward and AdamW's step. Models: the embedded base, and one
decoder layer of Mistral-7B's shapes with random weights. Each method has a process of its own for
its peak memory; the times are taken by turns in rounds, so that what else runs on the machine hits
all of them alike, and the least of the rounds counts. --masks: what `make_masks` costs by budget.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

METHODS = ("lora", "rosa", "shira", "full")
BATCHES = ((2, 256), (8, 128))


def load(what: str, home: Path) -> Any:
    """A causal language model in float32, all its weights frozen."""
    import torch
    from transformers import MistralConfig, MistralForCausalLM

    from engine.home.home import Home
    from engine.models.packaged import EMBEDDED_BASE
    from training.bases.base_model import load_base

    torch.manual_seed(0)
    if what == "embedded":
        base = load_base(Home(home), EMBEDDED_BASE, allow_download=False, dtype=torch.float32)
        return base[0].requires_grad_(False)
    shapes = {"hidden_size": 4096, "intermediate_size": 14336, "num_key_value_heads": 8}
    config = MistralConfig(vocab_size=512, num_hidden_layers=1, **shapes)
    return MistralForCausalLM(config).requires_grad_(False)


def adapt(model: Any, method: str) -> Any:
    from peft import LoraConfig, ShiraConfig, get_peft_model

    from training.rosa import RosaConfig

    if method == "full":
        return model.requires_grad_(True)
    where: dict[str, Any] = {"target_modules": "all-linear", "task_type": "CAUSAL_LM"}
    if method == "lora":
        return get_peft_model(model, LoraConfig(r=8, lora_alpha=16, **where))
    if method == "rosa":
        return get_peft_model(model, RosaConfig(r=8, d=0.01, alpha=16, **where))
    # SHiRA's r counts parameters as a LoRA of that rank has them.
    layers = [
        m for n, m in model.named_modules() if hasattr(m, "in_features") and "lm_head" not in n
    ]
    of_rank_1 = sum(m.in_features + m.out_features for m in layers)
    sparse = sum(0.01 * m.in_features * m.out_features for m in layers)
    return get_peft_model(model, ShiraConfig(r=8 + round(sparse / of_rank_1), **where))


def loss(model: Any, ids: Any) -> Any:
    return model(input_ids=ids, labels=ids, use_cache=False).loss


def prepare(what: str, method: str, home: Path) -> tuple[Any, Any]:
    """The adapted model, its masks made, and its optimizer."""
    import torch

    from training.rosa import make_masks

    model = adapt(load(what, home), method).train()
    if method == "rosa":
        make_masks(model, [draw(model, 1, 64)], loss)
    trained = [p for p in model.parameters() if p.requires_grad]
    return model, torch.optim.AdamW(trained, lr=1e-4)


def draw(model: Any, mails: int, tokens: int) -> Any:
    import torch

    return torch.randint(0, model.config.vocab_size, (mails, tokens))


def step(model: Any, optimizer: Any, ids: Any) -> float:
    """Seconds of one step; of the processor's time with one thread, which others disturb less."""
    import torch

    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    began = clock()
    loss(model, ids).backward()
    optimizer.step()
    optimizer.zero_grad()
    return clock() - began


def serve(what: str, method: str, home: Path, batch: tuple[int, int]) -> None:
    """Make a step for each line on stdin and print its seconds; at the end figures as JSON."""
    from training.cost.memory import peak_memory_gib

    model, optimizer = prepare(what, method, home)
    ids = draw(model, *batch)
    step(model, optimizer, ids)
    print("ready", flush=True)
    for _ in sys.stdin:
        print(step(model, optimizer, ids), flush=True)
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    indices = sum(b.numel() for n, b in model.named_buffers() if "indices" in n)
    print(json.dumps({"peak": peak_memory_gib(), "trained": trained, "indices": indices}))


def by_turns(arguments: argparse.Namespace, batch: tuple[int, int]) -> None:
    """Print a table: one row a method."""
    options = ["--what", arguments.what, "--threads", str(arguments.threads)]
    options += ["--home", str(arguments.home), "--batch", str(batch[0]), str(batch[1])]
    running = {
        method: subprocess.Popen(
            [sys.executable, "-W", "ignore", __file__, *options, "--method", method],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for method in arguments.methods
    }
    took: dict[str, list[float]] = {method: [] for method in running}
    for process in running.values():
        while process.stdout.readline().strip() != "ready":
            assert process.poll() is None, "a method ended"
    for _ in range(arguments.rounds):
        for method, process in running.items():
            process.stdin.write("\n")
            took[method].append(float(process.stdout.readline()))
    print(f"\n{arguments.what}, {batch[0]}x{batch[1]}, least and median of {arguments.rounds}")
    print(f"{'':8}{'s/step':>8}{'median':>8}{'/ LoRA':>8}{'peak GiB':>10}{'trained':>10}")
    for method, process in running.items():
        told = json.loads(process.communicate()[0].splitlines()[-1])
        times = sorted(took[method])
        ratio = times[0] / min(took["lora"])
        print(
            f"{method:8}{times[0]:8.3f}{times[len(times) // 2]:8.3f}{ratio:8.2f}"
            f"{told['peak']:10.2f}{told['trained'] / 1e6:9.2f}M"
        )


def masks(home: Path, threads: int) -> None:
    """Seconds of `make_masks` from 8 mails of 92 tokens, by budget, in ordinary steps of them."""
    from training.cost.memory import peak_memory_gib
    from training.rosa import count_passes, make_masks, rosa_layers
    from training.rosa.layer import NO_MASK

    model, optimizer = prepare("embedded", "rosa", home)
    whole = draw(model, 8, 92)
    mails = list(whole.split(1))
    ordinary = min(step(model, optimizer, whole) for _ in range(3))
    print(f"an ordinary step: {ordinary:.2f} s")
    print(f"{'budget MiB':>10}{'passes':>8}{'seconds':>9}{'steps':>7}{'peak GiB':>10}")
    for budget in (64, 128, 256, 512):
        for _, layer in rosa_layers(model):
            layer.rosa_indices["default"].fill_(NO_MASK)
            layer.mask_made["default"] = False
        clock = time.process_time if threads == 1 else time.perf_counter
        began = clock()
        make_masks(model, mails, loss, memory_budget=budget << 20)
        seconds = clock() - began
        passes = count_passes(model, len(mails), memory_budget=budget << 20)
        steps = seconds / ordinary
        print(f"{budget:10}{passes:8}{seconds:9.1f}{steps:7.1f}{peak_memory_gib():10.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--what", choices=("embedded", "mistral"), default="embedded")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="of torch")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--batch", nargs=2, type=int, help="one alone: mails, tokens")
    parser.add_argument("--masks", action="store_true")
    parser.add_argument("--home", type=Path, help="keeps the unpacked base model; default: none")
    parser.add_argument("--method", choices=METHODS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(arguments.threads)
    if arguments.method:
        serve(arguments.what, arguments.method, arguments.home, tuple(arguments.batch))
        return
    from engine.home.home import Home
    from engine.models.packaged import EMBEDDED_BASE
    from training.bases.base_model import resolve_base

    with tempfile.TemporaryDirectory() as folder:
        home = Home((arguments.home or Path(folder)).absolute()).prepare()
        arguments.home = home.root
        resolve_base(home, EMBEDDED_BASE, allow_download=False)
        if arguments.masks:
            masks(home.root, arguments.threads)
            return
        for batch in [tuple(arguments.batch)] if arguments.batch else BATCHES:
            by_turns(arguments, batch)


if __name__ == "__main__":
    main()
