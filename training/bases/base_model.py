"""Load base models: bundled, a GGUF, a Hugging Face folder or id. Reads safetensors only."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base_models.fingerprint import fingerprint
from engine.base_models.hugging_face_folder import has_chat_template, is_model_folder
from engine.base_models.resolve import BUNDLED_BASES, locate
from engine.errors import PanzaError, one_line
from engine.home.home import Home
from engine.mail_base import MAIL_BASE
from engine.models.models import BASE_FINGERPRINT, ModelCard
from engine.models.packaged import embedded_base_gguf
from engine.offline import download_allowed
from engine.settings import Settings
from training.bases.from_gguf.folder import (
    SOURCE,
    check_trainable,
    load_converted_tokenizer,
    source_of,
    trainable_folder,
)
from training.bases.from_gguf.loading import load_gguf
from training.bases.processor import bfloat16_gain

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")

_WORTHWHILE_GAIN = 1.5
"""In the speed of products: below it, conversions to and from bfloat16 eat it up."""

_FILES = ["*.json", "*.safetensors", "*.jinja", "*.txt", "tokenizer.model"]


def choose_device() -> torch.device:
    """The fastest device of this machine: CUDA (also ROCm), MPS, XPU, else the CPU.

    Tested on CPUs only.
    """
    import torch

    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    if torch.xpu.is_available():
        return torch.device("xpu")
    return torch.device("cpu")


def choose_dtype(home: Home, device: torch.device) -> torch.dtype:
    """The format to compute in: bfloat16 where the device is faster in it, else float32.

    A CPU is measured once. float16 is never chosen: its range would need loss scaling. Tested on
    CPUs only.
    """
    import torch

    if device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.bfloat16
    if device.type == "xpu" and torch.xpu.is_bf16_supported():
        return torch.bfloat16
    if device.type == "cpu" and bfloat16_gain(home) >= _WORTHWHILE_GAIN:
        return torch.bfloat16
    return torch.float32


def load_base(
    home: Home, base: str, *, allow_download: bool, dtype: torch.dtype, quantised: bool = False
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a base model on the CPU, in evaluation mode, with its tokenizer.

    base: as in `resolve_base`. quantised: keep a GGUF's weights as they are. Raises PanzaError.
    """
    folder = resolve_base(home, base, allow_download=allow_download, unpacked=not quantised)
    return load_folder(folder, dtype, quantised=quantised), load_tokenizer(folder)


def may_download(settings: Settings, base: str) -> bool:
    """Return whether the user allowed to fetch this base model: it is the one that they chose.

    A card may be another's, from a backup, so a name that only a card has is never asked for.
    """
    return settings.model.allow_download and settings.model.base == base


def resolve_base(home: Home, base: str, *, allow_download: bool, unpacked: bool = True) -> Path:
    """The Hugging Face folder of a base model on this disk; a GGUF is converted to one first.

    base: a name as engine.base_models.resolve has it; a Hugging Face id is fetched only with
    `allow_download`. unpacked: whether the weights of a GGUF must be in the folder. Raises
    PanzaError.
    """
    path = find_base(home, base, allow_download=allow_download)
    return path if path.is_dir() else trainable_folder(home, base, path, unpacked=unpacked)


def find_base(home: Home, base: str, *, allow_download: bool) -> Path:
    """The GGUF or the Hugging Face folder of a base model. Raises PanzaError."""
    path = locate(home, base)
    if path is not None:
        return path
    if not _HUB_ID.fullmatch(base):
        raise _unknown(base)
    return _hub_folder(base, allow_download)


def path_to_measure(home: Home, base: str, *, allow_download: bool) -> Path:
    """The GGUF or folder of a base model to read headers and the tokenizer of. Raises PanzaError.

    Before the mail base is merged, which takes seconds, that of the model it is made of.
    """
    if base == MAIL_BASE and not (home.cache / f"{MAIL_BASE}.gguf").is_file():
        return embedded_base_gguf(home)
    return find_base(home, base, allow_download=allow_download)


def resolve_base_of(
    home: Home, card: ModelCard, *, allow_download: bool, unpacked: bool = True
) -> Path:
    """The Hugging Face folder of the base model that a personal model was trained on.

    unpacked: as in `resolve_base`. Raises PanzaError, also if another model has that name or path
    now.
    """
    check_unchanged(home, card, allow_download=allow_download)
    return resolve_base(home, card.base, allow_download=allow_download, unpacked=unpacked)


def check_unchanged(home: Home, card: ModelCard, *, allow_download: bool) -> None:
    """Raise PanzaError if the base model is not the one that the card's model was trained on."""
    trained_on = card.data.get(BASE_FINGERPRINT)
    if not trained_on:  # A bundled one, or a card from before there were fingerprints.
        return
    if fingerprint(find_base(home, card.base, allow_download=allow_download)) != trained_on:
        raise PanzaError(
            f"The base model '{card.base}' has changed since '{card.name}' was trained on it, so "
            "they don't fit together; nothing was changed. Put the old one back, or train again."
        )


def base_fingerprint(home: Home, base: str) -> str:
    """What a card keeps of its base; '' for a bundled one, and for one that is not here yet."""
    if base in BUNDLED_BASES:
        return ""
    path = locate(home, base)
    if path is None:
        try:
            path = _hub_folder(base, allow_download=False)
        except PanzaError:
            return ""
    return fingerprint(path)


def check_base(home: Home, base: str, *, allow_download: bool) -> None:
    """Raise PanzaError if `base` is no base model that can be trained; loads no weights."""
    if base in BUNDLED_BASES:
        return
    path = find_base(home, base, allow_download=allow_download)
    if path.is_file():
        check_trainable(base, path)
    elif not is_model_folder(path):
        raise PanzaError(
            f"The folder {path} holds no base model: a complete Hugging Face folder has "
            "config.json and safetensors."
        )
    elif not has_chat_template(path):
        raise PanzaError(_no_chat_template(path))


def load_folder(folder: Path, dtype: torch.dtype, *, quantised: bool = False) -> PreTrainedModel:
    """Load the causal language model of a folder on the CPU, in evaluation mode.

    quantised: keep the weights of a folder that was made of a GGUF as they are there.
    """
    from transformers import AutoModelForCausalLM

    if (quantised or not any(folder.glob("*.safetensors"))) and (source := source_of(folder)):
        return load_gguf(source, folder, dtype, quantised=quantised).eval()
    try:
        model, info = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **_load_options(),
        )
        # transformers initialises missing weights at random.
        missing = [*info["missing_keys"], *(key for key, *_ in info["mismatched_keys"])]
        if missing:
            raise ValueError(f"{min(missing)} is missing or has another size than config.json says")
    except Exception as error:  # The library raises all kinds for a damaged folder.
        raise PanzaError(_cant_load(folder, "model", error)) from error
    return model.eval()


def load_without_weights(folder: Path) -> PreTrainedModel:
    """The folder's model on torch's meta device: all layers, no weights."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        with torch.device("meta"):
            return AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except Exception as error:
        raise PanzaError(_cant_load(folder, "model", error)) from error


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """Load the folder's tokenizer, which must have a chat template. Raises PanzaError."""
    from transformers import AutoTokenizer

    options = _load_options()
    options.pop("use_safetensors")
    try:
        if (folder / SOURCE).is_file():
            tokenizer = load_converted_tokenizer(folder)
        else:
            tokenizer = AutoTokenizer.from_pretrained(folder, **options)
    except Exception as error:
        raise PanzaError(_cant_load(folder, "tokenizer", error)) from error
    _prefix_every_text(tokenizer)
    if not tokenizer.chat_template:
        raise PanzaError(_no_chat_template(folder))
    return tokenizer


def _prefix_every_text(tokenizer: PreTrainedTokenizerBase) -> None:
    """Put a space before every text, as SentencePiece and llama.cpp do.

    transformers 5 leaves it out before a text that begins with one, or after special tokens.
    """
    from tokenizers import normalizers, pre_tokenizers

    backend = tokenizer.backend_tokenizer
    rule = backend.pre_tokenizer
    if (
        isinstance(rule, pre_tokenizers.Metaspace)
        and not rule.split
        and rule.prepend_scheme != "never"
        and backend.normalizer is None
    ):
        space = rule.replacement
        steps = [normalizers.Prepend(space), normalizers.Replace(" ", space)]
        backend.normalizer = normalizers.Sequence(steps)
        backend.pre_tokenizer = None


def _no_chat_template(folder: Path) -> str:
    """The line for a base model that was not taught to follow instructions."""
    return f"The model in {folder} has no chat template; use an instruction-tuned one instead."


def _load_options() -> dict[str, Any]:
    """Options to load a folder: no network, no remote code, no pickles, no progress bars."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    return {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}


def _hub_folder(base: str, allow_download: bool) -> Path:
    from huggingface_hub import snapshot_download

    try:
        with download_allowed() if allow_download else contextlib.nullcontext():
            folder = snapshot_download(
                base, allow_patterns=_FILES, local_files_only=not allow_download
            )
    except Exception as error:  # The library also raises its HTTP client's errors.
        if not allow_download:
            raise _unknown(base) from error
        raise PanzaError(
            f"The base model '{base}' can't be downloaded: {one_line(error)}. Nothing was "
            "changed. Check the name and the connection, or set model.base to a folder."
        ) from error
    return Path(folder)


def _unknown(base: str) -> PanzaError:
    return PanzaError(
        f"There is no base model '{base}' on this disk: use {MAIL_BASE}, a GGUF file, "
        "ollama:NAME, the folder of a Hugging Face model, or a Hugging Face id that is model.base "
        "with model.allow_download = true; 'panza-tui models' lists what is here."
    )


def _cant_load(folder: Path, what: str, error: Exception) -> str:
    return (
        f"The {what} in {folder} can't be loaded: {one_line(error)}. Nothing was changed; "
        "a complete Hugging Face folder with safetensors is needed."
    )
