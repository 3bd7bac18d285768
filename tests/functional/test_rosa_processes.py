"""Two processes of torch.distributed make the masks that one process makes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

WORKER = """
import json, sys
import torch
import torch.distributed as dist
from peft import get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM
from training.rosa import RosaConfig, make_masks, rosa_layers

shares, gradient, budget = json.loads(sys.argv[1])
rank = 0
if len(shares) > 1:
    dist.init_process_group("gloo")
    rank = dist.get_rank()
torch.manual_seed(0)
base = LlamaForCausalLM(LlamaConfig(
    vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True,
))
model = get_peft_model(base, RosaConfig(r=2, d=0.05, task_type="CAUSAL_LM"))
torch.manual_seed(1)
batches = [torch.randint(0, 64, (1, 6 + number)) for number in range(5)]
start = sum(shares[:rank])
mine = batches[start : start + shares[rank]]
wrapped = model
if len(shares) > 1:
    wrapped = torch.nn.parallel.DistributedDataParallel(model, find_unused_parameters=True)
make_masks(wrapped, mine, lambda m, b: m(input_ids=b, labels=b).loss, gradient=gradient,
           memory_budget=budget)
masks = {n: layer.rosa_indices["default"].tolist() for n, layer in rosa_layers(model)}
with open(f"{sys.argv[2]}/{len(shares)}-{rank}.json", "w") as file:
    json.dump(masks, file)
if len(shares) > 1:
    dist.destroy_process_group()
"""


def run(folder: Path, shares: list[int], gradient: str, budget: int | None) -> list[dict]:
    """The masks of each process, each given its share of the batches."""
    script = folder / "worker.py"
    script.write_text(WORKER, encoding="utf-8")
    several = [
        *("-m", "torch.distributed.run", "--nproc-per-node", str(len(shares))),
        *("--master-port", "0", "--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"),
    ]
    launcher = several if len(shares) > 1 else []
    given = json.dumps([shares, gradient, budget])
    done = subprocess.run(
        [sys.executable, *launcher, str(script), given, str(folder)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [
        json.loads((folder / f"{len(shares)}-{rank}.json").read_text())
        for rank in range(len(shares))
    ]


@pytest.mark.parametrize(
    ("shares", "gradient", "budget"),
    [([3, 2], "mean_squared", None), ([5, 0], "mean", 1 << 30)],
)
def test_two_processes_make_the_masks_of_one(tmp_path, shares, gradient, budget):
    [alone] = run(tmp_path, [5], gradient, budget)
    first, second = run(tmp_path, shares, gradient, budget)
    assert first == second
    entries = [(name, place) for name, mask in alone.items() for place in mask]
    shared = [(name, place) for name, place in entries if place in set(first[name])]
    assert len(shared) >= 0.999 * len(entries)
