"""No command opens a network socket: seen by strace, in a network namespace without interfaces."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import BUNDLED, PANZA, WRITER

from engine.home.home import Home

NETWORK = re.compile(r"AF_INET|sin_addr|sin6_addr")

TAMPERED = """
import json, sys
from pathlib import Path
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM
from training.personal_model import with_adapter

def tiny():
    return LlamaForCausalLM(LlamaConfig(vocab_size=32, hidden_size=8, intermediate_size=8,
        num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2))

folder = Path(sys.argv[1])
get_peft_model(tiny(), LoraConfig(r=1, target_modules=["q_proj"])).save_pretrained(folder)
path = folder / "adapter_config.json"
config = json.loads(path.read_text())
config["base_model_name_or_path"] = "stranger/model"
path.write_text(json.dumps(config))
with_adapter(tiny(), folder, "sam")
print("loaded")
"""


def run_without_network(
    command: Sequence[str | Path], trace: Path, **environment: str
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run a command in an empty network namespace, and return the traced calls on the network."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rn", "true"]).returncode:
        pytest.skip("this system permits no network namespaces")
    tracing = ["strace", "-f", "-qq", "-e", "trace=%net", "-o", str(trace)]
    done = subprocess.run(
        ["unshare", "-rn", *(tracing if shutil.which("strace") else []), *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    calls = trace.read_text("utf-8", "replace").splitlines() if trace.exists() else []
    return done, [call for call in calls if NETWORK.search(call)]


@pytest.mark.parametrize(
    "line",
    [
        ["status"],
        ["import", BUNDLED, "--me", WRITER],
        ["search", "a wheel"],
        ["--ask", "say hello", "--plain-base", "--max-tokens", "2"],
    ],
    ids=lambda line: line[0],
)
def test_a_command_reaches_no_network(
    mails_home: Home, tmp_path: Path, line: list[str | Path]
) -> None:
    done, calls = run_without_network([*PANZA, *line], tmp_path / "trace")
    assert done.returncode == 0, done.stderr
    assert calls == []


def test_an_unknown_base_model_is_looked_for_on_this_disk_only(
    mails_home: Home, tmp_path: Path
) -> None:
    command = [*PANZA, "train", "--base", "stranger/model"]
    done, calls = run_without_network(command, tmp_path / "trace", HF_HUB_OFFLINE="0")
    assert (done.returncode, "There is no base model" in done.stderr) == (1, True)
    assert calls == []


def test_a_tampered_adapter_asks_nobody(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TAMPERED, tmp_path / "adapter"]
    done, calls = run_without_network(command, tmp_path / "trace", HF_HUB_OFFLINE="0")
    assert done.stdout == "loaded\n", done.stderr
    assert calls == []
