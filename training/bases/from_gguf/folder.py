"""Convert a GGUF to a Hugging Face folder in the home's cache, once for each file."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.base_models.fingerprint import fingerprint
from engine.base_models.gguf_model import GgufModel
from engine.base_models.resolve import BUNDLED_BASES, read_base_gguf
from engine.disk import durable
from engine.disk.files import read_small, remove
from engine.errors import PanzaError, one_line
from engine.gguf_files.dequantising import can_decode
from engine.gguf_files.stored import StoredTensor, open_stored
from engine.home.home import Home
from engine.home.locks import hold
from engine.prompt.chat_template import render
from engine.prompt.prompt import Message
from engine.sizes import format_size
from training.bases.from_gguf.architectures import architecture_of, configuration
from training.bases.from_gguf.fields import NotTrainableError
from training.bases.from_gguf.tokenizer import (
    check_same_tokens,
    end_tokens,
    tokenizer_from_gguf,
)
from training.bases.from_gguf.weights import stored_weights, write_weights

SOURCE = "source.json"
"""The file that says which GGUF a converted folder was made of."""

_CONVERSION = 2
"""Increased when the conversion changes, so that older folders are not used."""

_SECONDS_TO_WAIT = 900
"""For another process that converts; a 7B takes minutes."""

_CHAT = (Message("system", "Be brief."), Message("user", "Hello."))
"""To try a chat template with."""

_PACKED = "-packed"
"""Ends the name of a folder without weights: they are read from the GGUF."""

_OTHER_BYTES = 64 << 20
"""Of a converted folder, at most: its tokenizer."""


def trainable_folder(home: Home, base: str, gguf: Path, *, unpacked: bool = True) -> Path:
    """The folder of the model in `gguf` in the home's cache; converted if it is not there yet.

    base: its name. unpacked: whether the weights must be in it. Interrupted by a kill or a full
    disk, it leaves a partial folder that the next call removes. Raises PanzaError, before weights
    are read if the model can't be trained.
    """
    folder = converted_folder(home, base, gguf)
    if not unpacked and not folder.is_dir():
        folder = folder.with_name(f"{folder.name}{_PACKED}")
    if folder.is_dir():
        _keep_source(folder, gguf)
        return folder
    check_trainable(base, gguf)
    home.cache.mkdir(parents=True, exist_ok=True)
    with hold(home.cache / "base.lock", "preparing the base model", wait=_SECONDS_TO_WAIT):
        partial = folder.with_name(f"{folder.name}.partial")
        try:
            remove(partial)
            if not folder.is_dir():  # Another process may have made it meanwhile.
                _require_room(home.cache, read_base_gguf(gguf), unpacked)
                partial.mkdir(parents=True)
                convert(gguf, partial, unpacked=unpacked)
                _write_source(partial, gguf)
                durable.replace(partial, folder)
        except NotTrainableError as error:
            shutil.rmtree(partial, ignore_errors=True)
            raise _refusal(base, error) from error
        except PanzaError:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        except Exception as error:  # Each library has its own error for a full disk.
            shutil.rmtree(partial, ignore_errors=True)
            raise PanzaError(
                f"The base model can't be unpacked into {home.cache} ({one_line(error)}); "
                "nothing else was changed. Make room, then try again."
            ) from error
    return folder


def converted_folder(home: Home, base: str, gguf: Path) -> Path:
    """Where the converted model is, or would be."""
    name = base if base in BUNDLED_BASES else f"base-{fingerprint(gguf)[:16]}"
    return home.cache / f"{name}-{_CONVERSION}"


def check_trainable(base: str, gguf: Path) -> None:
    """Raise PanzaError if the model in `gguf` can't be trained; reads only headers."""
    model = read_base_gguf(gguf)
    if why := why_not_trainable(model):
        raise PanzaError(f"'{base}' can't be trained: {why}. Nothing was changed.")
    render(model.header.text("tokenizer.chat_template"), _CHAT)


def why_not_trainable(model: GgufModel) -> str:
    """Why a GGUF's model can't be trained, as far as its header says; '' if it can."""
    import gguf

    try:
        architecture = architecture_of(model)
    except NotTrainableError as error:
        return str(error)
    for kind in sorted({tensor.kind for _, tensor in model.tensors}):
        if not can_decode(gguf.GGMLQuantizationType[kind]):
            return f"its quantisation, {kind}, can't be undone by this llama.cpp"
    if not model.has_chat_template:
        return (
            "it has no chat template, so it was not taught to follow instructions; take the "
            f"instruct model of its kind, such as {architecture.instruct}"
        )
    return ""


def convert(
    gguf: Path,
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    unpacked: bool = True,
) -> None:
    """Write the model of a GGUF as configuration, tokenizer and, if `unpacked`, safetensors.

    Raises NotTrainableError, PanzaError or OSError.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    model = read_base_gguf(gguf)
    source = open_stored(model.path)
    fields = configuration(model, lambda name: _floats(source.tensors[name]))
    try:
        config = AutoConfig.for_model(fields.pop("model_type"), dtype="float16", **fields)
        with torch.device("meta"):
            empty = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except Exception as error:  # The library raises all kinds.
        raise NotTrainableError(
            f"transformers refuses its configuration ({one_line(error)})"
        ) from error
    config.architectures = [type(empty).__name__]
    config.save_pretrained(folder)
    tokenizer_from_gguf(gguf).save_pretrained(folder)
    check_same_tokens(gguf, load_converted_tokenizer(folder))
    ends = end_tokens(gguf) or None
    GenerationConfig(bos_token_id=config.bos_token_id, eos_token_id=ends).save_pretrained(folder)
    weights = stored_weights(source, empty)
    if unpacked:
        write_weights(weights, folder / "model.safetensors", progress)


def _floats(tensor: StoredTensor) -> list[float]:
    """The values of a small tensor."""
    return [float(value) for value in tensor.values(0, tensor.rows).reshape(-1)]


def load_converted_tokenizer(folder: Path) -> Any:
    """Load the tokenizer of a converted model.

    Not by AutoTokenizer, which would replace the splitting rules by those of the model's kind.
    """
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)


def source_of(folder: Path) -> Path | None:
    """The GGUF that a folder in the home's cache was made of; None for other folders.

    Raises PanzaError.
    """
    path = folder / SOURCE
    if not path.is_file():
        return None
    try:
        return Path(json.loads(read_small(path))["gguf"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PanzaError(
            f"{path}, which says where the base model came from, is damaged; nothing was changed. "
            f"Remove {folder}: the next training makes it again."
        ) from error


def _refusal(base: str, error: NotTrainableError) -> PanzaError:
    return PanzaError(
        f"'{base}' can't be trained: {error}. Nothing was changed; it may still draft."
    )


def _keep_source(folder: Path, gguf: Path) -> None:
    """Write where the GGUF is, if it was moved since. Raises PanzaError."""
    with contextlib.suppress(PanzaError):
        if source_of(folder) == gguf:
            return
    try:
        _write_source(folder, gguf)
    except OSError as error:
        raise PanzaError(
            f"{folder / SOURCE}, which says where the base model is, can't be written "
            f"({error.strerror or error}); nothing was changed. Make room, then try again."
        ) from error


def _write_source(folder: Path, gguf: Path) -> None:
    source = {
        "gguf": str(gguf),
        "fingerprint": fingerprint(gguf),
        "architecture": read_base_gguf(gguf).header.architecture,
    }
    durable.write_file(folder / SOURCE, json.dumps(source, indent=1).encode())


def _require_room(folder: Path, model: GgufModel, unpacked: bool) -> None:
    needed = _OTHER_BYTES
    if unpacked:
        needed += sum((4 if t.kind == "F32" else 2) * t.weights for _, t in model.tensors)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise PanzaError(
            f"Training this base model takes {format_size(needed)} in {folder}, and "
            f"{format_size(free)} are free; nothing was changed. Make room, then try again."
        )
