"""Copy a GGUF with changed weights; all else stays as it is, whatever the architecture.

Training changes neither tokenizer nor template nor shapes, so the metadata, the vocabulary and the
other tensors are copied word for word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from engine.gguf_files.quantising import encode_rows
from engine.gguf_files.stored import StoredGguf, StoredTensor, row_bytes

Change = Callable[[int, int], np.ndarray]
"""Returns the changed rows of a weight, from one number up to another, as float32 [rows, in]."""

_NOT_COPIED = ("GGUF.", "general.architecture", "general.alignment", "split.")
"""Beginnings of the names of fields that the writer adds itself, or that only a shard has."""


def patch_gguf(
    source: StoredGguf,
    target: Path,
    changes: Mapping[str, Change],
    kinds: Mapping[str, str],
    *,
    fields: Mapping[str, str | int | bool] | None = None,
    importance: Mapping[str, np.ndarray] | None = None,
    threads: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write a copy of `source` with some weights changed.

    A block of rows of one tensor is held in memory at a time. changes: by tensor name. kinds: for
    each tensor that is stored in another kind, and each changed one, a name of
    gguf.GGMLQuantizationType such as Q8_0 or F16. fields: set in the metadata. importance: by
    tensor name, see encode_rows. progress: called with (tensors written, of all). Raises KeyError
    for a name that is not in the file, OSError for a disk error.
    """
    missing = (changes.keys() | kinds.keys()) - source.tensors.keys()
    if missing:
        raise KeyError(f"{source.path.name} has no tensor {min(missing)}")
    stored = {name: gguf.GGMLQuantizationType[kind] for name, kind in kinds.items()}
    writer = gguf.GGUFWriter(target, source.architecture)
    try:
        _copy_fields(source, writer, fields or {})
        for tensor in source.tensors.values():
            kind = stored.get(tensor.name, tensor.kind)
            size = tensor.rows * row_bytes(kind, tensor.width)
            # The writer takes the shape in elements for any type of array that is not bytes.
            shape, floats = list(tensor.shape), np.dtype(np.float32)
            writer.add_tensor_info(tensor.name, shape, floats, size, raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        file = writer.fout[0]
        for done, tensor in enumerate(source.tensors.values(), start=1):
            writer.write_padding(file, file.tell())
            if tensor.name in stored:
                _write_changed(
                    tensor,
                    file,
                    changes.get(tensor.name, tensor.values),
                    stored[tensor.name],
                    (importance or {}).get(tensor.name),
                    threads,
                )
            else:
                tensor.copy_to(file)
            progress(done, len(source.tensors))
        writer.write_padding(file, file.tell())
        writer.flush()
    finally:
        writer.close()


def _write_changed(
    tensor: StoredTensor,
    file: Any,
    change: Change,
    kind: gguf.GGMLQuantizationType,
    importance: np.ndarray | None,
    threads: int,
) -> None:
    for start, stop in tensor.blocks():
        rows = change(start, stop)
        file.write(encode_rows(rows, kind, importance=importance, threads=threads).data)


def _copy_fields(source: StoredGguf, writer: Any, fields: Mapping[str, str | int | bool]) -> None:
    for field in source.fields.values():
        if field.name.startswith(_NOT_COPIED) or field.name in fields:
            continue
        kind = field.types[0]
        items = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=items)
    for name, value in fields.items():
        match value:
            case bool():
                writer.add_bool(name, value)
            case int():
                writer.add_uint32(name, value)
            case _:
                writer.add_string(name, value)
