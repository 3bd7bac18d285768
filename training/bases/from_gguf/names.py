"""The names of weights in a GGUF, by transformers' names."""

from __future__ import annotations

import functools
from typing import Any

from engine.errors import PanzaError


@functools.lru_cache(maxsize=4)
def name_map(architecture: str, layers: int) -> Any:
    """`gguf`'s table of the names of weights. Raises PanzaError for an unknown architecture."""
    import gguf

    kinds = {name: kind for kind, name in gguf.MODEL_ARCH_NAMES.items()}
    kind = kinds.get(architecture)
    if kind is None:
        raise PanzaError(
            f"The names of weights of '{architecture}' in a GGUF are not known; nothing was "
            "changed. Draft with --backend transformers instead."
        )
    return gguf.get_tensor_name_map(kind, layers)
