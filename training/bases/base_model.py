"""Base models: the embedded one, a Hugging Face folder, or a Hugging Face id. safetensors only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import PanzaError
from engine.home import Home
from engine.models import EMBEDDED_BASE
from training.bases.embedded_base import embedded_base_folder

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_FILES = ["*.json", "*.safetensors", "*.jinja", "*.txt", "tokenizer.model"]


def choose_device() -> torch.device:
    """The fastest device here: CUDA (ROCm calls itself so), MPS, XPU, else the CPU.

    Tried on CPUs; cuda, mps and xpu are untried.
    """
    import torch

    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    if torch.xpu.is_available():
        return torch.device("xpu")
    return torch.device("cpu")


def choose_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the device computes in it natively, else float32.

    CPUs always get float32: torch does not tell whether bf16 is fast on one, and where it is not
    it runs some 500 times slower. float16 is never chosen: its range asks for loss scaling.
    Tried on CPUs; cuda, mps and xpu are untried.
    """
    import torch

    if device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.bfloat16
    if device.type == "xpu" and torch.xpu.is_bf16_supported():
        return torch.bfloat16
    return torch.float32


def load_base(
    home: Home, base: str, *, allow_download: bool, dtype: torch.dtype
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A base model on the CPU, in evaluation mode, with its tokenizer.

    base: the embedded one's name, a Hugging Face folder, or a Hugging Face id, which is fetched
    only where `allow_download` says so. Raises PanzaError.
    """
    folder = resolve_base(home, base, allow_download=allow_download)
    return load_folder(folder, dtype), load_tokenizer(folder)


def resolve_base(home: Home, base: str, *, allow_download: bool) -> Path:
    """The Hugging Face folder of a base model on this disk. Raises PanzaError."""
    if base == EMBEDDED_BASE:
        return embedded_base_folder(home)
    path = Path(base).expanduser()
    if base and path.is_dir():
        return path.absolute()
    if path.is_file():
        raise PanzaError(
            f"'{base}' is a file: it may serve to draft, but training needs the Hugging Face "
            "folder of the model. Name that in model.base."
        )
    if not _HUB_ID.fullmatch(base):
        raise _unknown(base)
    return _hub_folder(base, allow_download)


def check_base(home: Home, base: str, *, allow_download: bool) -> None:
    """Raise PanzaError, without loading anything, for what is no base model to train."""
    if base == EMBEDDED_BASE:
        return
    folder = resolve_base(home, base, allow_download=allow_download)
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise PanzaError(
            f"The folder {folder} holds no base model: it takes a whole Hugging Face folder with "
            "config.json and safetensors."
        )


def load_folder(folder: Path, dtype: torch.dtype) -> PreTrainedModel:
    """The causal language model of a folder's safetensors, in evaluation mode, on the CPU."""
    from transformers import AutoModelForCausalLM

    try:
        model, told = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **_local(),
        )
        # It draws at random what it does not find.
        drawn = [*told["missing_keys"], *(key for key, *_ in told["mismatched_keys"])]
        if drawn:
            raise ValueError(f"{min(drawn)} is missing or has another size than config.json says")
    except Exception as error:  # Whatever a damaged or foreign folder makes the library raise.
        raise PanzaError(_cant_load(folder, "model", error)) from error
    return model.eval()


def without_weights(folder: Path) -> PreTrainedModel:
    """The folder's model on torch's meta device: all of its layers and none of their numbers."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        with torch.device("meta"):
            return AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except Exception as error:
        raise PanzaError(_cant_load(folder, "model", error)) from error


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The folder's tokenizer; it must carry a chat template. Raises PanzaError."""
    from transformers import AutoTokenizer

    options = _local()
    options.pop("use_safetensors")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
    except Exception as error:
        raise PanzaError(_cant_load(folder, "tokenizer", error)) from error
    if not tokenizer.chat_template:
        raise PanzaError(
            f"The model in {folder} has no chat template; name an instruction-tuned one instead."
        )
    return tokenizer


def _local() -> dict[str, Any]:
    """How a folder is loaded: no network, no code of the model's, no pickles, no bars drawn."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    return {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}


def _hub_folder(base: str, allow_download: bool) -> Path:
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(base, allow_patterns=_FILES, local_files_only=not allow_download)
    except Exception as error:  # The library passes on those of its HTTP client, too.
        if not allow_download:
            raise _unknown(base) from error
        raise PanzaError(
            f"The base model '{base}' can't be fetched: {in_one_line(error)} Nothing was changed; "
            "check the name and the connection, or name a folder."
        ) from error
    return Path(folder)


def _unknown(base: str) -> PanzaError:
    return PanzaError(
        f"There is no base model '{base}' on this disk: name {EMBEDDED_BASE}, the folder of a "
        "Hugging Face model, or a Hugging Face id with model.allow_download = true."
    )


def _cant_load(folder: Path, what: str, error: Exception) -> str:
    return (
        f"The {what} in {folder} can't be loaded ({in_one_line(error)}) Nothing was changed; "
        "it takes a whole Hugging Face folder with safetensors."
    )


def in_one_line(error: Exception) -> str:
    """What a library's error says, short enough for a line of ours."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line[:200].rstrip(" .") + "."
