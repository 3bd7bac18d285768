"""llama.cpp's library, models and contexts, opened safely: no output, no AMX, fitting threads.

All code that opens a GGUF, to draft, to embed or to check an export, does it through here.
"""

from __future__ import annotations

import ctypes
import functools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.errors import PanzaError
from engine.generators.held_signals import held_signals
from engine.home.home import Home
from engine.home.locks import training_is_active

_LOAD_SAMPLES = 3
_SECONDS_BETWEEN_SAMPLES = 0.002
"""Chosen by hand: six milliseconds are not noticed before a draft."""


@functools.cache
def library() -> ModuleType:
    """`llama_cpp`, imported once, with its log switched off.

    It would log to the process's stderr, which is where the app draws. Swapping file descriptors,
    as the binding's classes do, would swallow the app's own output.
    """
    import llama_cpp

    llama_cpp.llama_log_set(_discard(llama_cpp), ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    return llama_cpp


@functools.cache
def _discard(llama_cpp: ModuleType) -> Any:
    """A log callback that does nothing; cached because native code keeps its address."""
    return llama_cpp.llama_log_callback(lambda level, text, user_data: None)


def model_params() -> Any:
    """`llama_model_params` without AMX.

    llama.cpp built with AMX repacks weights for tile registers, and some machines that report AMX
    crash at the first tile instruction; without the extra buffer types it uses AVX.
    """
    llama_cpp = library()
    params = llama_cpp.llama_model_default_params()
    if b"AMX_INT8 = 1" in llama_cpp.llama_print_system_info():
        params.use_extra_bufts = False
    return params


def open_model(path: Path, *, vocabulary_only: bool = False, gpu_layers: int = -1) -> Any:
    """A native model pointer for the GGUF at `path`; free it with `llama_model_free`.

    vocabulary_only: for its tokenizer, without weights. gpu_layers: on the GPU where llama.cpp was
    built with one, all for -1; if they don't fit there, none is. Raises PanzaError when the file is
    missing, damaged or of an unknown architecture.
    """
    if not path.is_file():
        raise PanzaError(f"The model file {path} is missing; export it again.")
    params = model_params()
    params.vocab_only = vocabulary_only
    params.n_gpu_layers = gpu_layers
    with held_signals():  # llama.cpp calls the log's callback.
        model = library().llama_model_load_from_file(os.fsencode(path), params)
        if not model and gpu_layers and library().llama_supports_gpu_offload():
            params.n_gpu_layers = 0
            model = library().llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        raise PanzaError(
            f"{path} can't be loaded: it is damaged, or not a GGUF that this llama.cpp supports. "
            "Nothing was changed; export it again."
        )
    return model


@contextmanager
def opened_model(path: Path, *, vocabulary_only: bool = False) -> Iterator[Any]:
    """`open_model`, freed at the end of the `with` block."""
    model = open_model(path, vocabulary_only=vocabulary_only)
    try:
        yield model
    finally:
        library().llama_model_free(model)


def open_vocabulary(path: Path) -> AbstractContextManager[Any]:
    """A native model pointer for the tokenizer of a GGUF, freed at the end of the `with` block."""
    return opened_model(path, vocabulary_only=True)


def open_context(model: Any, params: Any) -> Any:
    """A native context of a model; free it with `llama_free`. Raises PanzaError."""
    with held_signals():
        context = library().llama_init_from_model(model, params)
    if not context:
        raise PanzaError(
            "There is not enough memory for the model's context; lower drafting.context_tokens."
        )
    return context


def thread_count(wanted: int, home: Home) -> int:
    """How many threads llama.cpp may use now; at least 1, never more than the physical cores.

    wanted: the setting drafting.threads; 0 means all idle cores, but one while a model of this home
    trains. OpenMP's threads wait for each other by spinning: beside a training run, two threads on
    two cores drafted a hundred times slower than one.
    """
    cores = physical_cores()
    if wanted > 0:
        return min(wanted, cores)
    if training_is_active(home):
        return 1
    return max(1, min(cores, (os.cpu_count() or 1) - _busy_processors()))


def physical_cores() -> int:
    """The physical cores that this process may run on; hyperthreads count once."""
    if sys.platform == "darwin":
        return _darwin_cores() or os.cpu_count() or 1
    allowed = os.sched_getaffinity(0)
    cores = {_siblings(processor) for processor in allowed}
    return len(cores) or 1


def _siblings(processor: int) -> str:
    """The hyperthreads of a processor's core; just the processor where that is unknown."""
    topology = Path(f"/sys/devices/system/cpu/cpu{processor}/topology")
    try:
        return (topology / "thread_siblings_list").read_text().strip()
    except OSError:
        return str(processor)


def _darwin_cores() -> int | None:
    command = ["/usr/sbin/sysctl", "-n", "hw.physicalcpu"]
    try:
        return int(subprocess.run(command, capture_output=True, timeout=2, check=True).stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _busy_processors() -> int:
    """How many processors run something else right now.

    From Linux's count of runnable threads, of which the lowest of a few samples ignores what runs
    for a moment only. Elsewhere from the load average of the last minute.
    """
    try:
        samples = []
        for _ in range(_LOAD_SAMPLES):
            samples.append(_runnable_threads() - 1)  # One of them is this thread.
            time.sleep(_SECONDS_BETWEEN_SAMPLES)
        return max(0, min(samples))
    except (OSError, ValueError, IndexError):
        return round(os.getloadavg()[0])


def _runnable_threads() -> int:
    # /proc/loadavg: three averages, then "runnable/all threads" (proc_loadavg(5)).
    return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[0])
