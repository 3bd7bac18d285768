"""Memory and time of the export of a model with a 7B's shapes and random weights.

    python -m tests.bench.bench_export FOLDER [--layers N] [--make] [--kind Q4_K_M]

--make writes the model into FOLDER first: a Hugging Face folder in float16 (14 GB), in it a GGUF in
4 bits (4 GB), and a home with a RoSA adapter. Run the export without it, under a limit such as
`ulimit -v 3000000` (in kilobytes). Fewer mails than usual are evaluated.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from engine.events import Finished, Progress
from engine.gguf_files.quantising import encode_rows
from engine.gguf_files.reading import metadata, open_gguf
from engine.home.home import Home
from engine.models.models import ModelCard
from engine.models.packaged import embedded_base_gguf
from engine.settings import load_settings
from training.cards import write_card

_HIDDEN, _INNER, _HEADS, _KV_HEADS, _HEAD = 4096, 14336, 32, 8, 128
_KIND = gguf.GGMLQuantizationType.Q4_K
_MAIL = "Dear Sam, the boxes came on Monday, and all is well. Best, Ida"


def shapes(layers: int, words: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Name in the GGUF -> (Hugging Face's name, shape)."""
    keys = _KV_HEADS * _HEAD
    named = {
        "token_embd.weight": ("model.embed_tokens.weight", (words, _HIDDEN)),
        "output_norm.weight": ("model.norm.weight", (_HIDDEN,)),
        "output.weight": ("lm_head.weight", (words, _HIDDEN)),
    }
    in_layer = {
        "attn_norm": ("input_layernorm", (_HIDDEN,)),
        "attn_q": ("self_attn.q_proj", (_HIDDEN, _HIDDEN)),
        "attn_k": ("self_attn.k_proj", (keys, _HIDDEN)),
        "attn_v": ("self_attn.v_proj", (keys, _HIDDEN)),
        "attn_output": ("self_attn.o_proj", (_HIDDEN, _HIDDEN)),
        "ffn_norm": ("post_attention_layernorm", (_HIDDEN,)),
        "ffn_gate": ("mlp.gate_proj", (_INNER, _HIDDEN)),
        "ffn_up": ("mlp.up_proj", (_INNER, _HIDDEN)),
        "ffn_down": ("mlp.down_proj", (_HIDDEN, _INNER)),
    }
    for layer in range(layers):
        for name, (own, shape) in in_layer.items():
            named[f"blk.{layer}.{name}.weight"] = (f"model.layers.{layer}.{own}.weight", shape)
    return named


class Blocks:
    """Random rows of one head's height, which every matrix repeats: quick to write."""

    def __init__(self) -> None:
        draw = np.random.default_rng(0)
        self.encoded = {}
        self.floats = {}
        for width in (_HIDDEN, _INNER):
            rows = (draw.normal(size=(_HEAD, width)) / math.sqrt(width)).astype(np.float32)
            self.encoded[width] = encode_rows(rows, _KIND)
            self.floats[width] = gguf.dequantize(self.encoded[width], _KIND).astype(np.float16)

    def of_gguf(self, shape: tuple[int, ...]) -> Iterator[bytes]:
        if len(shape) == 1:
            yield np.ones(shape, np.float32).tobytes()
            return
        yield from [self.encoded[shape[1]].tobytes()] * (shape[0] // _HEAD)

    def of_folder(self, name: str, shape: tuple[int, ...]) -> Iterator[bytes]:
        if len(shape) == 1:
            yield np.ones(shape, np.float16).tobytes()
            return
        rows = self.floats[shape[1]]
        if "q_proj" in name or "k_proj" in name:
            rows = rows.reshape(-1, 2, shape[1]).swapaxes(0, 1)
        yield from [rows.tobytes()] * (shape[0] // _HEAD)


def write_gguf(path: Path, layers: int, values: dict[str, Any], blocks: Blocks) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(layers)
    writer.add_context_length(4096)
    writer.add_embedding_length(_HIDDEN)
    writer.add_feed_forward_length(_INNER)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_rope_dimension_count(_HEAD)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_M)
    for name in ("model", "pre", "tokens", "token_type", "merges"):
        value = values[f"tokenizer.ggml.{name}"]
        add = writer.add_array if isinstance(value, list) else writer.add_string
        add(f"tokenizer.ggml.{name}", value)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_chat_template(values["tokenizer.chat_template"])
    named = shapes(layers, len(values["tokenizer.ggml.tokens"]))
    floats = np.dtype(np.float32)
    for name, (_, shape) in named.items():
        kind = gguf.GGMLQuantizationType.F32 if len(shape) == 1 else _KIND
        size = sum(len(block) for block in blocks.of_gguf(shape))
        writer.add_tensor_info(name, list(shape), floats, size, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    file = writer.fout[0]  # type: ignore[index]
    writer.write_padding(file, file.tell())
    for _, shape in named.values():
        for block in blocks.of_gguf(shape):
            file.write(block)
    writer.close()


def write_folder(folder: Path, layers: int, vocabulary: Path, blocks: Blocks) -> None:
    from transformers import LlamaConfig

    from training.bases.from_gguf.tokenizer import tokenizer_from_gguf

    tokenizer = tokenizer_from_gguf(vocabulary)
    tokenizer.save_pretrained(folder)
    LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=_HIDDEN,
        intermediate_size=_INNER,
        num_hidden_layers=layers,
        num_attention_heads=_HEADS,
        num_key_value_heads=_KV_HEADS,
        max_position_embeddings=4096,
        rms_norm_eps=1e-5,
        tie_word_embeddings=False,
        architectures=["LlamaForCausalLM"],
        dtype="float16",
    ).save_pretrained(folder)
    header, end = {}, 0
    named = shapes(layers, len(tokenizer))
    for name, shape in named.values():
        begin, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [begin, end]}
    content = json.dumps(header).encode()
    with open(folder / "model.safetensors", "wb") as file:
        file.write(len(content).to_bytes(8, "little") + content)
        for name, shape in named.values():
            for block in blocks.of_folder(name, shape):
                file.write(block)


def write_adapter(folder: Path, base: Path) -> None:
    """A random RoSA adapter of the default size on all linear layers."""
    import torch
    from peft import get_peft_model
    from peft.utils import get_peft_model_state_dict
    from safetensors.torch import save_file

    from training.bases.base_model import load_without_weights
    from training.rosa import RosaConfig

    config = RosaConfig(task_type="CAUSAL_LM")
    model = get_peft_model(load_without_weights(base), config)
    weights = {}
    for name, value in get_peft_model_state_dict(model).items():
        if name.endswith("rosa_indices"):
            weights[name] = torch.arange(0, 100 * value.numel(), 100, dtype=torch.int32)
        else:
            weights[name] = torch.randn(value.shape) * 0.002
    folder.mkdir(parents=True)
    save_file(weights, folder / "adapter_model.safetensors")
    config.base_model_name_or_path = str(base)
    config.save_pretrained(str(folder))


def make(folder: Path, layers: int) -> None:
    base = folder / "base"
    base.mkdir(parents=True)
    home = Home(folder / "home").prepare()
    values = metadata(open_gguf(embedded_base_gguf(home)))
    blocks = Blocks()
    write_gguf(base / "base.gguf", layers, values, blocks)
    write_folder(base, layers, embedded_base_gguf(home), blocks)
    write_adapter(home.model("seven") / "adapter", base)
    write_card(home, ModelCard("seven", str(base), "rosa", 1, "finished"))


def peaks() -> str:
    lines = Path("/proc/self/status").read_text().splitlines()
    wanted = ("VmPeak", "VmHWM")
    found = dict(line.split(":") for line in lines if line.startswith(wanted))
    return ", ".join(f"{name} {int(found[name].split()[0]) / 1e6:.2f} GB" for name in wanted)


def export(folder: Path, kind: str) -> None:
    from training.export import verify
    from training.export.run import export_model

    verify.ENOUGH_TOKENS = 100
    began = time.monotonic()
    seen: dict[str, float] = {}

    def show(event: Any) -> None:
        if isinstance(event, Progress) and event.done in (0, event.total):
            seen[event.stage] = time.monotonic() - began
            print(f"{event.stage}: after {seen[event.stage]:.0f} s; {peaks()}", flush=True)
        elif isinstance(event, Finished):
            print(event.result)
        elif not isinstance(event, Progress):
            print(event)

    settings = load_settings(environment={"PANZA_DRAFTING_THREADS": "1"})
    run: Callable[..., Path] = export_model
    run(Home(folder / "home"), "seven", kind, settings, show, [_MAIL] * 20)
    print(f"{time.monotonic() - began:.0f} s; {peaks()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layers", type=int, default=32)
    parser.add_argument("--kind", default="Q4_K_M")
    parser.add_argument("--make", action="store_true")
    arguments = parser.parse_args()
    if arguments.make:
        make(arguments.folder, arguments.layers)
    else:
        export(arguments.folder, arguments.kind)


if __name__ == "__main__":
    main()
