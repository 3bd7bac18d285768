"""Run llama.cpp's quantiser in a child process.

It writes to the native stderr, where the app draws, and can't be stopped; a child's output can be
read, and a child can be killed.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from engine.errors import PanzaError
from engine.subprocesses import start_module

FILE_TYPES = {"F16": 1, "Q8_0": 7, "Q4_K_M": 15, "Q5_K_M": 17}
"""enum llama_ftype of llama.h, by the usual names."""

_MAX_ERROR_CHARACTERS = 200
_TENSOR = re.compile(r"\[\s*(\d+)/\s*(\d+)\]")


def quantise(
    source: Path, target: Path, kind: str, *, threads: int, progress: Callable[[int, int], None]
) -> None:
    """Write the F16 or F32 GGUF `source` as `target`, quantised to `kind` of FILE_TYPES.

    progress: called with (tensors begun, of all). Raises PanzaError when the quantiser fails;
    `target` may then be incomplete.
    """
    with start_module(
        __name__,
        [source.absolute(), target.absolute(), kind, threads],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as child:
        assert child.stdout is not None
        last = ""
        try:
            for line in io.TextIOWrapper(child.stdout, "utf-8", "replace"):
                match = _TENSOR.match(line)
                if match:
                    progress(int(match[1]), int(match[2]))
                # An error may be in the middle of a tensor's line.
                last = line.rpartition("llama_model_quantize:")[2].strip() or last
        except BaseException:
            child.kill()
            raise
    if child.returncode != 0:
        raise PanzaError(
            f"llama.cpp could not quantise to {kind} ({last[:_MAX_ERROR_CHARACTERS]}); the older "
            "file was kept. Is the disk full?"
        )


def _child(source: str, target: str, kind: str, threads: str) -> int:
    import ctypes
    import os

    import llama_cpp

    @llama_cpp.llama_log_callback
    def log(level: int, text: bytes, user_data: ctypes.c_void_p) -> None:
        sys.stdout.write(text.decode("utf-8", "replace"))
        sys.stdout.flush()

    llama_cpp.llama_log_set(log, ctypes.c_void_p(0))
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = FILE_TYPES[kind]
    params.nthread = int(threads)
    failed = llama_cpp.llama_model_quantize(
        os.fsencode(source), os.fsencode(target), ctypes.byref(params)
    )
    if failed:
        return 1
    with open(target, "rb") as file:
        os.fsync(file.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(_child(*sys.argv[1:]))
