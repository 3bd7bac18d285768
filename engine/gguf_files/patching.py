"""Copy a GGUF with changed weights; all else stays as it is, whatever the architecture.

Training changes neither tokenizer nor template nor shapes, so the metadata, the vocabulary and the
other tensors are copied word for word.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Change = Callable[[Any], Any]
"""Gets a weight as float32 [out, in] and returns the changed one."""

_OF_THE_CONTAINER = ("GGUF.", "general.architecture", "general.alignment")
"""Beginnings of the names of fields that the writer adds itself."""


def patch_gguf(
    source: Path,
    target: Path,
    changes: Mapping[str, Change],
    *,
    kind: str,
    fields: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write a copy of `source` with some weights changed.

    One tensor is held in memory at a time. changes: by tensor name. kind: how changed weights are
    stored, a name of gguf.GGMLQuantizationType such as Q8_0 or F16. fields: texts to set in the
    metadata. progress: called with (tensors written, of all). Raises KeyError for a name that is
    not in the file, OSError for a disk error.
    """
    import gguf

    from engine.gguf_files.reading import open_gguf

    reader = open_gguf(source)
    missing = changes.keys() - {tensor.name for tensor in reader.tensors}
    if missing:
        raise KeyError(f"{source.name} has no tensor {min(missing)}")
    stored = gguf.GGMLQuantizationType[kind]
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(target, architecture, endianess=reader.endianess)
    try:
        _copy_fields(reader, writer, fields or {})
        for tensor in reader.tensors:
            shape = [int(size) for size in reversed(tensor.shape)]
            kind_stored = stored if tensor.name in changes else tensor.tensor_type
            _announce(writer, tensor.name, shape, kind_stored)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for done, tensor in enumerate(reader.tensors, start=1):
            change = changes.get(tensor.name)
            data = tensor.data
            if change is not None:
                weight = gguf.dequantize(data, tensor.tensor_type).astype("float32", copy=False)
                data = gguf.quantize(change(weight), stored)
            writer.write_tensor_data(data)
            progress(done, len(reader.tensors))
        writer.flush()
    finally:
        writer.close()


def _copy_fields(reader: Any, writer: Any, fields: Mapping[str, str]) -> None:
    import gguf

    for field in reader.fields.values():
        if field.name.startswith(_OF_THE_CONTAINER) or field.name in fields:
            continue
        kind = field.types[0]
        items = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=items)
    for name, text in fields.items():
        writer.add_string(name, text)


def _announce(writer: Any, name: str, shape: list[int], kind: Any) -> None:
    """Enter a tensor in the list at the file's beginning."""
    import gguf
    import numpy as np

    block, size = gguf.GGML_QUANT_SIZES[kind]
    count = math.prod(shape)
    # The writer takes the shape in elements for any type of array that is not bytes.
    writer.add_tensor_info(name, shape, np.dtype(np.float32), count // block * size, raw_dtype=kind)
