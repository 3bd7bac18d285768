"""Load and save personal models: a base model with its trained adapter or weights."""

from __future__ import annotations

import contextlib
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.damage.model_sums import write_sums
from engine.disk import durable
from engine.disk.files import remove
from engine.encryption.stored import readable, writable
from engine.errors import PanzaError, one_line
from engine.home.home import Home
from engine.models.models import ADAPTER, FULL, Method, ModelCard, trained_weights
from engine.settings import Settings
from training.bases.base_model import (
    check_unchanged,
    choose_device,
    choose_dtype,
    find_base,
    load_base,
    load_folder,
    load_tokenizer,
    may_download,
    resolve_base_of,
)
from training.bases.base_shape import read_shape
from training.cost.machine import free_gib
from training.cost.memory_estimate import stays_quantised
from training.runs.checkpoints import reporting_write_errors

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def load_personal(
    home: Home, card: ModelCard, settings: Settings, *, dtype: torch.dtype
) -> tuple[Any, PreTrainedTokenizerBase]:
    """Load the model of a card on the CPU, in evaluation mode, with its base model's tokenizer.

    A PeftModel for rosa and lora, a plain model for full. Raises PanzaError for a damaged folder.
    """
    allow_download = may_download(settings, card.base)
    with readable(trained_weights(home, card)) as folder:
        if card.method == "full":
            base = resolve_base_of(home, card, allow_download=allow_download, unpacked=False)
            return load_folder(folder, dtype), load_tokenizer(base)
        check_unchanged(home, card, allow_download=allow_download)
        model, tokenizer = _load_to_use(home, card.base, allow_download, dtype)
        return with_adapter(model, folder, card.name), tokenizer


def load_to_update(home: Home, card: ModelCard, base: PreTrainedModel) -> Any:
    """Load the model of a card to train it further. base: its base model, which gets the adapter.

    Only what is trained requires gradients. Raises PanzaError for a damaged folder.
    """
    with readable(trained_weights(home, card)) as folder:
        if card.method == "full":
            return load_folder(folder, base.dtype).to(base.device).requires_grad_(True)
        return with_adapter(base, folder, card.name, is_trainable=True)


def keep_personal(model: Any, folder: Path, method: Method) -> None:
    """Save the adapter or weights to models/<name>/, atomically.

    Raises PanzaError when they can't be written; an older one is kept then.
    """
    final = folder / (FULL if method == "full" else ADAPTER)
    draft = folder / f".{final.name}.partial"
    with contextlib.suppress(OSError):
        remove(draft)
    with reporting_write_errors("The trained model", draft, folder):
        with writable(draft) as plain:
            model.save_pretrained(plain)
        shutil.rmtree(final, ignore_errors=True)
        durable.replace(draft, final)
        write_sums(folder, [path for path in final.rglob("*") if path.is_file()])


def load_for_drafting(
    home: Home, settings: Settings, card: ModelCard | None
) -> tuple[Any, PreTrainedTokenizerBase]:
    """Load the model of a card, or for None the settings' base, on the fastest device."""
    device = choose_device()
    dtype = choose_dtype(home, device)
    if card is not None:
        model, tokenizer = load_personal(home, card, settings, dtype=dtype)
    else:
        allow_download = settings.model.allow_download
        model, tokenizer = _load_to_use(home, settings.model.base, allow_download, dtype)
    return model.to(device), tokenizer


def _load_to_use(
    home: Home, base: str, allow_download: bool, dtype: torch.dtype
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a base model; its weights stay quantised where there is no memory for more."""
    path = find_base(home, base, allow_download=allow_download)
    quantised = False
    if path.is_file() and choose_device().type == "cpu":
        quantised = stays_quantised(read_shape(path), dtype.itemsize, free_gib("cpu"))
    return load_base(home, base, allow_download=allow_download, dtype=dtype, quantised=quantised)


def with_adapter(
    model: PreTrainedModel, folder: Path, name: str, *, is_trainable: bool = False
) -> Any:
    """Return the model with a trained adapter, also on a model without weights (on "meta").

    is_trainable: whether the adapter is to be trained further. Raises PanzaError for a damaged
    folder.
    """
    from peft import PeftModel
    from peft.utils import get_peft_model_state_dict
    from safetensors import safe_open

    import training.rosa  # noqa: F401  (registers RoSA as a PEFT method)

    try:
        with safe_open(folder / "adapter_model.safetensors", framework="pt") as file:
            stored = set(file.keys())
        with warnings.catch_warnings():
            # They warn of missing weights, which the comparison below reports.
            warnings.simplefilter("ignore")
            adapted = PeftModel.from_pretrained(
                model, str(folder), is_trainable=is_trainable
            ).eval()
            if model.device.type == "meta":
                _load_adapter_weights(adapted, folder / "adapter_model.safetensors")
        if stored != set(get_peft_model_state_dict(adapted)):
            raise ValueError("its weights do not match its configuration")
    except Exception as error:  # Libraries raise all kinds for a damaged folder.
        raise PanzaError(
            f"The adapter of model '{name}' can't be loaded from {folder}: {one_line(error)}. "
            f"Nothing was changed; remove the model and train it again."
        ) from error
    return adapted


def _load_adapter_weights(adapted: Any, path: Path) -> None:
    """Give a model on "meta" its adapter's weights; PEFT moves them to the model's device."""
    from safetensors.torch import load_file

    stored = load_file(path)
    names = {name: name.replace(".default", "") for name in adapted.state_dict()}
    weights = {name: stored[short] for name, short in names.items() if short in stored}
    adapted.load_state_dict(weights, strict=False, assign=True)
