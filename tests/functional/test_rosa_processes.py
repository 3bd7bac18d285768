"""Two processes of torch.distributed make the masks that one process makes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

CASES = [([3, 2], "mean_squared", None), ([5, 0], "mean", 1 << 30)]

WORKER = """
import json, sys
import torch
import torch.distributed as dist
from peft import get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM
from training.rosa import RosaConfig, make_masks, rosa_layers

rank, processes = 0, int(sys.argv[2])
if processes > 1:
    dist.init_process_group("gloo")
    rank = dist.get_rank()
found = []
for shares, gradient, budget in json.loads(sys.argv[1]):
    torch.manual_seed(0)
    base = LlamaForCausalLM(LlamaConfig(
        vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True,
    ))
    model = get_peft_model(base, RosaConfig(r=2, d=0.05, task_type="CAUSAL_LM"))
    torch.manual_seed(1)
    batches = [torch.randint(0, 64, (1, 6 + number)) for number in range(5)]
    wrapped, mine = model, batches
    if processes > 1:
        start = sum(shares[:rank])
        mine = batches[start : start + shares[rank]]
        wrapped = torch.nn.parallel.DistributedDataParallel(model, find_unused_parameters=True)
    make_masks(wrapped, mine, lambda m, b: m(input_ids=b, labels=b).loss, gradient=gradient,
               memory_budget=budget)
    found.append({n: layer.rosa_indices["default"].tolist() for n, layer in rosa_layers(model)})
with open(f"{sys.argv[3]}/{processes}-{rank}.json", "w") as file:
    json.dump(found, file)
if processes > 1:
    dist.destroy_process_group()
"""


def run(folder: Path, processes: int) -> list[list[dict]]:
    """The masks of each process, for each case; every process has its share of the batches."""
    script = folder / "worker.py"
    script.write_text(WORKER, encoding="utf-8")
    several = [
        *("-m", "torch.distributed.run", "--nproc-per-node", str(processes)),
        *("--master-port", "0", "--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"),
    ]
    launcher = several if processes > 1 else []
    given = [json.dumps(CASES), str(processes), str(folder)]
    done = subprocess.run(
        [sys.executable, *launcher, str(script), *given],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [
        json.loads((folder / f"{processes}-{rank}.json").read_text()) for rank in range(processes)
    ]


def test_two_processes_make_the_masks_of_one(tmp_path):
    [alone] = run(tmp_path, 1)
    first, second = run(tmp_path, 2)
    assert first == second
    assert len(alone) == len(CASES)
    for one, two in zip(alone, first, strict=True):
        entries = [(name, place) for name, mask in one.items() for place in mask]
        shared = [(name, place) for name, place in entries if place in set(two[name])]
        assert len(shared) >= 0.999 * len(entries)
