"""Ask llama.cpp in which kind its quantiser stores each tensor of a file.

In a child process, as llama.cpp says it in its log only, which is this process's own.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from engine.errors import PanzaError, one_line
from engine.gguf_files.stored import StoredGguf
from engine.subprocesses import start_module

FILE_TYPES = {"F16": 1, "Q8_0": 7, "Q4_K_M": 15, "Q5_K_M": 17}
"""enum llama_ftype of llama.h, by the usual names."""

UNQUANTISED = ("F64", "F32", "F16", "BF16")

_SECONDS = 120.0
_TENSOR = re.compile(r"\[ *\d+/ *\d+\] +(\S+) +- .*")
_NEW_KIND = re.compile(r"-> .*\((\w+)\)\s*$")


def tensor_kinds(
    source: StoredGguf, changed: set[str], file_kind: str, folder: Path
) -> dict[str, str]:
    """Return the kinds of the tensors that an export stores anew, by name.

    Those are the changed ones, and others that are not quantised yet where `file_kind` (of
    FILE_TYPES) is a quantised one. folder: for a small temporary file. Raises PanzaError, OSError.
    """
    plain = {
        name: "F32" if len(tensor.shape) == 1 or tensor.kind.name == "F32" else "F16"
        for name, tensor in source.tensors.items()
        if name in changed
    }
    if file_kind == "F16":
        return plain | {name: "F16" for name in plain if len(source.tensors[name].shape) > 1}
    quantised = _ask_llama_cpp(source, file_kind, folder)
    unquantised = {n for n, t in source.tensors.items() if t.kind.name in UNQUANTISED}
    return plain | {n: kind for n, kind in quantised.items() if n in changed | unquantised}


def _ask_llama_cpp(source: StoredGguf, file_kind: str, folder: Path) -> dict[str, str]:
    """The kinds of the tensors that llama.cpp would quantise.

    It chooses them by name, layer and length of rows, so a file with two rows of each will do.
    """
    sketch = folder / "sketch.gguf"
    _write_sketch(source, sketch)
    with start_module(
        __name__,
        [sketch.absolute(), file_kind],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as child:
        try:
            out = child.communicate(timeout=_SECONDS)[0].decode("utf-8", "replace")
        finally:
            child.kill()
    sketch.unlink()
    kinds: dict[str, str] = {}
    seen = set()
    for line in out.splitlines():
        if match := _TENSOR.match(line):
            seen.add(match[1])
            if new := _NEW_KIND.search(line):
                kinds[match[1]] = _official(new[1])
    if child.returncode != 0 or seen != source.tensors.keys():
        last = (out.strip().splitlines() or ["no answer"])[-1]
        raise PanzaError(
            f"llama.cpp can't quantise this model to {file_kind} ({one_line(last)}); "
            "the older file was kept. Export with --quantize F16."
        )
    return kinds


def _official(kind: str) -> str:
    """llama.cpp writes q4_K and f16, where `gguf` has Q4_K and F16."""
    return kind.upper()


def _write_sketch(source: StoredGguf, path: Path) -> None:
    """Write a GGUF with the hyperparameters of another one, and two rows of each of its tensors."""
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(path, source.architecture)
    for field in source.fields.values():
        if not field.name.startswith(("GGUF.", "general.", "tokenizer.", "split.")):
            kind = field.types[0]
            items = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), kind, sub_type=items)
    for name, tensor in source.tensors.items():
        vector = len(tensor.shape) == 1
        shape = tensor.shape if vector else (*tensor.shape[:-2], 2, tensor.width)
        writer.add_tensor(name, np.zeros(shape, np.float32 if vector else np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _child(path: str, file_kind: str) -> int:
    import ctypes
    import os

    import llama_cpp

    @llama_cpp.llama_log_callback
    def log(level: int, text: bytes, user_data: ctypes.c_void_p) -> None:
        sys.stdout.write(text.decode("utf-8", "replace"))
        sys.stdout.flush()

    llama_cpp.llama_log_set(log, ctypes.c_void_p(0))
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = FILE_TYPES[file_kind]
    params.dry_run = True
    params.nthread = 1
    output = os.fsencode(f"{path}.none")
    return int(llama_cpp.llama_model_quantize(os.fsencode(path), output, ctypes.byref(params)))


if __name__ == "__main__":
    sys.exit(_child(*sys.argv[1:]))
