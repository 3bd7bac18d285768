"""Two processes of torch.distributed make the masks that one process makes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

CASES = [([3, 2], "mean_squared", None), ([5, 0], "mean", 1 << 30)]

WORKER = """
import json, os, sys
import torch
import torch.distributed as dist
from peft import get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM
from training.rosa import RosaConfig, make_masks, rosa_layers

def masks(shares, gradient, budget):
    torch.manual_seed(0)
    base = LlamaForCausalLM(LlamaConfig(
        vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=True,
    ))
    model = get_peft_model(base, RosaConfig(r=2, d=0.05, task_type="CAUSAL_LM"))
    torch.manual_seed(1)
    batches = [torch.randint(0, 64, (1, 6 + number)) for number in range(5)]
    wrapped, mine = model, batches
    if dist.is_initialized():
        start = sum(shares[:rank])
        mine = batches[start : start + shares[rank]]
        wrapped = torch.nn.parallel.DistributedDataParallel(model, find_unused_parameters=True)
    make_masks(wrapped, mine, lambda m, b: m(input_ids=b, labels=b).loss, gradient=gradient,
               memory_budget=budget)
    return {n: layer.rosa_indices["default"].tolist() for n, layer in rosa_layers(model)}

cases, rank = json.loads(sys.argv[1]), int(os.environ["RANK"])
alone = [masks(*case) for case in cases] if rank == 0 else []  # As if there were no other.
dist.init_process_group("gloo")
together = [masks(*case) for case in cases]
with open(f"{sys.argv[2]}/{rank}.json", "w") as file:
    json.dump([alone, together], file)
dist.destroy_process_group()
"""


def test_two_processes_make_the_masks_of_one(tmp_path):
    script = tmp_path / "worker.py"
    script.write_text(WORKER, encoding="utf-8")
    launcher = [
        *("-m", "torch.distributed.run", "--nproc-per-node", "2"),
        *("--master-port", "0", "--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"),
    ]
    done = subprocess.run(
        [sys.executable, *launcher, str(script), json.dumps(CASES), str(tmp_path)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    alone, first = json.loads((tmp_path / "0.json").read_text())
    _, second = json.loads((tmp_path / "1.json").read_text())
    assert first == second
    assert len(alone) == len(CASES)
    for one, two in zip(alone, first, strict=True):
        entries = [(name, place) for name, mask in one.items() for place in mask]
        shared = [(name, place) for name, place in entries if place in set(two[name])]
        assert len(shared) >= 0.999 * len(entries)
