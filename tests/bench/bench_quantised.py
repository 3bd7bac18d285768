"""Peak memory and time of training steps on a quantised base with the shapes of a 1.5B or a 7B.

    python -m tests.bench.bench_quantised FILE --size 7B --make
    python -m tests.bench.bench_quantised FILE --size 7B [--tokens N] [--steps N] [--method lora]
                                                 [--dtype bfloat16] [--masks] [--whole] [--twice]

--make writes a GGUF with random weights: Q4_K, and Q6_K for embeddings and head, as in Q4_K_M. It
has the embedded base's tokenizer, with more or fewer tokens, so that llama.cpp loads it, too.
Without --masks the masks are evenly spaced entries, since to choose those of a 7B takes minutes;
with it they are made from two mails. --whole dequantises all weights first; --twice keeps only the
layers' inputs for the backward pass. One thread.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from engine.gguf_files.quantising import encode_rows
from engine.gguf_files.reading import metadata, open_gguf
from engine.home.home import Home
from engine.models.packaged import embedded_base_gguf

# hidden, inner, layers, heads, key and value heads, words, whether the head is the embedding
_SIZES = {
    "1.5B": ("qwen2", 1536, 8960, 28, 12, 2, 151_936, True),
    "7B": ("llama", 4096, 14336, 32, 32, 8, 32_768, False),
}
_HEAD = 128
_INSIDE, _OUTSIDE = gguf.GGMLQuantizationType.Q4_K, gguf.GGMLQuantizationType.Q6_K


def config_of(size: str) -> Any:
    from transformers import LlamaConfig, Qwen2Config

    kind, hidden, inner, layers, heads, kv_heads, words, tied = _SIZES[size]
    return {"qwen2": Qwen2Config, "llama": LlamaConfig}[kind](
        vocab_size=words,
        hidden_size=hidden,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        tie_word_embeddings=tied,
    )


def shapes(size: str) -> dict[str, tuple[int, ...]]:
    kind, hidden, inner, layers, heads, kv_heads, words, tied = _SIZES[size]
    named: dict[str, tuple[int, ...]] = {"token_embd.weight": (words, hidden)}
    named["output_norm.weight"] = (hidden,)
    if not tied:
        named["output.weight"] = (words, hidden)
    rows = {"attn_q": heads * _HEAD, "attn_k": kv_heads * _HEAD, "attn_v": kv_heads * _HEAD}
    for layer in range(layers):
        for name, count in rows.items():
            named[f"blk.{layer}.{name}.weight"] = (count, hidden)
            if kind == "qwen2":
                named[f"blk.{layer}.{name}.bias"] = (count,)
        named[f"blk.{layer}.attn_output.weight"] = (hidden, heads * _HEAD)
        named[f"blk.{layer}.ffn_gate.weight"] = (inner, hidden)
        named[f"blk.{layer}.ffn_up.weight"] = (inner, hidden)
        named[f"blk.{layer}.ffn_down.weight"] = (hidden, inner)
        named[f"blk.{layer}.attn_norm.weight"] = (hidden,)
        named[f"blk.{layer}.ffn_norm.weight"] = (hidden,)
    return named


def add_tokenizer(writer: gguf.GGUFWriter, words: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        values = metadata(open_gguf(embedded_base_gguf(Home(Path(folder)))))
    tokens = values["tokenizer.ggml.tokens"][:words]
    unused = [f"<unused{number}>" for number in range(words - len(tokens))]
    known = set(tokens)
    merges = [m for m in values["tokenizer.ggml.merges"] if m.replace(" ", "") in known]
    kinds = values["tokenizer.ggml.token_type"][:words]
    writer.add_tokenizer_model(values["tokenizer.ggml.model"])
    writer.add_tokenizer_pre(values["tokenizer.ggml.pre"])
    writer.add_token_list([*tokens, *unused])
    writer.add_token_types([*kinds, *[gguf.TokenType.UNUSED] * len(unused)])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_chat_template(values["tokenizer.chat_template"])


def make(path: Path, size: str) -> None:
    """Write the model; every matrix repeats the same random rows, which is quick."""
    kind, hidden, inner, layers, heads, kv_heads, words, _ = _SIZES[size]
    writer = gguf.GGUFWriter(path, kind)
    writer.add_block_count(layers)
    writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_context_length(4096)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    add_tokenizer(writer, words)
    draw = np.random.default_rng(0)
    rows = {}
    for width in (hidden, inner):
        values = (draw.normal(size=(_HEAD, width)) / math.sqrt(width)).astype(np.float32)
        for stored in (_INSIDE, _OUTSIDE):
            rows[stored, width] = encode_rows(values, stored).tobytes()
    kinds = {}
    for name, shape in shapes(size).items():
        stored = _INSIDE if name.startswith("blk.") else _OUTSIDE
        kinds[name] = gguf.GGMLQuantizationType.F32 if len(shape) == 1 else stored
        block, block_bytes = gguf.GGML_QUANT_SIZES[kinds[name]]
        count = math.prod(shape) // block * block_bytes
        floats = np.dtype(np.float32)
        writer.add_tensor_info(name, list(shape), floats, count, raw_dtype=kinds[name])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    file = writer.fout[0]  # type: ignore[index]
    for name, shape in shapes(size).items():
        writer.write_padding(file, file.tell())
        if len(shape) == 1:
            one = 0.0 if name.endswith("bias") else 1.0
            file.write(np.full(shape, one, np.float32).tobytes())
        for _ in range(shape[0] // _HEAD if len(shape) == 2 else 0):
            file.write(rows[kinds[name], shape[1]])
    writer.close()


def load(path: Path, arguments: argparse.Namespace) -> Any:
    import torch
    from accelerate import init_empty_weights
    from transformers import AutoModelForCausalLM

    from engine.gguf_files.stored import open_stored
    from training.bases.from_gguf.weights import stored_weights
    from training.bases.stored_weights import fill

    dtype = getattr(torch, arguments.dtype)
    with init_empty_weights():
        model = AutoModelForCausalLM.from_config(config_of(arguments.size), dtype=dtype)
    fill(model, stored_weights(open_stored(path), model), dtype, quantised=not arguments.whole)
    return model


def measure(path: Path, arguments: argparse.Namespace) -> None:
    import torch

    from engine import settings
    from training.bases.base_shape import read_shape
    from training.cost.memory import peak_memory_gib
    from training.cost.memory_estimate import Saving, memory_gib
    from training.examples.tokens import Example
    from training.loop.methods import make_optimizer, prepare_model
    from training.loop.micro_batches import labelled_tokens, pack, response_loss
    from training.rosa import make_masks, rosa_layers

    def tell(what: str) -> None:
        print(f"{what}: {time.monotonic() - began:.0f} s, {peak_memory_gib():.2f} GiB", flush=True)

    torch.set_num_threads(1)
    torch.manual_seed(0)
    began = time.monotonic()
    chosen = settings.load_settings(environment={})
    model = prepare_model(load(path, arguments), arguments.method, chosen.rosa).train()
    if arguments.twice:
        model.get_base_model().gradient_checkpointing_enable({"use_reentrant": False})
    tell("loaded")
    words = model.config.vocab_size
    mails = [
        Example(number, tuple(torch.randint(0, words, (arguments.tokens,)).tolist()), 44)
        for number in range(2)
    ]
    rows = [pack([mail], arguments.tokens)[0] for mail in mails]
    dtype = getattr(torch, arguments.dtype)
    if arguments.method == "rosa" and arguments.masks:
        budget = chosen.rosa.mask_memory_mib << 20
        make_masks(model, rows, lambda m, b: response_loss(m, b, dtype), memory_budget=budget)
        tell("masks")
    elif arguments.method == "rosa":
        for _, layer in rosa_layers(model):
            count = layer.rosa_indices["default"].numel()
            apart = layer.in_features * layer.out_features // count
            layer.set_mask("default", torch.arange(0, count * apart, apart, dtype=torch.int32))
    optimizer = make_optimizer(model, arguments.method, chosen.training)
    for number in range(arguments.steps):
        started = time.process_time()
        row = rows[number % 2]
        (response_loss(model, row, dtype) / labelled_tokens([row])).backward()
        optimizer.step()
        optimizer.zero_grad()
        tell(f"step {number + 1} ({time.process_time() - started:.1f} s of the processor)")
    shape = read_shape(path)
    changed = replace(chosen.training, micro_batch_tokens=arguments.tokens, max_tokens=0)
    saving = Saving(not arguments.whole, arguments.twice)
    for what, settings_then in {
        f"{arguments.tokens} tokens": replace(chosen, training=changed),
        "the default": chosen,
    }.items():
        needed = memory_gib(shape, settings_then, arguments.method, dtype.itemsize, saving)
        print(f"estimate for {what}: {needed:.2f} GiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--size", choices=sorted(_SIZES), default="1.5B")
    parser.add_argument("--make", action="store_true")
    parser.add_argument("--method", choices=("rosa", "lora"), default="rosa")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="bfloat16")
    parser.add_argument("--tokens", type=int, default=100)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--masks", action="store_true")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--twice", action="store_true")
    arguments = parser.parse_args()
    if arguments.make:
        make(arguments.file, arguments.size)
    else:
        measure(arguments.file, arguments)


if __name__ == "__main__":
    main()
