"""Estimates of a run: what they read and measure, and what they report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from engine import settings
from engine.database.database import connect
from engine.errors import PanzaError
from engine.home.home import Home
from training.bases.base_shape import BaseShape, read_shape
from training.cost import estimate as module
from training.cost.estimate import plan_memory
from training.cost.machine import measure_machine
from training.cost.memory_estimate import Saving, largest_fitting, memory_gib

SHAPE = BaseShape(134_515_008, 106_168_320, 28_311_552, 576, 1536, 30)
LARGE = BaseShape(7_248_000_000, 6_979_000_000, 134_217_728, 4096, 14336, 32, 4_070_000_000)
DEFAULTS = settings.load_settings(environment={})


def write_base(folder, tensors, **config):
    folder.mkdir(exist_ok=True)
    known = {"hidden_size": 8, "num_hidden_layers": 1, "vocab_size": 100, "intermediate_size": 16}
    (folder / "config.json").write_text(json.dumps(known | config))
    about = {name: {"shape": shape, "data_offsets": [0, 0]} for name, shape in tensors.items()}
    header = json.dumps({"__metadata__": {}} | about).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)


def test_a_shape_is_read_from_headers_alone(tmp_path):
    write_base(
        tmp_path / "base",
        {
            "model.embed_tokens.weight": [100, 8],
            "model.layers.0.self_attn.q_proj.weight": [8, 8],
            "model.layers.0.mlp.up_proj.weight": [16, 8],
            "model.norm.weight": [8],
        },
    )
    assert read_shape(tmp_path / "base") == BaseShape(800 + 64 + 128 + 8, 192, 800, 8, 16, 1)


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, (9).to_bytes(8, "little") + b"[]"])
def test_a_damaged_base_is_a_one_line_error(tmp_path, content):
    write_base(tmp_path / "base", {"w": [1]})
    (tmp_path / "base" / "model.safetensors").write_bytes(content)
    with pytest.raises(PanzaError, match="size of the model"):
        read_shape(tmp_path / "base")


@pytest.mark.parametrize("size", [2, 4])
def test_the_message_for_a_base_that_does_not_fit_says_what_would(size):
    needs = memory_gib(SHAPE, DEFAULTS, "rosa", size)
    line = plan_memory(SHAPE, DEFAULTS, "rosa", "cpu", needs * 0.7, size).warning
    fitting = largest_fitting(SHAPE, DEFAULTS, "rosa", needs * 0.7, size)
    assert line.startswith(f"Training this base of 135M weights takes about {needs:.1f} GiB, and ")
    assert f"{needs * 0.7:.1f} GiB are free; one of at most {fitting.weights / 1e6:.0f}M" in line
    assert "none fits" in plan_memory(SHAPE, DEFAULTS, "rosa", "cpu", 0.1, size).warning


@pytest.mark.parametrize(
    ("free", "saving"),
    [
        (99, Saving()),
        (14, Saving(quantised=True)),
        (9, Saving(quantised=True, recomputed=True)),
    ],
)
def test_a_gguf_on_a_cpu_is_trained_in_the_quickest_way_that_fits(free, saving):
    plan = plan_memory(LARGE, DEFAULTS, "rosa", "cpu", free, 2)
    assert (plan.saving, plan.warning) == (saving, "")
    assert plan.gib <= free
    assert plan.gib == memory_gib(LARGE, DEFAULTS, "rosa", 2, saving)


@pytest.mark.parametrize("method", ["rosa", "lora", "full"])
def test_where_nothing_fits_the_line_is_of_the_smallest_way(method):
    plan = plan_memory(LARGE, DEFAULTS, method, "cpu", 4, 2)
    assert plan.saving.recomputed == (method != "full")
    assert "4.0 GiB are free" in plan.warning


def test_no_memory_is_saved_on_a_gpu_or_without_a_gguf():
    assert plan_memory(LARGE, DEFAULTS, "rosa", "cuda", 9, 2).saving == Saving()
    folder = replace(LARGE, stored=0)
    assert plan_memory(folder, DEFAULTS, "rosa", "cpu", 9, 2).saving == Saving()


def test_a_machine_is_measured_in_a_separate_process(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from training.cost.machine import measure_machine as m; "
            "from pathlib import Path; from engine.home.home import Home; "
            "print(m(Home(Path(sys.argv[1])), 32, 64)); print('torch' in sys.modules)",
            tmp_path,
        ],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    machine, torch_imported = done.stdout.splitlines()
    assert machine.startswith("Machine(device='")
    assert torch_imported == "False"


def test_a_failed_measurement_is_a_one_line_error(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(PanzaError, match="speed can't be measured"):
        measure_machine(Home(tmp_path), 7, 7)


def test_an_estimate_fetches_nothing(tmp_path, monkeypatch):
    asked = []

    def hub(base, **options):
        asked.append(options["local_files_only"])
        raise OSError("not here")

    monkeypatch.setattr("huggingface_hub.snapshot_download", hub)
    allowed = replace(DEFAULTS, model=replace(DEFAULTS.model, allow_download=True))
    home = Home(tmp_path).prepare()
    with pytest.raises(PanzaError, match="on this disk"):
        module.estimate(home, connect(home.database), allowed, "someone/some-model")
    assert asked == [True]
